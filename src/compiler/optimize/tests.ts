/**
 * The algebra of tests at blocks' ends, beside `rules.ts` for instructions: each rule with what it rests on.
 *
 * @module
 */

import { isSignedOrder, MIRRORED } from "../analysis/comparisons.ts";
import { lowBits, MASK, signed, unsigned } from "../analysis/facts.ts";
import { type BinaryOperator, type Branch, constantOf, type Value } from "../ir.ts";
import type { Algebra } from "./algebra.ts";

type Rule = (test: Branch, algebra: Algebra) => boolean;

/** Brings a test into its simplest form, in place. */
export function simplifyTest(test: Branch, algebra: Algebra): void {
  if (test.proof) return;
  for (let steps = 0; steps < 10; steps++) {
    if (SAME_OPERANDS.some((rule) => rule(test, algebra))) continue;
    // What the verifier shall learn about a value it learns only where that value itself is tested.
    if (algebra.feeds(test.left) || !OTHER_OPERANDS.some((rule) => rule(test, algebra))) return;
  }
}

function binary(value: Value, operator: BinaryOperator): boolean {
  return value.operation.kind === "binary" && value.operation.operator === operator && value.operation.width === 64;
}

function isEquality({ comparison }: Branch): boolean {
  return comparison === "eq" || comparison === "ne";
}

/** c < x is x > c */
const constantToTheRight: Rule = (test) => {
  const { left, right } = test;
  if (left.operation.kind !== "constant" || right.operation.kind === "constant") return false;
  Object.assign(test, { left: right, right: left, comparison: MIRRORED[test.comparison] });
  return true;
};

/** Signed order is unsigned order where neither side is negative. */
const unsignedOrder: Rule = (test, { of }) => {
  if (!isSignedOrder(test.comparison) || test.width === 32) return false;
  if (signed(of(test.left)).min < 0n || signed(of(test.right)).min < 0n) return false;
  test.comparison = `u${test.comparison.slice(1)}` as Branch["comparison"];
  return true;
};

/** x > 0 and x ≥ 1 are x ≠ 0, of unsigned words; x < 1 and x ≤ 0 are x = 0 */
const orderWithZero: Rule = (test, { constants }) => {
  const constant = constantOf(test.right);
  const isNotZero = test.comparison === "ugt" && constant === 0n || test.comparison === "uge" && constant === 1n;
  const isZero = test.comparison === "ule" && constant === 0n || test.comparison === "ult" && constant === 1n;
  if (!isNotZero && !isZero) return false;
  Object.assign(test, { comparison: isZero ? "eq" : "ne", right: constants.of(0n) });
  return true;
};

/** x = 1 is x ≠ 0 where x is 0 or 1 */
const truth: Rule = (test, { constants, of }) => {
  if (!isEquality(test) || constantOf(test.right) !== 1n) return false;
  const { min, max } = unsigned(of(test.left));
  if (min < 0n || max > 1n) return false;
  Object.assign(test, { comparison: test.comparison === "eq" ? "ne" : "eq", right: constants.of(0n) });
  return true;
};

/** x − y = 0 and x ^ y = 0 are x = y */
const differenceIsZero: Rule = (test) => {
  if (!isEquality(test) || test.width !== 64 || constantOf(test.right) !== 0n) return false;
  if (!binary(test.left, "sub") && !binary(test.left, "xor")) return false;
  const [left, right] = test.left.inputs;
  Object.assign(test, { left, right });
  return true;
};

/** x + c = d is x = d − c; x ^ c = d is x = d ^ c */
const constantAcross: Rule = (test, { constants }) => {
  const right = constantOf(test.right);
  if (!isEquality(test) || test.width !== 64 || right === undefined) return false;
  const isSum = binary(test.left, "add");
  if (!isSum && !binary(test.left, "xor")) return false;
  const [left, moved] = test.left.inputs;
  const constant = constantOf(moved);
  if (constant === undefined) return false;
  const across = BigInt.asIntN(64, isSum ? right - constant : right ^ constant);
  if (across !== BigInt.asIntN(32, across)) return false;
  Object.assign(test, { left, right: constants.of(across) });
  return true;
};

/** −x = c is x = −c */
const negationAcross: Rule = (test, { constants }) => {
  const right = constantOf(test.right);
  const { operation, inputs } = test.left;
  if (!isEquality(test) || test.width !== 64 || right === undefined) return false;
  if (operation.kind !== "negate" || operation.width !== 64) return false;
  Object.assign(test, { left: inputs[0], right: constants.of(-right) });
  return true;
};

