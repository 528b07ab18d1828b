/** Captured classes: their constants, getters and methods, inherited ones included. */
import { globalVar, kernel, u32, XDP } from "../../../mod.ts";
import { report } from "./report.ts";

class Limits {
  static readonly SMALL: number = 4;
  static readonly all = [1, 2, 3];
  static get double() {
    return this.SMALL * 2;
  }
  static cut(value: number) {
    return value > this.SMALL ? this.SMALL : value;
  }
}

class Larger extends Limits {
  static override readonly SMALL = 40;
  static override cut(value: number) {
    return super.cut(value) + 1;
  }
}

class Statics extends XDP {
  static readonly OWN = 1000;
  @globalVar(u32)
  accessor count = 0;
  @globalVar(u32)
  accessor other = 0;

  @kernel(() => ({ Limits, Larger, Statics }))
  program() {
    this.count = Limits.double + Limits.cut(100) + Statics.OWN;
    this.other = Larger.double + Larger.cut(100);
    if (Limits.all.includes(this.count & 3)) this.other += Limits.all.length;
    return Statics.DROP;
  }
}

report("statics", () => new Statics(), ({ count, other }) => [count, other]);
