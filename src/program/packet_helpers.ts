/**
 * The kernel's helpers that are about the packet at hand, by the kernel's names in camelCase.
 *
 * The bodies are what they mean in a run as plain JavaScript. Numbers and meanings are those of
 * `___BPF_FUNC_MAPPER`, include/uapi/linux/bpf.h.
 *
 * @module
 */

import { EbpfError, ErrorCode } from "../errors.ts";
import type { ArrayView } from "../types/mod.ts";
import { checksumDifference, fold } from "../vm/checksum.ts";
import { moveMeta } from "./packet.ts";
import { currentRun, type Run } from "./running.ts";

/** EINVAL and EFAULT, include/uapi/asm-generic/errno-base.h. */
const INVALID = -22, FAULT = -14;
/** Copies look no farther than that. */
const FARTHEST = 0xffff;
const ETHERNET_BYTES = 14;
/** The MTU of the loopback interface, by which test runs come in. */
const LOOPBACK_MTU = 65536;

/** What `this.bpf.checkMtu()` gives. */
export interface MtuCheck {
  /** 0: the packet fits; 1: it is too long. -19: there is no such interface. */
  readonly result: number;
  /** The interface's MTU in bytes, from the network's header on; 0 if there is no such interface. */
  readonly mtu: number;
}

/** The part of `this.bpf` that is about the packet at hand. */
export class PacketHelpers {
  /**
   * The internet checksum's sum of some bytes less that of others (`bpf_csum_diff`, Linux 4.6; in XDP 4.16): what a
   * checksum must be corrected by when bytes are replaced. The headers' `updateChecksum16()` and its like do that for
   * single fields.
   *
   * @param from The bytes that go: of the packet (`packet.bytes()`), of a variable of the type `array(u8, n)`, or numbers;
   * a multiple of 4, and 512 with the others at most. `undefined`: none.
   * @param to The bytes that come.
   * @param seed A sum to begin with: what an earlier call has given, or `~checksum & 0xffff` of a header. Default 0.
   * @returns A number of 16 bits in network order, not inverted: `~sum & 0xffff` is a checksum. (The kernel's own result is
   * in the order of the processor, and has 32 bits before Linux 6.13.)
   * @throws {EbpfError} `InvalidArgument` for other numbers of bytes.
   *
   * @example
   * ```ts
   * import { IPv4, kernel, type Packet, XDP } from "@waggle/ebpf";
   *
   * class Rename extends XDP {
   *   @kernel(() => ({ IPv4 }))
   *   program(packet: Packet) {
   *     const ip = packet.header(IPv4, 14);
   *     const sum = this.bpf.csumDiff(packet.bytes(26, 4), [10, 0, 0, 7], ~ip.checksum & 0xffff);
   *     ip.checksum = ~sum & 0xffff;
   *     packet.bytes(26, 4).set([10, 0, 0, 7]);
   *     return XDP.TX;
   *   }
   * }
   *
   * console.log(new Rename().test(new Uint8Array(64)).name === "TX");
   * ```
   */
  csumDiff(from: Iterable<number> | undefined, to: Iterable<number> | undefined, seed: number = 0): number {
    const [removed, added] = [from, to].map((bytes) => bytes && summed(bytes));
    return swapped(checksumDifference(removed, added, swapped(fold(seed >>> 0))));
  }

  /**
   * Whether the packet fits an interface's MTU (`bpf_check_mtu`, Linux 5.12).
   *
   * @param ifindex The interface's index; 0 for the one that the packet came in by.
   * @param lengthDifference Bytes that the packet is to be longer by; negative for shorter. Default 0.
   * @returns Whether it fits, and the MTU: 0, 1, or -19 without such an interface. In runs as plain JavaScript and in the
   * virtual machine the MTU is that of the test's option `mtu`.
   *
   * @example
   * ```ts
   * import { XDP } from "@waggle/ebpf";
   *
   * class Wrap extends XDP {
   *   program() {
   *     const { result } = this.bpf.checkMtu(0, 20);
   *     return result === 0 ? XDP.TX : XDP.PASS;
   *   }
   * }
   *
   * console.log(new Wrap().test(new Uint8Array(64), { mtu: 50 }).name === "PASS");
   * ```
   */
  checkMtu(_ifindex: number, lengthDifference: number = 0): MtuCheck {
    const { packet, mtu = LOOPBACK_MTU } = demandRun("checkMtu");
    const length = packet.byteLength + (lengthDifference | 0);
    return { result: length > mtu + ETHERNET_BYTES ? 1 : 0, mtu };
  }

  /**
   * Bytes of the packet with all its fragments (`bpf_xdp_get_buff_len`, Linux 5.18); as `packet.totalLength`.
   *
   * @returns How many.
   */
  xdpGetBuffLen(): number {
    return demandRun("xdpGetBuffLen").packet.totalLength;
  }

