/**
 * Types: how values lie in memory, and what TypeScript sees of them.
 *
 * @module
 */

export { access, store } from "./access.ts";
export {
  type AddressType,
  ipv4,
  type IPv4AddressType,
  ipv6,
  type IPv6Address,
  type IPv6AddressType,
  mac,
} from "./addresses.ts";
export { array, type ArrayType, type ArrayView } from "./array.ts";
export { type Bits, bits } from "./bits.ts";
export * from "./headers/mod.ts";
export { IPv4Network, IPv6Network } from "./networks.ts";
export * from "./scalar.ts";
export { CommonSocket, Socket, type SocketTuple, SocketTuple4, SocketTuple6 } from "./sockets.ts";
export {
  type FieldPlace,
  type Fields,
  memoryOf,
  type Struct,
  struct,
  type StructOptions,
  type View,
} from "./struct.ts";
export type { AnyType, Infer, Memory } from "./type.ts";
