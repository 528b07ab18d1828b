/**
 * Balances the load of virtual services: each flow goes to a backend of its own.
 *
 * @module
 */

import {
  ArrayMap,
  be16,
  be32,
  Ethernet,
  HashMap,
  IPv4,
  kernel,
  mac,
  type Packet,
  struct,
  Tcp,
  u32,
  u64,
  u8,
  Udp,
  XDP,
} from "../../../mod.ts";

const Service = struct({ address: be32, port: be16, protocol: u8, unused: u8 });
const Backend = struct({ address: be32, mac, packets: u64, bytes: u64 });

const rotated = (x: number, by: number) => x << by | x >>> (32 - by);

/** Bob Jenkins's hash of three words. */
const hash = kernel(() => ({ rotated }), function hash(a: number, b: number, c: number, seed: number): number {
  const start = seed + 0xdeadbeef + 12;
  a = a + start | 0;
  b = b + start | 0;
  c = c + start | 0;
  c = (c ^ b) - rotated(b, 14) | 0;
  a = (a ^ c) - rotated(c, 11) | 0;
  b = (b ^ a) - rotated(a, 25) | 0;
  c = (c ^ b) - rotated(b, 16) | 0;
  a = (a ^ c) - rotated(c, 4) | 0;
  b = (b ^ a) - rotated(a, 14) | 0;
  return (c ^ b) - rotated(b, 24) | 0;
});

export default class LoadBalancer extends XDP {
  override minimumPacketSize = 42;
  readonly vips = new HashMap(Service, u32, { maxEntries: 64 });
  readonly ring = new ArrayMap(u32, { maxEntries: 1024 });
  readonly backends = new ArrayMap(Backend, { maxEntries: 64 });

  @kernel(() => ({ Ethernet, hash, IPv4, Tcp, Udp }))
  program(packet: Packet) {
    const ethernet = packet.header(Ethernet);
    const ip = packet.header(IPv4, 14);
    if (ethernet.etherType !== 0x0800 || ip.version !== 4 || ip.headerWords !== 5) return XDP.PASS;
    const { protocol, fragment, destination: address } = ip;
    if ((fragment & 0x3fff) !== 0 || protocol !== 6 && protocol !== 17) return XDP.PASS;
    if (protocol === 6 && packet.byteLength < 54) return XDP.PASS;
    const { destination: port } = packet.header(Udp, 34);
    const service = this.vips.get({ address, port, protocol, unused: 0 });
    if (service === undefined) return XDP.PASS;
    const flow = hash(packet.getUint32(26, true), packet.getUint32(30, true), packet.getUint32(34, true), protocol);
    const index = this.ring.get((service * 256 + (flow & 255)) % 2 ** 32);
    if (index === undefined) return XDP.PASS;
    const backend = this.backends.get(index);
    if (!backend) return XDP.PASS;
    ip.updateChecksum32(address, backend.address);
    if (protocol === 6) packet.header(Tcp, 34).updateChecksum32(address, backend.address);
    else packet.header(Udp, 34).updateChecksum32(address, backend.address);
    ip.destination = backend.address;
    ethernet.source = ethernet.destination;
    ethernet.destination = backend.mac;
    backend.packets += 1n;
    backend.bytes += BigInt(packet.byteLength);
    return XDP.TX;
  }
}
