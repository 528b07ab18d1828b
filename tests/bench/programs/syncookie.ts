/**
 * Answers the first packet of a TCP connection with a number that only it can know (without checksums).
 *
 * @module
 */

import { Ethernet, globalVar, IPv4, kernel, type Packet, Tcp, u64, XDP } from "../../../mod.ts";

const rotated = (x: bigint, by: bigint) => BigInt.asUintN(64, x << by) | x >> (64n - by);
const product = (x: bigint, y: bigint) => BigInt.asUintN(64, x * y);

export default class SynCookies extends XDP {
  @globalVar(u64)
  accessor secret = 0n;
  @globalVar(u64)
  accessor cookies = 0n;

  @kernel(() => ({ Ethernet, IPv4, product, rotated, Tcp }))
  program(packet: Packet) {
    if (packet.byteLength < 54 || packet.header(Ethernet).etherType !== 0x0800) return XDP.PASS;
    const ip = packet.header(IPv4, 14);
    const tcp = packet.header(Tcp, 34);
    if (ip.version !== 4 || ip.headerWords !== 5 || ip.protocol !== 6) return XDP.PASS;
    if (!tcp.syn || tcp.ack) return XDP.PASS;
    const addresses = BigInt(ip.source) << 32n | BigInt(ip.destination);
    const ports = BigInt(tcp.source) << 16n | BigInt(tcp.destination);
    let hash = product(this.secret ^ addresses, 0x9e3779b97f4a7c15n);
    hash = product(rotated(hash, 31n) ^ ports, 0xff51afd7ed558ccdn);
    hash ^= hash >> 33n;
    [ip.source, ip.destination] = [ip.destination, ip.source];
    [tcp.source, tcp.destination] = [tcp.destination, tcp.source];
    tcp.acknowledgment = tcp.sequence + 1;
    tcp.sequence = Number(hash & 0xffffffffn);
    packet.setUint8(47, 0x12);
    this.cookies += 1n;
    return XDP.TX;
  }
}
