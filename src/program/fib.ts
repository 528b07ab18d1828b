/**
 * Lookups of routes: the kernel's forwarding information base, asked by a program.
 *
 * @module
 */

import {
  type AddressType,
  be16,
  be32,
  ipv6,
  type IPv6AddressType,
  mac,
  type Scalar,
  type Struct,
  struct,
  u16,
  u32,
  u8,
} from "../types/mod.ts";

/** What follows from the fields of a {@linkcode FibLookup}: IPv4 addresses stand in the first bytes of `source` and `destination`. */
export interface FibLookupDerived {
  /** The packet's source, of IPv4. */
  ipv4Source: number;
  /** The packet's destination, of IPv4; after a lookup, the gateway's address if the route has one. */
  ipv4Destination: number;
}

/**
 * What `this.bpf.fibLookup()` is asked and answers (`struct bpf_fib_lookup`, include/uapi/linux/bpf.h): 64 bytes. Before the
 * lookup, the packet's data are in it; afterwards `ifindex`, `sourceMac` and `destinationMac` say where and how to send it.
 */
export const FibLookup: Struct<
  {
    readonly family: Scalar<number>;
    readonly protocol: Scalar<number>;
    readonly sourcePort: Scalar<number>;
    readonly destinationPort: Scalar<number>;
    readonly totalLength: Scalar<number>;
    readonly ifindex: Scalar<number>;
    readonly flowInfo: Scalar<number>;
    readonly source: IPv6AddressType;
    readonly destination: IPv6AddressType;
    readonly vlanProtocol: Scalar<number>;
    readonly vlanTag: Scalar<number>;
    readonly sourceMac: AddressType;
    readonly destinationMac: AddressType;
  },
  FibLookupDerived
> = struct(
  {
    /** 2 for IPv4, 10 for IPv6. */
    family: u8,
    /** The transport's number. */
    protocol: u8,
    sourcePort: be16,
    destinationPort: be16,
    /** Bytes of the packet from the network's header on: too long ones for the route are told. Afterwards the route's MTU. */
    totalLength: u16,
    /** Before the lookup the interface that the packet came in by, afterwards the one to send it by. */
    ifindex: u32,
    /** IPv4: the type of service, in the first byte. IPv6: the flow label. Afterwards the route's metric. */
    flowInfo: be32,
    source: ipv6,
    destination: ipv6,
    vlanProtocol: be16,
    vlanTag: be16,
    sourceMac: mac,
    destinationMac: mac,
  },
  {
    derived: {
      get ipv4Source(): number {
        return Number(this.source.high >> 32n);
      },
      set ipv4Source(address: number) {
        this.source.high = BigInt(address >>> 0) << 32n;
      },
      get ipv4Destination(): number {
        return Number(this.destination.high >> 32n);
      },
      set ipv4Destination(address: number) {
        this.destination.high = BigInt(address >>> 0) << 32n;
      },
    },
  },
);

/** What `this.bpf.fibLookup()` gives, by name (`BPF_FIB_LKUP_RET_…`, include/uapi/linux/bpf.h). */
export const FibResult: Readonly<
  Record<
    | "success"
    | "blackhole"
    | "unreachable"
    | "prohibited"
    | "notForwarded"
    | "forwardingDisabled"
    | "unsupportedTunnel"
    | "noNeighbor"
    | "fragmentationNeeded"
    | "noSourceAddress",
    number
  >
> = Object.freeze({
  /** Send it: the lookup has been filled in. */
  success: 0,
  /** The destination is a black hole: drop it. */
  blackhole: 1,
  /** It cannot be reached: drop it. */
  unreachable: 2,
  /** It must not be reached: drop it. */
  prohibited: 3,
  /** There is no route, or it is this machine's: pass it. */
  notForwarded: 4,
  /** The interface does not forward: pass it. */
  forwardingDisabled: 5,
  /** The route encapsulates: pass it. */
  unsupportedTunnel: 6,
  /** The neighbour's MAC address is not known: pass it. */
  noNeighbor: 7,
  /** The packet is too long for the route. */
  fragmentationNeeded: 8,
  /** There is no address to send from (with the flag for it). */
  noSourceAddress: 9,
});
