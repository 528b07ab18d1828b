/**
 * Frames for tests, with all checksums right.
 *
 * @module
 */

import { Ethernet, Icmp, IPv4, ipv4, mac, Packet, Tcp, Udp } from "../../mod.ts";

/** What a frame of {@linkcode ipv4Frame} has in it. */
export interface FrameOptions {
  readonly protocol: "tcp" | "udp" | "icmp";
  readonly source?: string;
  readonly destination?: string;
  readonly destinationMac?: string;
  readonly ports?: readonly [source: number, destination: number];
  /** Bytes behind the transport's header; default 26. */
  readonly payload?: number;
}

const headers = { tcp: [6, 20, 16], udp: [17, 8, 6], icmp: [1, 8, 2] } as const;

/** An IPv4 packet in an Ethernet frame: a SYN, a datagram, or an echo request. */
export function ipv4Frame(options: FrameOptions): Uint8Array {
  const { protocol, payload = 26, ports: [source, destination] = [40_000, 7] } = options;
  const [number, size, checksumAt] = headers[protocol];
  const length = size + payload;
  const bytes = Uint8Array.from({ length: 34 + length }, (_, i) => i);
  bytes.fill(0, 0, 34 + size);
  const packet = new Packet(bytes);
  Object.assign(packet.header(Ethernet), {
    destination: mac(options.destinationMac ?? "02:00:00:00:00:02"),
    source: mac("02:00:00:00:00:01"),
    etherType: 0x0800,
  });
  const ip = packet.header(IPv4, 14);
  Object.assign(ip, { version: 4, headerLength: 20, totalLength: 20 + length, ttl: 64, protocol: number });
  ip.source = ipv4(options.source ?? "10.0.0.1");
  ip.destination = ipv4(options.destination ?? "10.0.0.2");
  ip.fillChecksum();
  if (protocol === "tcp") Object.assign(packet.header(Tcp, 34), { source, destination, headerLength: 20, syn: true });
  if (protocol === "udp") Object.assign(packet.header(Udp, 34), { source, destination, length });
  if (protocol === "icmp") Object.assign(packet.header(Icmp, 34), { type: 8, identifier: 3, sequence: 1 });
  const sum = protocol === "icmp" ? 0 : ip.pseudoHeaderSum(length);
  packet.setUint16(34 + checksumAt, packet.checksum(34, length, sum));
  return bytes;
}