/** (x & m) ≠ 0: x has a bit in common with m (`jset`); so is (x & m) = m where m is one bit */
const bitTest: Rule = (test) => {
  const { left } = test;
  const right = constantOf(test.right);
  if (!isEquality(test) || right === undefined || left.operation.kind !== "binary") return false;
  if (left.operation.operator !== "and") return false;
  const mask = constantOf(left.inputs[1]);
  const isWholeBit = right !== 0n && right === mask && right > 0n && (right & (right - 1n)) === 0n;
  if (right !== 0n && !isWholeBit) return false;
  const comparison = (test.comparison === "ne") === (right === 0n) ? "set" : "clear";
  const width = left.operation.width < test.width ? left.operation.width : test.width;
  Object.assign(test, { comparison, width, left: left.inputs[0], right: left.inputs[1] });
  return true;
};

/** (x >>> n) has a bit in common with m: x has one with m << n, which all widths see that may have been looked at */
const shiftedBitTest: Rule = (test, { constants }) => {
  const mask = constantOf(test.right);
  if (test.comparison !== "set" && test.comparison !== "clear" || mask === undefined || mask < 0n) return false;
  const { operation } = test.left;
  if (operation.kind !== "binary" || operation.operator !== "lshr") return false;
  const count = constantOf(test.left.inputs[1]);
  if (count === undefined || count < 0n || count > 63n || mask << count > 0x7fffffffn) return false;
  Object.assign(test, { left: test.left.inputs[0], right: constants.of(mask << count) });
  return true;
};

/** (x ^ c) has a bit in common with m, where x has none outside m: x ≠ c & m */
const flippedBitTest: Rule = (test, { constants, of }) => {
  const mask = constantOf(test.right);
  if (test.comparison !== "set" && test.comparison !== "clear" || mask === undefined || mask < 0n) return false;
  const [left, flipped] = test.left.inputs;
  const constant = binary(test.left, "xor") ? constantOf(flipped) : undefined;
  if (constant === undefined || (of(left).zeros | mask) !== MASK || BigInt.asUintN(test.width, mask) !== mask) {
    return false;
  }
  const comparison = test.comparison === "set" ? "ne" : "eq";
  Object.assign(test, { comparison, left, right: constants.of(constant & mask), width: 64 });
  return true;
};

/** x & −1 is x */
const wholeBitTest: Rule = (test, { constants }) => {
  if (test.comparison !== "set" && test.comparison !== "clear") return false;
  if (constantOf(test.right) !== -1n) return false;
  Object.assign(test, { comparison: test.comparison === "set" ? "ne" : "eq", right: constants.of(0n) });
  return true;
};

/** (x >>> n) = 0 is x < 2ⁿ; of the sign alone, it is x ≥ 0 */
const shiftedIsZero: Rule = (test, { constants }) => {
  if (!isEquality(test) || test.width !== 64 || constantOf(test.right) !== 0n || !binary(test.left, "lshr")) {
    return false;
  }
  const count = constantOf(test.left.inputs[1]);
  if (count === 63n) {
    Object.assign(test, { comparison: test.comparison === "eq" ? "sge" : "slt", left: test.left.inputs[0] });
    return true;
  }
  if (count === undefined || count < 0n || count > 30n) return false;
  const comparison = test.comparison === "eq" ? "ult" : "uge";
  Object.assign(test, { comparison, left: test.left.inputs[0], right: constants.of(1n << count) });
  return true;
};

/** (x << n) = c << n is x = c where no bit goes away */
const scaledEquality: Rule = (test, { constants, of }) => {
  const right = constantOf(test.right);
  if (!isEquality(test) || test.width !== 64 || right === undefined || !binary(test.left, "shl")) return false;
  const [left, by] = test.left.inputs;
  const count = constantOf(by);
  if (count === undefined || count < 0n || count > 63n || unsigned(of(left)).max >> (64n - count) !== 0n) return false;
  const word = BigInt.asUintN(64, right);
  if ((word & ((1n << count) - 1n)) !== 0n) return false;
  Object.assign(test, { left, right: constants.of(word >> count) });
  return true;
};

/** The bytes of x in the other order are 0, or all ones, where x is */
const swappedEquality: Rule = (test, { of }) => {
  const { operation, inputs: [inner] } = test.left;
  if (!isEquality(test) || operation.kind !== "swap" || operation.bits > test.width) return false;
  const right = constantOf(test.right);
  const ones = lowBits(operation.bits);
  if (right !== 0n && (right !== ones || operation.bits === 64) || (of(inner).zeros | ones) !== MASK) return false;
  test.left = inner;
  return true;
};

const SAME_OPERANDS: readonly Rule[] = [constantToTheRight, unsignedOrder, orderWithZero, truth, wholeBitTest];
const OTHER_OPERANDS: readonly Rule[] = [
  differenceIsZero,
  constantAcross,
  negationAcross,
  bitTest,
  shiftedBitTest,
  flippedBitTest,
  shiftedIsZero,
  scaledEquality,
  swappedEquality,
];
