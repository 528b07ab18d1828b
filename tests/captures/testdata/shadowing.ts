/** Locals and parameters that have the names of captures. */
import { globalVar, kernel, type Packet, u32, XDP } from "../../../mod.ts";
import { report } from "./report.ts";

const size = 100;
const step = 10;
const inner = (value: number) => value + 1;
const outer = kernel(() => ({ inner, step }), (size: number) => {
  const twice = (step: number) => size + step;
  return twice(1) + inner(step);
});

class Shadowing extends XDP {
  @globalVar(u32)
  accessor count = 0;
  @globalVar(u32)
  accessor other = 0;

  @kernel(() => ({ size, step, inner, outer }))
  program(packet: Packet) {
    this.count = size;
    {
      const size = packet.byteLength;
      this.count += size;
      for (let step = 0; step < 3; step++) this.other += step;
    }
    this.count += size + step;
    const local = (inner: number) => inner + size;
    this.other += local(5) + outer(1000);
    if (this.count > 0) {
      let step = this.other;
      step += 1;
      this.other = step;
    }
    return XDP.PASS;
  }
}

report("shadowing", () => new Shadowing(), ({ count, other }) => [count, other]);
