/**
 * Samples flows by a hash of their addresses and ports.
 *
 * @module
 */

import { Ethernet, globalVar, IPv4, kernel, type Packet, u32, u64, Udp, XDP } from "../../../mod.ts";

function mix(hash: number): number {
  hash = Math.imul(hash ^ hash >>> 16, 0x85ebca6b);
  hash = Math.imul(hash ^ hash >>> 13, 0xc2b2ae35);
  return hash ^ hash >>> 16;
}

export default class Sampler extends XDP {
  @globalVar(u64)
  accessor sampled = 0n;
  @globalVar(u32)
  accessor share = 0;

  @kernel(() => ({ Ethernet, IPv4, mix, Udp }))
  program(packet: Packet) {
    if (packet.byteLength < 42 || packet.header(Ethernet).etherType !== 0x0800) return XDP.PASS;
    const { version, headerWords, protocol, source, destination } = packet.header(IPv4, 14);
    if (version !== 4 || headerWords !== 5 || protocol !== 6 && protocol !== 17) return XDP.PASS;
    const ports = packet.header(Udp, 34);
    const hash = (mix(source ^ destination) ^ mix(ports.source << 16 | ports.destination) ^ protocol) >>> 0;
    const { share } = this;
    if (share !== 0 && hash % share === 0) this.sampled += 1n;
    return hash % 100 < 3 ? XDP.DROP : XDP.PASS;
  }
}
