/**
 * Judges many random sequences: `deno run -A tests/vm/fuzz.ts --count 20000 --seed 1`. Needs root.
 *
 * @module
 */
import process from "node:process";
import { judgeMany } from "./oracle.ts";

function option(name: string, fallback: number): number {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? fallback : Number(process.argv[at + 1]);
}

const shown = 3;
let differences = 0;
const count = judgeMany(option("seed", 1), option("count", 1000), ({ different }) => {
  for (; differences < different.length; differences++) if (differences < shown) console.log(different[differences]);
});
const { accepted, refused, equal, excluded, excludedBytes, different } = count;
console.log(
  `${accepted} accepted (${refused} refused): ${equal} equal, ${excluded} excluded as not comparable, ${different.length} different`,
);
console.log(`${excludedBytes} bytes of equal ones were not comparable`);
process.exitCode = different.length > 0 ? 1 : 0;
