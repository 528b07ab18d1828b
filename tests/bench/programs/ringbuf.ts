/**
 * Sends the first 64 bytes of each packet as an event.
 *
 * @module
 */

import { array, globalVar, type Packet, RingBuffer, struct, u32, u64, u8, XDP } from "../../../mod.ts";

const CAPTURED = 64;
const Event = struct({ length: u32, captured: u32, data: array(u8, CAPTURED) });

export default class Capture extends XDP {
  readonly captured = CAPTURED;
  readonly events = new RingBuffer(Event, { size: 262144 });

  @globalVar(u64)
  accessor lost = 0n;

  program(packet: Packet) {
    const event = this.events.reserve();
    if (!event) {
      this.lost += 1n;
      return XDP.PASS;
    }
    event.length = packet.byteLength;
    event.captured = Math.min(packet.byteLength, this.captured);
    if (packet.byteLength >= this.captured) event.data = packet.bytes(0, this.captured);
    else this.bpf.xdpLoadBytes(0, event.data, packet.byteLength);
    this.events.submit(event);
    return XDP.PASS;
  }
}
