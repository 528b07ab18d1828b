/**
 * eBPF in plain TypeScript, for Deno and Bun: programs for the Linux kernel are classes, generated, loaded and read at run time.
 *
 * @example
 * ```ts
 * import { globalVar, u32, XDP } from "@waggle/ebpf";
 *
 * class Count extends XDP {
 *   @globalVar(u32) accessor count = 0;
 *
 *   program() {
 *     this.count += 1;
 *     return XDP.PASS;
 *   }
 * }
 *
 * using counter = new Count();
 * counter.test(new Uint8Array(64), { on: "js" });
 * console.log("packets so far:", counter.count);
 * ```
 *
 * @module
 */

export { EbpfError, type EbpfErrorOptions, ErrorCode, type SourceLocation } from "./src/errors.ts";
export type { RequestedMode, XdpMode } from "./src/kernel/mod.ts";
export {
  type Action,
  ArrayMap,
  type ArrayMapOptions,
  BpfMap,
  type BroadcastOptions,
  CpuMap,
  type CpuMapOptions,
  DeviceMap,
  DevMap,
  DevMapHash,
  type DevMapOptions,
  HashMap,
  type HashMapOptions,
  KeyedMap,
  RedirectMap,
  type SetFlag,
  XskMap,
  type XskMapOptions,
} from "./src/maps/mod.ts";
export {
  type AttachedProgram,
  type AttachOptions,
  type Captures,
  type DetachOptions,
  EBPF,
  FibLookup,
  type FibLookupAnswer,
  type FibLookupDerived,
  FibResult,
  globalVar,
  type Helpers,
  kernel,
  type KernelDecorator,
  type Layers,
  localVar,
  type NamespaceChoice,
  noinline,
  type NoinlineDecorator,
  Packet,
  packetVar,
  type PinOptions,
  Program,
  RawProgram,
  type RawProgramOptions,
  type Replay,
  SubProgram,
  type TestOptions,
  type TestResult,
  type Variable,
  XDP,
  type XdpAction,
  type XdpContext,
  XdpLink,
} from "./src/program/mod.ts";
export {
  type AddressType,
  type AnyType,
  Arp,
  array,
  type ArrayType,
  type ArrayView,
  be16,
  be32,
  be64,
  bei16,
  bei32,
  bei64,
  type Bits,
  bits,
  bool,
  type Checksummed,
  Dns,
  type DnsDerived,
  type Endian,
  Ethernet,
  type EthernetDerived,
  type FieldPlace,
  type Fields,
  fixed,
  Gre,
  type GreDerived,
  i16,
  i32,
  i64,
  i8,
  Icmp,
  Icmpv6,
  type Infer,
  IPv4,
  ipv4,
  type IPv4AddressType,
  type IPv4Derived,
  IPv4Network,
  IPv6,
  ipv6,
  type IPv6Address,
  type IPv6AddressType,
  type IPv6Derived,
  IPv6Extension,
  type IPv6ExtensionDerived,
  IPv6Fragment,
  type IPv6FragmentDerived,
  IPv6Network,
  le16,
  le32,
  le64,
  lei16,
  lei32,
  lei64,
  mac,
  Mpls,
  type MplsDerived,
  type Scalar,
  type Struct,
  struct,
  type StructOptions,
  Tcp,
  type TcpDerived,
  type Type,
  u16,
  u32,
  u64,
  u8,
  Udp,
  type UdpDerived,
  type View,
  Vlan,
  type VlanDerived,
  Vxlan,
  type VxlanDerived,
} from "./src/types/mod.ts";
