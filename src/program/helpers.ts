/**
 * The kernel's helpers as a program calls them, by the kernel's names in camelCase.
 *
 * The bodies are what they mean in a run as plain JavaScript. Numbers and meanings are those of
 * `___BPF_FUNC_MAPPER`, include/uapi/linux/bpf.h.
 *
 * @module
 */

import type { AnyFunction } from "../compiler/unit.ts";
import type { Infer } from "../types/mod.ts";
import type { FibLookup } from "./fib.ts";
import { demandRun, PacketHelpers } from "./packet_helpers.ts";
import { SocketHelpers } from "./socket_helpers.ts";
import type { XdpAction } from "./xdp_program.ts";

/** XDP_REDIRECT (enum xdp_action) and BPF_FIB_LKUP_RET_NOT_FWDED, include/uapi/linux/bpf.h. */
const redirected = 4;
const notForwarded = 4;
/** What the kernel's clock of jiffies turns by, as most systems have it. */
const nanosecondsOfJiffy = 4_000_000n;

/** What `this.bpf` has. */
export class Helpers extends SocketHelpers {
  /**
   * The time since the system started, not counting suspension (`bpf_ktime_get_ns`, Linux 4.1).
   *
   * @returns Nanoseconds. In a run as plain JavaScript, those since the process started.
   */
  ktimeGetNs(): bigint {
    return clock();
  }

  /**
   * The time since the system started, suspension included (`bpf_ktime_get_boot_ns`, Linux 5.8).
   *
   * @returns Nanoseconds. In a run as plain JavaScript, those since the process started.
   */
  ktimeGetBootNs(): bigint {
    return clock();
  }

  /**
   * As {@linkcode Helpers.ktimeGetNs}, but as of the last tick: cheaper, and up to some milliseconds old
   * (`bpf_ktime_get_coarse_ns`, Linux 5.11).
   *
   * @returns Nanoseconds. In a run as plain JavaScript, those since the process started.
   */
  ktimeGetCoarseNs(): bigint {
    return clock();
  }

  /**
   * The international atomic time (`bpf_ktime_get_tai_ns`, Linux 6.1): since 1970, without leap seconds.
   *
   * @returns Nanoseconds. In a run as plain JavaScript, those of the universal time.
   */
  ktimeGetTaiNs(): bigint {
    return BigInt(Date.now()) * 1_000_000n;
  }

  /**
   * The kernel's count of ticks (`bpf_jiffies64`, Linux 5.5).
   *
   * @returns Ticks; 100 to 1000 of them are a second. In a run as plain JavaScript, 250 are.
   */
  jiffies64(): bigint {
    return clock() / nanosecondsOfJiffy;
  }

  /**
   * A random number (`bpf_get_prandom_u32`, Linux 4.1); not fit for secrets.
   *
   * @returns A whole number from 0 to 2^32 − 1.
   */
  getPrandomU32(): number {
    return Math.floor(Math.random() * 2 ** 32);
  }

  /**
   * The processor that runs the program (`bpf_get_smp_processor_id`, Linux 4.1).
   *
   * @returns Its number, from 0. In a run as plain JavaScript, 0.
   */
  getSmpProcessorId(): number {
    return 0;
  }

  /**
   * The memory node of the processor that runs the program (`bpf_get_numa_node_id`, Linux 4.10).
   *
   * @returns Its number, from 0. In a run as plain JavaScript, 0.
   */
  getNumaNodeId(): number {
    return 0;
  }

  /**
   * Redirects the packet to an interface (`bpf_redirect`, Linux 4.14 in XDP): return what this gives. A map of interfaces is
   * faster: `DevMap`.
   *
   * @param ifindex The interface's index, of the network namespace that the program is attached in.
   * @returns `XDP.REDIRECT`. Whether the packet can be sent shows only later, in the kernel: the tracepoint
   * `xdp:xdp_redirect_err` tells.
   *
   * @example
   * ```ts
   * import { XDP } from "@waggle/ebpf";
   *
   * class Forward extends XDP {
   *   constructor(readonly to: number) {
   *     super();
   *   }
   *   program() {
   *     return this.bpf.redirect(this.to);
   *   }
   * }
   *
   * const { name, redirectIfindex } = new Forward(7).test(new Uint8Array(64));
   * console.log(name === "REDIRECT", redirectIfindex === 7);
   * ```
   */
  redirect(ifindex: number): XdpAction {
    demandRun("redirect").redirectIfindex = ifindex >>> 0;
    return redirected;
  }

  /**
   * Looks for the route of a packet (`bpf_fib_lookup`, Linux 4.18).
   *
   * @param parameters A variable of the type `FibLookup`, filled in before. On success it has the interface and the MAC
   * addresses to send the packet with.
   * @param flags The kernel's `BPF_FIB_LOOKUP_…`, known when the program is generated: 1 leaves policy rules out, 2 looks
   * from the outgoing interface, 4 (Linux 6.3) leaves the neighbour out. Default 0.
   * @returns One of `FibResult`; a negative error number for parameters that make no sense (-22) or an address family that is
   * not known (-97). In runs as plain JavaScript and in the virtual machine, what the test's `fibLookup` gives.
   *
   * @example
   * ```ts
   * import { FibLookup, type Infer, IPv4, localVar, type Packet, XDP, type XdpContext } from "@waggle/ebpf";
   *
   * class Router extends XDP {
   *   @localVar(FibLookup) accessor route!: Infer<typeof FibLookup>;
   *
   *   program(packet: Packet, { ingressIfindex }: XdpContext) {
   *     const { ethernet, ipv4 } = packet.layers();
   *     if (!ipv4 || ipv4.ttl < 2) return XDP.PASS;
   *     const { route } = this;
   *     route.family = 2;
   *     route.ifindex = ingressIfindex;
   *     route.totalLength = ipv4.totalLength;
   *     route.ipv4Source = ipv4.source;
   *     route.ipv4Destination = ipv4.destination;
   *     if (this.bpf.fibLookup(route) !== 0) return XDP.PASS;
   *     ethernet.source = route.sourceMac;
   *     ethernet.destination = route.destinationMac;
   *     ipv4.updateChecksum16(ipv4.ttl << 8, (ipv4.ttl - 1) << 8);
   *     ipv4.ttl -= 1;
   *     return this.bpf.redirect(route.ifindex);
   *   }
   * }
   *
   * console.log(new Router().test(new Uint8Array(64)).name === "PASS");
   * ```
   */
  fibLookup(parameters: Infer<typeof FibLookup>, flags: number = 0): number {
    return demandRun("fibLookup").fibLookup?.(parameters, flags) ?? notForwarded;
  }
}

/** The helpers that the compiler knows, by its names for them: their own. */
export const helperIntrinsics: readonly (readonly [AnyFunction, string])[] = [
  Helpers.prototype,
  SocketHelpers.prototype,
  PacketHelpers.prototype,
].flatMap((prototype) => Object.getOwnPropertyNames(prototype)).filter((name) => name !== "constructor").map((name) => [
  Reflect.get(Helpers.prototype, name),
  name,
]);

/** The one object of them: it has no state. */
export const helpers: Helpers = Object.freeze(new Helpers());

function clock(): bigint {
  return BigInt(Math.round(performance.now() * 1e6));
}