  /**
   * Copies bytes out of the packet (`bpf_xdp_load_bytes`, Linux 5.18): also out of its fragments, and as many as only the
   * run tells.
   *
   * @param offset Where they begin, from the Ethernet header on.
   * @param into A variable of the type `array(u8, n)`.
   * @param length How many, from 1 to n. Default: all of the variable.
   * @returns 0; -22 if the packet does not have them all, or for other lengths; -14 for offsets beyond 65,535. Then nothing
   * was copied.
   *
   * @example
   * ```ts
   * import { array, type ArrayView, localVar, type Packet, u8, XDP } from "@waggle/ebpf";
   *
   * class Echo extends XDP {
   *   @localVar(array(u8, 64)) accessor name!: ArrayView<number>;
   *
   *   program(packet: Packet) {
   *     const length = packet.getUint8(14);
   *     if (this.bpf.xdpLoadBytes(15, this.name, length) !== 0) return XDP.PASS;
   *     return this.bpf.xdpStoreBytes(0, this.name, length) === 0 ? XDP.TX : XDP.PASS;
   *   }
   * }
   *
   * console.log(new Echo().test(new Uint8Array(64).fill(7)).name === "TX");
   * ```
   */
  xdpLoadBytes(offset: number, into: ArrayView<number>, length: number = into.length): number {
    const { packet } = demandRun("xdpLoadBytes");
    const [from, size] = [offset >>> 0, length >>> 0];
    const refused = refusal(packet, from, size, into.length);
    if (refused !== 0) return refused;
    for (let i = 0; i < size; i++) into[i] = packet.getUint8(from + i);
    return 0;
  }

  /**
   * Copies bytes into the packet (`bpf_xdp_store_bytes`, Linux 5.18): also into its fragments, and as many as only the run
   * tells.
   *
   * @param offset Where to, from the Ethernet header on.
   * @param from A variable of the type `array(u8, n)`, or numbers.
   * @param length How many, from 1 to n. Default: all of them.
   * @returns As for {@linkcode PacketHelpers.xdpLoadBytes}.
   */
  xdpStoreBytes(offset: number, from: Iterable<number>, length?: number): number {
    const { packet } = demandRun("xdpStoreBytes");
    const bytes = [...from];
    const [to, size] = [offset >>> 0, (length ?? bytes.length) >>> 0];
    const refused = refusal(packet, to, size, bytes.length);
    if (refused !== 0) return refused;
    for (let i = 0; i < size; i++) packet.setUint8(to + i, bytes[i]);
    return 0;
  }

  /**
   * Moves the packet's first byte (`bpf_xdp_adjust_head`, Linux 4.10); `packet.adjustHead` says more.
   *
   * @param delta Bytes to move it by: negative ones make the packet longer.
   * @returns 0; -22 where there is no room, or too little would be left.
   */
  xdpAdjustHead(delta: number): number {
    return demandRun("xdpAdjustHead").packet.adjustHead(delta | 0) ? 0 : INVALID;
  }

  /**
   * Moves the packet's end (`bpf_xdp_adjust_tail`, Linux 4.18; making it longer, 5.8); `packet.adjustTail` says more.
   *
   * @param delta Bytes to move it by: positive ones make the packet longer.
   * @returns 0; -22 where there is no room, or too little would be left.
   */
  xdpAdjustTail(delta: number): number {
    return demandRun("xdpAdjustTail").packet.adjustTail(delta | 0) ? 0 : INVALID;
  }

  /**
   * Moves the begin of the metadata (`bpf_xdp_adjust_meta`, Linux 4.15); `packet.adjustMeta` says more.
   *
   * @param delta Bytes to move it by: negative ones make room.
   * @returns 0; negative where it cannot be done: -22, -13 for lengths that are no multiple of 4 or too large, -524 if the
   * driver has no metadata.
   */
  xdpAdjustMeta(delta: number): number {
    return demandRun("xdpAdjustMeta").packet[moveMeta](delta);
  }
}

/** The run that is going on; some helpers are about its packet. */
export function demandRun(name: string): Run {
  const run = currentRun();
  if (run) return run;
  throw new EbpfError(ErrorCode.NoPacket, `Cannot call bpf.${name}(): no packet is there`, {
    remedy: 'It is for the program itself: run that with test(packet, { on: "js" }) or attach it',
  });
}

/** Why bytes cannot be copied, as the kernel says it; 0 if they can. */
function refusal(packet: Run["packet"], offset: number, size: number, room: number): number {
  if (size === 0 || size > room) return INVALID;
  if (offset > FARTHEST || size > FARTHEST) return FAULT;
  return offset + size > packet.byteLength ? INVALID : 0;
}

function summed(bytes: Iterable<number>): Uint8Array {
  const copy = Uint8Array.from(bytes);
  if (copy.length % 4 === 0) return copy;
  throw new EbpfError(
    ErrorCode.InvalidArgument,
    `Cannot sum ${copy.length} bytes: kernels before 6.13 take multiples of 4`,
    {
      remedy: "Take so many, or use packet.checksum()",
    },
  );
}

function swapped(sum: number): number {
  return (sum & 0xff) << 8 | sum >>> 8;
}
