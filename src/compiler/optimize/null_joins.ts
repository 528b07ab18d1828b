/**
 * Where the ways from a test of a word with zero meet again at once, what they bring is the word: `v ≠ 0 ? v : 0` is v, and a
 * flag that says which way it was is asked by asking the word again. So it is with what a map's `get` gave, if something else
 * comes between the lookup and the first test.
 *
 * The verifier wants to see the test of an address before its use: each flag that was asked becomes such a test, with all 64 bits.
 *
 * Assumes: ways that do nothing are edges. Gains: a test, and up to three moves a lookup. Costs: linear.
 *
 * @module
 */

import { type Block, type Branch, constantOf, eachEdge, type Edge, type IrFunction, type Value } from "../ir.ts";
import { Constants } from "./constants.ts";

/** What a flag is asked instead: the word, and what the flag is if that is not zero. */
interface Flag {
  readonly word: Value;
  readonly ifSet: bigint;
  readonly ifZero: bigint;
}

export function joinNulls(fn: IrFunction): boolean {
  const tests = fn.blocks.map(({ terminator }) => terminator).filter((end) => end?.kind === "branch").filter(
    meetsAgain,
  );
  if (tests.length === 0) return false;
  const constants = new Constants(fn);
  const flags = new Map<Value, Flag>();
  const entries = entriesOf(fn, new Set(tests.map(({ then }) => then.block)));
  let changed = false;
  for (const test of tests) {
    const word = test.left;
    const [set, zero] = test.comparison === "ne" ? [test.then, test.else] : [test.else, test.then];
    const { block } = set;
    block.parameters.forEach((parameter, i) => {
      const [ifSet, ifZero] = [constantOf(set.arguments[i]), constantOf(zero.arguments[i])];
      if (set.arguments[i] === word && ifZero === 0n) {
        zero.arguments[i] = word;
        changed = true;
      } else if (entries.get(block) === 2 && ifSet !== undefined && ifZero !== undefined && ifSet !== ifZero) {
        flags.set(parameter, { word, ifSet, ifZero });
      }
    });
  }
  for (const { terminator } of fn.blocks) {
    if (terminator?.kind === "branch" && askWord(terminator, flags, constants)) changed = true;
  }
  return changed;
}

function meetsAgain({ comparison, width, right, then, else: other, proof }: Branch): boolean {
  if (comparison !== "eq" && comparison !== "ne" || width !== 64 || proof) return false;
  return constantOf(right) === 0n && then.block === other.block;
}

/** How many edges lead to each of some blocks. */
function entriesOf(fn: IrFunction, blocks: ReadonlySet<Block>): Map<Block, number> {
  const entries = new Map<Block, number>();
  const enter = ({ block }: Edge) => {
    if (blocks.has(block)) entries.set(block, (entries.get(block) ?? 0) + 1);
  };
  for (const block of fn.blocks) eachEdge(block, enter);
  return entries;
}

/** Asks the word that a flag tells of, if it is a flag that is asked; whether it was. */
function askWord(test: Branch, flags: ReadonlyMap<Value, Flag>, constants: Constants): boolean {
  const flag = flags.get(test.left);
  const asked = constantOf(test.right);
  if (!flag || test.proof || test.comparison !== "eq" && test.comparison !== "ne") return false;
  if (asked !== flag.ifSet && asked !== flag.ifZero) return false;
  const isSetAsked = (asked === flag.ifSet) === (test.comparison === "eq");
  Object.assign(test, { comparison: isSetAsked ? "ne" : "eq", width: 64, left: flag.word, right: constants.of(0n) });
  return true;
}
