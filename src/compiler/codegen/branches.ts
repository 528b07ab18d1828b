/**
 * What branches ask: the comparison that the instruction set has, its width, and the constant that it takes.
 *
 * @module
 */

import type { Comparison as MachineComparison } from "../../bytecode/opcodes.ts";
import { isSignedOrder, MIRRORED } from "../analysis/comparisons.ts";
import type { Branch, Comparison, Value, Width } from "../ir.ts";
import { U32 } from "../range.ts";
import type { MachineEnd, VirtualRegister } from "./machine.ts";
import { asImmediate, isConstant, within } from "./operands.ts";

/** Instruction sets from which on there are `jlt` and its like, and jumps by 32 bits. */
const LESS_THAN = 2;
const SHORT_JUMPS = 3;

/** A branch's question. */
type Test = Pick<MachineEnd & { kind: "branch" }, "comparison" | "width" | "uses" | "immediate">;

/** Where the values are that are compared. */
export interface Compared {
  register(value: Value): VirtualRegister;
  /** A register with the value's low half, extended. */
  lowHalf(value: Value, isSigned: boolean): VirtualRegister;
}

/** The question of a branch, for a version of the instruction set; one whether bits are clear is turned round before. */
export function testOf({ comparison, width, left, right }: Branch, cpu: number, values: Compared): Test {
  if (isConstant(left) && !isConstant(right)) [left, right, comparison] = [right, left, MIRRORED[comparison]];
  const compared = cpu < SHORT_JUMPS ? width : comparedWidth(width, comparison, left, right);
  let immediate = isConstant(right) ? asImmediate(right.operation.value, compared) : undefined;
  if (cpu < SHORT_JUMPS && compared === 32) return testOfHalves(comparison, left, right, cpu, values);
  if (cpu < LESS_THAN && isLess(comparison)) {
    [left, right, comparison, immediate] = [right, left, MIRRORED[comparison], undefined];
  }
  const uses = [values.register(left)];
  if (immediate === undefined) uses.push(values.register(right));
  return { comparison: COMPARISONS[comparison as Asked], width: compared, uses, immediate };
}

/** Without jumps by 32 bits, the low halves are extended and compared as words. */
function testOfHalves(comparison: Comparison, left: Value, right: Value, cpu: number, values: Compared): Test {
  const isSigned = isSignedOrder(comparison);
  const uses = [left, right].map((value) => values.lowHalf(value, isSigned));
  if (cpu < LESS_THAN && isLess(comparison)) {
    uses.reverse();
    comparison = MIRRORED[comparison];
  }
  return { comparison: COMPARISONS[comparison as Asked], width: 64, uses, immediate: undefined };
}

/** 32 bits suffice to compare what fits them, and let large unsigned constants be immediates. */
function comparedWidth(width: Width, comparison: Comparison, left: Value, right: Value): Width {
  if (width === 32 || !isConstant(right) || asImmediate(right.operation.value, 64) !== undefined) return width;
  return !isSignedOrder(comparison) && within(left, U32) && within(right, U32) ? 32 : 64;
}

function isLess(comparison: Comparison): boolean {
  return comparison !== "clear" && comparison.includes("l");
}

/** Whether bits are clear is never asked: the branch is turned round. */
type Asked = Exclude<Comparison, "clear">;

const COMPARISONS: Readonly<Record<Asked, MachineComparison>> = {
  eq: "eq",
  ne: "ne",
  ult: "lt",
  ule: "le",
  ugt: "gt",
  uge: "ge",
  slt: "slt",
  sle: "sle",
  sgt: "sgt",
  sge: "sge",
  set: "set",
};
