/**
 * Counts the packets that come in through a network interface.
 *
 *     sudo deno run --allow-ffi examples/count.ts eth0
 *     sudo bun examples/count.ts eth0 30 --mode skb
 *
 * @module
 */
import { globalVar, u32, XDP } from "../mod.ts";
import { everySecond, readArguments } from "./arguments.ts";

class Count extends XDP {
  @globalVar(u32)
  accessor count = 0; // shared with the kernel; a number on both sides

  program() {
    this.count += 1; // in the kernel: one atomic add
    return XDP.PASS;
  }
}

const { interface: name, seconds, mode } = readArguments("count.ts");

using counter = new Count();
using link = counter.attach(name, { mode }); // detached when the scope, or the process, ends
console.log(`counting on ${name} in ${link.mode} mode`);

await everySecond(seconds, () => console.log("packets so far:", counter.count)); // a plain memory read
