/** Runs where there is neither FFI nor a permission: prints a count, and the code of the error that loading gives. */
import { EbpfError, globalVar, u32, XDP } from "../../mod.ts";

class Count extends XDP {
  @globalVar(u32)
  accessor count = 0;

  program() {
    this.count += 1;
    return XDP.PASS;
  }
}

const counter = new Count();
counter.test(new Uint8Array(64), { on: "js", repeat: 3 });
const instructions = counter.assemble().length / 8;
let code = "";
try {
  counter.load();
} catch (error) {
  if (!(error instanceof EbpfError)) throw error;
  code = error.code;
}
console.log(`count ${counter.count}, ${instructions > 1 ? "generated" : "empty"}, ${code}`);
