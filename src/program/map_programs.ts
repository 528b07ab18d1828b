/**
 * Programs in the entries of maps that packets are redirected to: they see what goes that way.
 *
 * @module
 */

import { AttachType } from "../kernel/programs.ts";
import type { Packet } from "./packet.ts";
import type { DevMapContext, XdpContext } from "./xdp_context.ts";
import { attachType, type XdpAction, XdpProgram } from "./xdp_program.ts";

/**
 * A program that sees what a device map sends out by an interface (BPF_XDP_DEVMAP, Linux 5.8): store it in an entry of a
 * `DevMap` or `DevMapHash`. It knows where the packet goes: `egressIfindex`.
 *
 * The packet goes out with `XDP.PASS`; with any other action it is dropped. The program is loaded together with the
 * program that redirects, and has variables and maps of its own. The kernel runs it on live packets only: tests run it
 * on `"js"` and `"vm"`.
 *
 * @example
 * ```ts
 * import { type DevMapContext, DevMap, DevMapProgram, globalVar, mac, type Packet, u32, XDP } from "@waggle/ebpf";
 *
 * class Leave extends DevMapProgram {
 *   @globalVar(u32) accessor last = 0;
 *
 *   program(packet: Packet, { egressIfindex }: DevMapContext) {
 *     this.last = egressIfindex;
 *     return packet.byteLength > 1514 ? XDP.DROP : XDP.PASS;
 *   }
 * }
 *
 * class Forward extends XDP {
 *   ports = new DevMap({ maxEntries: 8 });
 *
 *   program() {
 *     return this.ports.redirect(0);
 *   }
 * }
 *
 * using forward = new Forward();
 * const leave = new Leave();
 * forward.ports.set(0, { ifindex: 3, program: leave }); // in real life: ifindex: "eth1"
 * console.log(leave.test(new Uint8Array(64), { context: { egressIfindex: 3 } }).name === "PASS", leave.last === 3);
 * ```
 */
export abstract class DevMapProgram extends XdpProgram {
  /** @ignore */
  override get [attachType](): AttachType {
    return AttachType.XdpDevMap;
  }

  /**
   * What becomes of each packet on its way out: the source of the program.
   *
   * @param packet The packet from its Ethernet header on.
   * @param context Where it comes from, and where it goes.
   * @returns `XDP.PASS` to send it, `XDP.DROP` to drop it; nothing for `defaultAction`.
   */
  abstract override program(packet: Packet, context: DevMapContext): XdpAction | void;
}

/**
 * A program that sees what a CPU map hands to a processor, on that processor (BPF_XDP_CPUMAP, Linux 5.9): store it in an
 * entry of a `CpuMap`.
 *
 * The packet goes on to the network stack with `XDP.PASS`; it can be redirected once more or dropped. The program is loaded
 * together with the program that redirects, and has variables and maps of its own. The kernel runs it on live packets
 * only: tests run it on `"js"` and `"vm"`.
 *
 * @example
 * ```ts
 * import { CpuMap, CpuMapProgram, type Packet, XDP } from "@waggle/ebpf";
 *
 * class Filter extends CpuMapProgram {
 *   program(packet: Packet) {
 *     return packet.layers().udp?.destination === 9 ? XDP.DROP : XDP.PASS;
 *   }
 * }
 *
 * class Spread extends XDP {
 *   cpus = new CpuMap({ maxEntries: 4 });
 *
 *   program(packet: Packet) {
 *     return this.cpus.redirect(packet.getUint8(29) & 3, XDP.PASS);
 *   }
 * }
 *
 * const spread = new Spread();
 * spread.cpus.set(0, { queueSize: 192, program: new Filter() });
 * console.log(spread.test(new Uint8Array(64)).name === "REDIRECT");
 * ```
 */
export abstract class CpuMapProgram extends XdpProgram {
  /** @ignore */
  override get [attachType](): AttachType {
    return AttachType.XdpCpuMap;
  }

  /**
   * What becomes of each packet on its processor: the source of the program.
   *
   * @param packet The packet from its Ethernet header on.
   * @param context Where it comes from.
   * @returns `XDP.PASS`, `XDP.DROP` or what a redirect gives; nothing for `defaultAction`.
   */
  abstract override program(packet: Packet, context: XdpContext): XdpAction | void;
}
