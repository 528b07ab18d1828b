/**
 * Adds from another process: `adder.ts FOLDER TIMES` runs two programs on the variables and maps that are pinned there.
 *
 * @module
 */
import { Adder } from "./adders.ts";

// deno-lint-ignore no-process-global -- both runtimes have it
const [folder, times] = process.argv.slice(2);
using one = Adder.open(folder);
using two = Adder.open(folder);
console.log("ready");
for (const adder of [one, two]) adder.test(new Uint8Array(64), { on: "kernel", repeat: Number(times) });
console.log("done");
