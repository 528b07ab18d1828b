/**
 * Says that its program is attached, and the milliseconds that its generation and loading, and its attachment took.
 *
 * @module
 */
import process from "node:process";
import { globalVar, u32, XDP } from "../../../mod.ts";

class Count extends XDP {
  @globalVar(u32)
  accessor count = 0;

  program() {
    this.count += 1;
    return XDP.PASS;
  }
}

using counter = new Count();
const start = performance.now();
counter.load();
const loaded = performance.now();
using _link = counter.attach(process.argv[2]);
console.log(loaded - start, performance.now() - loaded);
