// Tries all that a program can do, and prints what comes of each.
import { EbpfError, globalVar, u32, XDP } from "../../../mod.ts";

class Count extends XDP {
  @globalVar(u32)
  accessor count = 0;

  program() {
    this.count += 1;
    return XDP.PASS;
  }
}

function outcome(work: (counter: Count) => unknown): string {
  using counter = new Count();
  try {
    return `${work(counter)}, count ${counter.count}`;
  } catch (error) {
    return error instanceof EbpfError ? `${error.code} ${error.message}` : String(error);
  }
}

const packet = new Uint8Array(60);
console.log(JSON.stringify({
  js: outcome((counter) => counter.test(packet, { on: "js" }).name),
  check: outcome((counter) => counter.check()),
  kernel: outcome((counter) => counter.test(packet, { on: "kernel" }).name),
  attach: outcome((counter) => counter.attach("nosuch0")),
  detach: outcome((counter) => counter.detach("lo")),
}));
