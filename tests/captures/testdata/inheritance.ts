/** Chains of `super`, getters, and methods that a subclass replaces; each with captures of its own. */
import { globalVar, kernel, type Packet, SubProgram, u32, XDP, type XdpAction } from "../../../mod.ts";
import { report } from "./report.ts";

const BASE = 1;
const MIDDLE = 20;
const TOP = 300;
const PART = 4000;

abstract class Base extends XDP {
  @globalVar(u32)
  accessor count = 0;
  size = 2;

  get twice() {
    return this.size * 2;
  }

  @kernel(() => ({ BASE }))
  step(): number {
    return BASE;
  }

  @kernel(() => ({ TOP: BASE }))
  program(_packet: Packet): XdpAction | void {
    this.count += this.step() + this.twice;
    return XDP.PASS;
  }
}

/** A mixin. */
// deno-lint-ignore no-explicit-any -- TypeScript demands it of mixins
function counting<B extends abstract new (...args: any[]) => Base>(Parent: B) {
  abstract class Counting extends Parent {
    @globalVar(u32)
    accessor calls = 0;

    override program(packet: Packet): XdpAction | void {
      this.calls += 1;
      return super.program(packet);
    }
  }
  return Counting;
}

class Part extends SubProgram {
  @globalVar(u32)
  accessor seen = 0;

  @kernel(() => ({ PART }))
  note(value: number) {
    this.seen += value + PART;
  }
}

class Middle extends counting(Base) {
  part = new Part();
  override size = 50;

  @kernel(() => ({ MIDDLE }))
  override step() {
    return MIDDLE + super.step();
  }

  override program(packet: Packet): XdpAction | void {
    const action = super.program(packet);
    this.part.note(this.count);
    return action;
  }
}

class Top extends Middle {
  override get twice() {
    return super.twice + 1;
  }

  @kernel(() => ({ TOP, XDP }))
  override program(packet: Packet) {
    super.program(packet);
    this.count += TOP;
    return XDP.TX;
  }
}

report("inheritance", () => new Top(), ({ count, calls, part: { seen } }) => [count, calls, seen]);
