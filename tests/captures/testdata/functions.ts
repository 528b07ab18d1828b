/** Captured functions, which capture others. */
import { globalVar, kernel, type Packet, u32, XDP } from "../../../mod.ts";
import { report } from "./report.ts";

const SHIFT = 3;
const weights = [1, 2, 4];

/** Needs nothing. */
function clamp(value: number, limit = 255) {
  return value > limit ? limit : value;
}

const scale = kernel(() => ({ SHIFT, clamp }), (value: number) => clamp(value, 1000) << SHIFT);

const weighted = kernel(() => ({ weights, scale }), function (...values: readonly number[]) {
  let sum = 0;
  for (let i = 0; i < 3; i++) sum += weights[i] * values[i];
  return scale(sum);
});

/** Captures by a statement after itself. */
function checksum(packet: Packet) {
  return weighted(packet.getUint8(1), packet.getUint8(2), packet.getUint8(3));
}
kernel(() => ({ weighted }), checksum);

const same = clamp;

class Functions extends XDP {
  @globalVar(u32)
  accessor count = 0;
  @globalVar(u32)
  accessor small = 0;

  @kernel(() => ({ checksum, clamp, same }))
  program(packet: Packet) {
    if (packet.byteLength < 20) return XDP.ABORTED;
    this.count = checksum(packet);
    this.small = clamp(packet.byteLength * 100) + same(this.small, 5);
    return this.apply((value) => value + 1) > 0 ? XDP.PASS : XDP.DROP;
  }

  apply(change: (value: number) => number) {
    return change(this.small);
  }
}

report("functions", () => new Functions(), ({ count, small }) => [count, small]);
