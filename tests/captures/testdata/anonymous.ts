/** A class without a name, exported as default: another fixture runs it. */
import { globalVar, kernel, u32, XDP } from "../../../mod.ts";

const LIMIT = 3;

export default class extends XDP {
  @globalVar(u32)
  accessor count = 0;

  @kernel(() => ({ LIMIT }))
  program() {
    this.count += LIMIT;
    return XDP.PASS;
  }
}
