/**
 * Follows TCP connections through their states; what belongs to none and does not begin one is dropped.
 *
 * @module
 */

import { be16, be32, Ethernet, IPv4, kernel, LruHash, type Packet, struct, Tcp, u32, u8, XDP } from "../../../mod.ts";

const Key = struct({ source: be32, destination: be32, sourcePort: be16, destinationPort: be16 });
const Connection = struct({ state: u8, closing: u8, packets: u32, replies: u32 });
const State = { synSent: 1, synReceived: 2, established: 3, finished: 4 };

export default class Conntrack extends XDP {
  override minimumPacketSize = 54;
  readonly connections = new LruHash(Key, Connection, { maxEntries: 4096 });

  @kernel(() => ({ Ethernet, IPv4, Tcp, State }))
  program(packet: Packet) {
    const ip = packet.header(IPv4, 14);
    if (packet.header(Ethernet).etherType !== 0x0800 || ip.protocol !== 6 || ip.headerWords !== 5) return XDP.PASS;
    const tcp = packet.header(Tcp, 34);
    const key = {
      source: ip.source,
      destination: ip.destination,
      sourcePort: tcp.source,
      destinationPort: tcp.destination,
    };
    const connection = this.connections.get(key);
    if (connection) {
      if (tcp.rst) {
        this.connections.delete(key);
        return XDP.PASS;
      }
      connection.packets += 1;
      if (connection.state === State.synReceived && tcp.ack) connection.state = State.established;
      if (tcp.fin) {
        connection.closing |= 1;
        if (connection.closing === 3) connection.state = State.finished;
      }
      return XDP.PASS;
    }
    const reverse = {
      source: ip.destination,
      destination: ip.source,
      sourcePort: tcp.destination,
      destinationPort: tcp.source,
    };
    const reply = this.connections.get(reverse);
    if (reply) {
      if (tcp.rst) {
        this.connections.delete(reverse);
        return XDP.PASS;
      }
      reply.replies += 1;
      if (reply.state === State.synSent && tcp.syn && tcp.ack) reply.state = State.synReceived;
      if (tcp.fin) {
        reply.closing |= 2;
        if (reply.closing === 3) reply.state = State.finished;
      }
      return XDP.PASS;
    }
    if (!tcp.syn || tcp.ack) return XDP.DROP;
    this.connections.set(key, { state: State.synSent, closing: 0, packets: 1, replies: 0 });
    return XDP.PASS;
  }
}
