/** A program that names the library's class, which is neither captured nor its own base class: minifiers rename it. */
import { report } from "./report.ts";
import { globalVar, u32, XDP, type XdpAction } from "../../../mod.ts";

class Base extends XDP {
  @globalVar(u32)
  accessor count = 0;

  program(): XdpAction {
    this.count += 1;
    return XDP.PASS;
  }
}

class Indirect extends Base {
  override program() {
    super.program();
    return XDP.DROP;
  }
}

report("indirect", () => new Indirect(), ({ count }) => [count]);
