/**
 * Sockets as programs look them up, and what they look for.
 *
 * @module
 */

import { ipv4, type IPv4AddressType, ipv6, type IPv6AddressType } from "./addresses.ts";
import { be16, i32, type Scalar, u32 } from "./scalar.ts";
import { type Struct, struct } from "./struct.ts";
import type { Infer } from "./type.ts";

/** Addresses of IPv6 where the kernel has them: at multiples of 4. */
const address6: IPv6AddressType = Object.create(ipv6, { alignment: { value: 4 } });

/** The two ends of a connection by IPv4, as its packets to this machine have them (`struct bpf_sock_tuple`, 12 bytes). */
export const SocketTuple4: Struct<{
  readonly source: IPv4AddressType;
  readonly destination: IPv4AddressType;
  readonly sourcePort: Scalar<number>;
  readonly destinationPort: Scalar<number>;
}> = struct({ source: ipv4, destination: ipv4, sourcePort: be16, destinationPort: be16 });

/** The two ends of a connection by IPv6 (`struct bpf_sock_tuple`, 36 bytes). */
export const SocketTuple6: Struct<{
  readonly source: IPv6AddressType;
  readonly destination: IPv6AddressType;
  readonly sourcePort: Scalar<number>;
  readonly destinationPort: Scalar<number>;
}> = struct({ source: address6, destination: address6, sourcePort: be16, destinationPort: be16 });

/** What `this.bpf.skLookupTcp()` and its like look for: the addresses say whether by IPv4 or IPv6. */
export type SocketTuple = Infer<typeof SocketTuple4> | Infer<typeof SocketTuple6>;

/**
 * What programs can read of a socket (`struct bpf_sock`, include/uapi/linux/bpf.h), seen from the socket: its source is this
 * machine's end, its destination the other one.
 */
export const Socket: Struct<{
  readonly boundIfindex: Scalar<number>;
  readonly family: Scalar<number>;
  readonly type: Scalar<number>;
  readonly protocol: Scalar<number>;
  readonly mark: Scalar<number>;
  readonly priority: Scalar<number>;
  readonly sourceIpv4: IPv4AddressType;
  readonly sourceIpv6: IPv6AddressType;
  readonly sourcePort: Scalar<number>;
  readonly destinationPort: Scalar<number>;
  readonly destinationIpv4: IPv4AddressType;
  readonly destinationIpv6: IPv6AddressType;
  readonly state: Scalar<number>;
  readonly rxQueueIndex: Scalar<number>;
}> = struct({
  /** The interface that it is bound to; 0: to none. */
  boundIfindex: u32,
  /** 2 for IPv4, 10 for IPv6. */
  family: u32,
  /** 1 for streams, 2 for datagrams. */
  type: u32,
  /** The transport's number. */
  protocol: u32,
  /** What SO_MARK has set. */
  mark: u32,
  /** What SO_PRIORITY has set. */
  priority: u32,
  sourceIpv4: ipv4,
  sourceIpv6: address6,
  sourcePort: u32,
  /** 0 where it is connected to none. */
  destinationPort: be16,
  destinationIpv4: ipv4,
  destinationIpv6: address6,
  /** 1: connected; 7: not connected (UDP), closed; 10: it listens; others are those of include/net/tcp_states.h. */
  state: u32,
  /** The queue that packets for it came in by; -1: not known. */
  rxQueueIndex: i32,
});

/** A socket that a program has looked up. */
export type Socket = Readonly<Infer<typeof Socket>>;

/** What a connection that is being made, or ending, does not have. */
const ofWhole: readonly string[] = ["type", "protocol", "mark", "priority"];

/** A socket that may be one of a connection that is being made, or ending: less is known of these. */
export type CommonSocket = Omit<Socket, "type" | "protocol" | "mark" | "priority">;

/** Its type: the same memory, in which not all fields can be read. */
export const CommonSocket: typeof Socket = Object.freeze(Object.create(Socket, {
  fields: {
    value: Object.freeze(
      Object.fromEntries(Object.entries(Socket.fields).filter(([name]) => !ofWhole.includes(name))),
    ),
  },
}));
