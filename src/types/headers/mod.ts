/**
 * Headers of network protocols, as structs in network order: for `packet.header(Ethernet)` and its like.
 *
 * @module
 */

export type { Checksummed } from "./checksums.ts";
export * from "./link.ts";
export * from "./network.ts";
export * from "./transport.ts";
export * from "./tunnel.ts";
