/** Values that a method captures: constants, tables, under other names; evaluated when the program is generated. */
import { globalVar, kernel, u32, u64, XDP } from "../../../mod.ts";
import { report } from "./report.ts";

const PORT = 8080;
const MASK = 0xffff_ffff_0000n;
const table = [3, 5, 8];
const config = { limit: 7, deep: { flags: [true, false] } };
const original = 11;
let late = 0;

class Values extends XDP {
  @globalVar(u32)
  accessor count = 0;
  @globalVar(u64)
  accessor total = 1n;

  @kernel(() => ({ PORT, MASK, table, config, other: original, "quoted": late }))
  program() {
    for (const step of table) this.count += step;
    if (config.deep.flags[0]) this.count += config.limit * original;
    this.count += PORT + late;
    this.total = MASK | this.total;
    return table.length === 3 ? XDP.DROP : XDP.PASS;
  }
}

late = 1000;
report("values", () => new Values(), ({ count, total }) => [count, total]);
