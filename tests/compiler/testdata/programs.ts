/**
 * Small programs whose code is kept as golden text.
 *
 * @module
 */

import { u16, u32, u64 } from "../../../src/types/scalar.ts";
import type { Variables } from "../units.ts";

interface Program {
  readonly text: string;
  readonly variables?: Variables;
}

export const programs: Readonly<Record<string, Program>> = {
  "an empty program": { text: "program() { return XDP.PASS; }" },

  "a counter": {
    text: "program() { this.packets += 1; return XDP.PASS; }",
    variables: { packets: u32 },
  },

  "a switch by a field in network order": {
    text: `
program(packet) {
  switch (packet.getUint16(12)) {
    case 0x0800: this.ipv4 += 1n; break;
    case 0x86dd: this.ipv6 += 1n; break;
    default: this.other += 1n;
  }
  return XDP.PASS;
}`,
    variables: { ipv4: u64, ipv6: u64, other: u64 },
  },

  "checks that leave": {
    text: `
program(packet) {
  if (packet.getUint16(12) !== 0x0800 || packet.getUint8(14) !== 0x45) return XDP.PASS;
  if (packet.getUint8(23) !== 17 || packet.getUint16(36) !== this.port) return XDP.PASS;
  this.dropped += 1n;
  return XDP.DROP;
}`,
    variables: { port: u16, dropped: u64 },
  },

  "booleans kept and tested": {
    text: `
program(packet) {
  const isIp = packet.getUint16(12) === 0x0800;
  const isUdp = isIp && packet.getUint8(23) === 17;
  if (isIp) this.ip += 1;
  return isUdp ? XDP.DROP : XDP.PASS;
}`,
    variables: { ip: u32 },
  },

  "bitwise arithmetic": {
    text: `
program(packet) {
  const x = packet.getUint32(26, true);
  this.hash = ((x << 5) ^ (x >>> 27) ^ 0x9e3779b1) >>> 0;
  return (x & 0x80) !== 0 ? XDP.DROP : XDP.PASS;
}`,
    variables: { hash: u32 },
  },

  "a loop": {
    text: `
program(packet) {
  let sum = 0;
  for (let i = 0; i < 100; i++) sum += i ^ this.seed;
  this.sum = sum;
  return XDP.PASS;
}`,
    variables: { seed: u16, sum: u32 },
  },
};
