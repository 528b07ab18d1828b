/**
 * Where the ways from a test meet again at once, a flag that says which way it was is asked by the test itself, if that is of
 * a word with a constant: `const has = (x & 32) !== 0` is no value then. Of a test with zero what the ways bring may also be the
 * word: `v ≠ 0 ? v : 0` is v. So it is with what a map's `get` gave, if something else comes between the lookup and the first
 * test.
 *
 * The verifier wants to see the test of an address before its use: each flag that was asked becomes such a test, with all 64 bits.
 *
 * Assumes: ways that do nothing are edges. Gains: a test, and up to three moves a flag. Costs: linear.
 *
 * @module
 */

import { NEGATED } from "../analysis/comparisons.ts";
import {
  type Block,
  type Branch,
  constantOf,
  eachEdge,
  type Edge,
  type IrFunction,
  readsOf,
  type Value,
} from "../ir.ts";
import { contains, exactly, I32 } from "../range.ts";

/** What a flag is asked instead, and what the flag is if that holds. */
interface Flag extends Pick<Branch, "comparison" | "width" | "left" | "right"> {
  readonly ifTrue: bigint;
  readonly ifFalse: bigint;
}

export function askTestsAgain(fn: IrFunction): boolean {
  const branches = fn.blocks.map(({ terminator }) => terminator).filter((end) => end?.kind === "branch");
  const tests = branches.filter(meetsAgain);
  if (tests.length === 0) return false;
  const flags = new Map<Value, Flag>();
  const entries = entriesOf(fn, new Set(tests.map(({ then }) => then.block)));
  let changed = false;
  for (const test of tests) {
    const { comparison, width, left, right, then, else: other } = test;
    then.block.parameters.forEach((parameter, i) => {
      const [ifTrue, ifFalse] = [constantOf(then.arguments[i]), constantOf(other.arguments[i])];
      if (isWordOrZero(test, i)) {
        [then, other].forEach((way) => way.arguments[i] = left);
        changed = true;
      } else if (entries.get(then.block) === 2 && ifTrue !== undefined && ifFalse !== undefined && ifTrue !== ifFalse) {
        flags.set(parameter, { comparison, width, left, right, ifTrue, ifFalse });
      }
    });
  }
  for (const [flag, asking] of askingOf(branches, flags, readsOf(fn))) {
    asking.forEach((test) => askAgain(test, flag));
    changed = true;
  }
  return changed;
}

function meetsAgain({ right, then, else: other, proof }: Branch): boolean {
  const constant = constantOf(right);
  return !proof && then.block === other.block && constant !== undefined && contains(I32, exactly(constant));
}

/** Whether a whole word is tested with zero. */
function isOfNull({ comparison, width, right }: Pick<Branch, "comparison" | "width" | "right">): boolean {
  return (comparison === "eq" || comparison === "ne") && width === 64 && constantOf(right) === 0n;
}

/** Whether the ways bring the word that was tested where it is not zero, and zero where it is. */
function isWordOrZero(test: Branch, i: number): boolean {
  const [set, zero] = test.comparison === "ne" ? [test.then, test.else] : [test.else, test.then];
  return isOfNull(test) && set.arguments[i] === test.left && constantOf(zero.arguments[i]) === 0n;
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

/** The flags that are asked, with the tests that do; but for those of null no others, unless they are only asked. */
function askingOf(
  branches: readonly Branch[],
  flags: ReadonlyMap<Value, Flag>,
  reads: Uint32Array,
): [Flag, Branch[]][] {
  const asking = new Map<Value, Branch[]>();
  for (const test of branches) {
    const flag = flags.get(test.left);
    const asked = constantOf(test.right);
    if (!flag || test.proof || test.comparison !== "eq" && test.comparison !== "ne") continue;
    if (asked === flag.ifTrue || asked === flag.ifFalse) asking.set(test.left, [...asking.get(test.left) ?? [], test]);
  }
  return [...asking].map(([value, tests]): [Flag, Branch[]] => [flags.get(value)!, tests]).filter(([flag, tests]) =>
    isOfNull(flag) || reads[tests[0].left.id] === tests.length
  );
}

/** Asks what a flag tells of. */
function askAgain(test: Branch, { comparison, width, left, right, ifTrue }: Flag): void {
  const isTrueAsked = (constantOf(test.right) === ifTrue) === (test.comparison === "eq");
  Object.assign(test, { comparison: isTrueAsked ? comparison : NEGATED[comparison], width, left, right });
}
