/** Arrow functions in locals: used once, which Bun turns into calls in place, and more often. */
import { globalVar, kernel, type Packet, u32, XDP } from "../../../mod.ts";
import { report } from "./report.ts";

const STEP = 3;
const list = [1, 2, 3, 4];

class Arrows extends XDP {
  @globalVar(u32)
  accessor count = 0;
  @globalVar(u32)
  accessor other = 0;
  readonly ports = [80, 443];

  @kernel(() => ({ STEP, list }))
  program(packet: Packet) {
    const once = (value: number) => value * STEP;
    this.count = once(packet.byteLength);
    const often = (value: number, plus = 1) => {
      if (value > 100) return value;
      return value + plus;
    };
    this.other = often(this.count) + often(5) + often(6, 10);
    const nothing = () => {
      this.count += 1;
    };
    nothing();
    const compose = (f: (n: number) => number, g: (n: number) => number) => (n: number) => g(f(n));
    this.other += compose((n) => n + 1, (n) => n * 2)(STEP);
    this.count += list.filter((n) => n > 2).map((n) => n * STEP).reduce((a, b) => a + b, 0);
    const port = packet.getUint8(1) + 79;
    const isPort = this.ports.some((wanted) => wanted === port);
    const result = (() => isPort ? XDP.TX : XDP.DROP)();
    return result;
  }
}

report("arrows", () => new Arrows(), ({ count, other }) => [count, other]);
