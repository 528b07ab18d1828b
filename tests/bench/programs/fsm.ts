/**
 * Mixes a packet's words in 40 lanes, driven by a machine of four states.
 *
 * @module
 */

import { array, type ArrayView, globalVar, kernel, localVar, type Packet, u32, XDP } from "../../../mod.ts";

const rotated = (x: number, by: number) => x << by | x >>> (32 - by);

export default class Mixer extends XDP {
  override minimumPacketSize = 106;
  readonly rounds = [0, 1, 2, 3];
  readonly steps = [0, 1, 2, 3, 4];
  readonly indexes = Array.from({ length: 40 }, (_, i) => i);

  @globalVar(u32)
  accessor out = 0;
  @globalVar(u32)
  accessor state = 0;
  @localVar(array(u32, 40))
  accessor lanes = [] as unknown as ArrayView<number>;

  @kernel(() => ({ rotated }))
  program(packet: Packet) {
    const { lanes } = this;
    for (const i of this.indexes) {
      lanes[i] = packet.getUint32(42 + 4 * (i & 15), true) ^ Math.imul(i + 1, 0x9e3779b1);
    }
    let state = 0;
    for (const round of this.rounds) {
      for (const i of this.indexes) {
        lanes[i] = rotated(lanes[i] + lanes[(i + 7) % 40], i % 31 + 1) ^ lanes[(i + 13) % 40];
      }
      for (const k of this.steps) {
        const x = lanes[(8 * k + round) % 40];
        switch (state) {
          case 0:
            if (x & 1) {
              lanes[k] += 0x1234567;
              state = 1;
            } else state = 2;
            break;
          case 1:
            if (x & 2) {
              lanes[k + 5] ^= lanes[k + 10];
              state = 3;
            } else state = 0;
            break;
          case 2:
            if (x & 4) {
              lanes[k + 10] = rotated(lanes[k + 10], 5);
              state = 0;
            } else {
              lanes[k + 15] += x;
              state = 3;
            }
            break;
          default:
            if (x & 8) state = 1;
            else {
              lanes[k + 20] -= lanes[k + 25];
              state = 2;
            }
        }
      }
    }
    let out = 0;
    for (const i of this.indexes) out ^= lanes[i];
    this.out = out;
    this.state = state;
    return out & 1 ? XDP.PASS : XDP.DROP;
  }
}
