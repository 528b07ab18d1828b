/** Names that need no capture: the class around the method, and the one that it extends. */
import * as ebpf from "../../../mod.ts";
import { globalVar, SubProgram, u32, XDP as Library } from "../../../mod.ts";
import { report } from "./report.ts";

class Limited extends Library {
  static readonly LIMIT: number = 5;
  static double(value: number) {
    return value * 2 + Limited.LIMIT;
  }
  @globalVar(u32)
  accessor count = 0;

  program() {
    this.count += Limited.double(Limited.LIMIT);
    return Library.DROP;
  }
}

class More extends Limited {
  static override readonly LIMIT = 6;

  override program() {
    super.program();
    this.count += More.LIMIT + Limited.LIMIT;
    return Limited.TX;
  }
}

class Part extends SubProgram {
  static readonly STEP = 100;
  @globalVar(u32)
  accessor seen = 0;

  add() {
    this.seen += Part.STEP;
  }
}

const Named = class Inner extends ebpf.XDP {
  static readonly STEP = 1000;
  part = new Part();

  program() {
    this.part.add();
    this.part.seen += Inner.STEP;
    return Inner.PASS;
  }
};

report("own", () => new Limited(), ({ count }) => [count]);
report("own and base", () => new More(), ({ count }) => [count]);
report("own name of an expression", () => new Named(), ({ part: { seen } }) => [seen]);
