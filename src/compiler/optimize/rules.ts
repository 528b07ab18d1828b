/**
 * The algebra of single instructions: each rule with the identity that it rests on. A rule changes the instruction in place,
 * or names a value that is the same; it never makes code longer. Here are the order of all and the rules of sums, products and
 * quotients; `bit_rules.ts` has those of masks, shifts and extensions, `swap_rules.ts` those about the order of bytes.
 *
 * Written below: words are 64 bits, `x:32` is x's low half, zero-extended.
 *
 * @module
 */

import { bitLength, type Fact, single, unsigned } from "../analysis/facts.ts";
import { type BinaryOperator, isCommutative, type Operation, type Value } from "../ir.ts";
import { type Algebra, become, binaryOf, constantOf, fits, isShort, type Rule } from "./algebra.ts";
import { OF_BITS, OF_EXTENSIONS } from "./bit_rules.ts";
import { AROUND_SWAPS, OF_SWAPS } from "./swap_rules.ts";

/** The simplest value that is the same: another one, or this one, changed perhaps. */
export function simplest(value: Value, algebra: Algebra): Value {
  for (let steps = 0; steps < 10; steps++) {
    const rules = rulesFor(value);
    const found = rules && firstResult(rules, value, algebra);
    if (!found) return value;
    if (found !== value) return found;
  }
  return value;
}

function rulesFor({ operation }: Value): readonly Rule[] | undefined {
  return operation.kind === "binary" ? OF_OPERATOR.get(operation.operator) : OF_KIND[operation.kind];
}

function firstResult(rules: readonly Rule[], value: Value, algebra: Algebra): Value | undefined {
  for (let i = 0; i < rules.length; i++) {
    const result = rules[i](value, algebra);
    if (result) return result;
  }
}

// deno-fmt-ignore
const EVERY: readonly BinaryOperator[] = [
  "add", "sub", "mul", "udiv", "sdiv", "umod", "smod", "and", "or", "xor", "shl", "lshr", "ashr",
];
const COMMUTATIVE = EVERY.filter(isCommutative);

/** c + x = x + c */
const constantToTheRight: Rule = (value) => {
  const { operator, width } = binaryOf(value)!;
  const left = value.inputs[0];
  const right = value.inputs[1];
  if (!isCommutative(operator) || left.operation.kind !== "constant" || right.operation.kind === "constant") {
    return undefined;
  }
  return become(value, operator, width, [right, left]);
};

/** x + 0 = x, x · 1 = x, x & −1 = x, x << 0 = x, …; at 32 bits where x is zero-extended already */
const neutral: Rule = (value, algebra) => {
  const { operator, width } = binaryOf(value)!;
  const left = value.inputs[0];
  const right = value.inputs[1];
  const constant = constantOf(right, width);
  if (constant === undefined || !fits(algebra.of(left), width)) return undefined;
  const unit = operator === "mul" || operator === "udiv" || operator === "sdiv" ? 1n : operator === "and" ? -1n : 0n;
  return constant === unit && operator !== "umod" && operator !== "smod" ? left : undefined;
};

/** x − x = 0, x ^ x = 0, x & x = x | x = x */
const sameTwice: Rule = (value, algebra) => {
  const { operator, width } = binaryOf(value)!;
  const left = value.inputs[0];
  const right = value.inputs[1];
  if (left !== right) return undefined;
  if (operator === "sub" || operator === "xor") return algebra.constants.of(0n);
  const isItself = operator === "and" || operator === "or";
  return isItself && fits(algebra.of(left), width) ? left : undefined;
};

/** x − c = x + (−c) */
const subtractionOfConstant: Rule = (value, { constants }) => {
  const { operator, width } = binaryOf(value)!;
  const left = value.inputs[0];
  const right = value.inputs[1];
  const constant = constantOf(right, width);
  if (operator !== "sub" || constant === undefined || constant === -(2n ** 31n)) return undefined;
  return become(value, "add", width, [left, constants.of(-constant)]);
};

/** 0 − x = −x */
const subtractionFromZero: Rule = (value) => {
  const { operator, width } = binaryOf(value)!;
  if (operator !== "sub" || constantOf(value.inputs[0], width) !== 0n) return undefined;
  value.operation = { kind: "negate", width };
  value.inputs = [value.inputs[1]];
  return value;
};

/** x + (−y) = x − y, x − (−y) = x + y */
const negatedOperand: Rule = (value, { feeds }) => {
  const { operator, width } = binaryOf(value)!;
  if (operator !== "add" && operator !== "sub" || feeds(value)) return undefined;
  const left = value.inputs[0];
  const right = value.inputs[1];
  const isNegated = ({ operation }: Value) => operation.kind === "negate" && operation.width >= width;
  if (isNegated(right)) return become(value, operator === "add" ? "sub" : "add", width, [left, right.inputs[0]]);
  if (operator === "add" && isNegated(left)) return become(value, "sub", width, [right, left.inputs[0]]);
};

/** (x + c) + d = x + (c + d); the same for and, or, xor, mul */
const constantsTogether: Rule = (value, { constants }) => {
  const { operator, width } = binaryOf(value)!;
  if (!isCommutative(operator)) return undefined;
  const left = value.inputs[0];
  const right = value.inputs[1];
  const inner = binaryOf(left);
  const outerConstant = constantOf(right);
  const innerConstant = inner && constantOf(left.inputs[1]);
  if (outerConstant === undefined || innerConstant === undefined || inner!.operator !== operator) return undefined;
  if (inner!.width < width) return undefined;
  const both = BigInt.asIntN(width, COMBINE[operator]!(innerConstant, outerConstant));
  if (operator === "add" && !isShort(both)) return undefined;
  return become(value, operator, width, [left.inputs[0], constants.of(both)]);
};

/** c − (d − x) = x + (c − d), c − (x + d) = (c − d) − x, (c − x) + d = (c + d) − x */
const constantsAroundDifference: Rule = (value, { constants, feeds }) => {
  const { operator, width } = binaryOf(value)!;
  if (operator !== "add" && operator !== "sub" || feeds(value)) return undefined;
  const left = value.inputs[0];
  const right = value.inputs[1];
  const sum = operator === "sub" ? right : left;
  const c = constantOf(operator === "sub" ? left : right);
  const inner = c === undefined ? undefined : binaryOf(sum);
  if (c === undefined || inner?.width !== width) return undefined;
  const [first, second] = sum.inputs.map((input) => constantOf(input));
  const isDifference = inner.operator === "sub" && first !== undefined;
  if (operator === "sub" && isDifference) return isShort(c - first) ? sumOf(sum.inputs[1], c - first) : undefined;
  if (operator === "sub" && inner.operator === "add" && second !== undefined) {
    return isShort(c - second) ? difference(c - second, sum.inputs[0]) : undefined;
  }
  if (operator === "add" && isDifference) return isShort(c + first) ? difference(c + first, sum.inputs[1]) : undefined;

  function sumOf(x: Value, constant: bigint): Value {
    return become(value, "add", width, [x, constants.of(constant)]);
  }
  function difference(constant: bigint, x: Value): Value {
    return become(value, "sub", width, [constants.of(constant), x]);
  }
};

const COMBINE: Partial<Record<BinaryOperator, (a: bigint, b: bigint) => bigint>> = {
  add: (a, b) => a + b,
  mul: (a, b) => a * b,
  and: (a, b) => a & b,
  or: (a, b) => a | b,
  xor: (a, b) => a ^ b,
};

/** (x + y) − y = x, (x − y) + y = x, (x + y) − x = y */
const undone: Rule = (value) => {
  const { operator, width } = binaryOf(value)!;
  if (width !== 64) return undefined;
  const left = value.inputs[0];
  const right = value.inputs[1];
  const inner = binaryOf(left);
  if (!inner || inner.width !== 64) return undefined;
  if (operator === "add" && inner.operator === "sub" && left.inputs[1] === right) return left.inputs[0];
  if (operator !== "sub" || inner.operator !== "add") return undefined;
  if (left.inputs[1] === right) return left.inputs[0];
  return left.inputs[0] === right ? left.inputs[1] : undefined;
};

/** x · 2ⁿ = x << n, x · −1 = −x */
const multiplicationByPower: Rule = (value, { constants }) => {
  const { operator, width } = binaryOf(value)!;
  const left = value.inputs[0];
  const right = value.inputs[1];
  const constant = constantOf(right, width);
  if (operator !== "mul" || constant === undefined) return undefined;
  if (constant === -1n) {
    value.operation = { kind: "negate", width };
    value.inputs = [left];
    return value;
  }
  const bits = BigInt.asUintN(width, constant);
  if (!isPowerOfTwo(bits)) return undefined;
  return become(value, "shl", width, [left, constants.of(BigInt(bitLength(bits) - 1))]);
};

/** x ÷ 2ⁿ = x >>> n, x mod 2ⁿ = x & (2ⁿ − 1), unsigned */
const unsignedDivisionByPower: Rule = (value, { constants }) => {
  const { operator, width } = binaryOf(value)!;
  const left = value.inputs[0];
  const right = value.inputs[1];
  const constant = constantOf(right, width);
  if (operator !== "udiv" && operator !== "umod" || constant === undefined) return undefined;
  const bits = BigInt.asUintN(width, constant);
  if (!isPowerOfTwo(bits)) return undefined;
  return operator === "udiv"
    ? become(value, "lshr", width, [left, constants.of(BigInt(bitLength(bits) - 1))])
    : become(value, "and", width, [left, constants.of(bits - 1n)]);
};

/** x mod 0 = x, as the machine has it; at 32 bits where x is zero-extended already */
const remainderByZero: Rule = (value, { of }) => {
  const { operator, width } = binaryOf(value)!;
  const left = value.inputs[0];
  const right = value.inputs[1];
  if (operator !== "umod" && operator !== "smod" || constantOf(right, width) !== 0n) return undefined;
  return fits(of(left), width) ? left : undefined;
};

/** Signed division of what is not negative is unsigned division. */
const signedDivisionOfPositive: Rule = (value, { of }) => {
  const { operator, width } = binaryOf(value)!;
  if (operator !== "sdiv" && operator !== "smod") return undefined;
  const most = 2n ** BigInt(width - 1);
  if (!value.inputs.every((input) => isWithin(of(input), 0n, most - 1n))) return undefined;
  return become(value, operator === "sdiv" ? "udiv" : "umod", width, value.inputs);
};

function isWithin(fact: Fact, min: bigint, max: bigint): boolean {
  const range = unsigned(fact);
  return range.min >= min && range.max <= max;
}

/** x mod y = x where x < y */
const remainderOfSmaller: Rule = (value, { of }) => {
  const { operator, width } = binaryOf(value)!;
  const left = value.inputs[0];
  const right = value.inputs[1];
  if (operator !== "umod" || !fits(of(left), width) || !fits(of(right), width)) return undefined;
  return unsigned(of(left)).max < unsigned(of(right)).min ? left : undefined;
};

/** −(−x) = x, −(x − y) = y − x */
const negationOfNegation: Rule = (value, { of }) => {
  const { operation, inputs } = value;
  const inner = inputs[0];
  if (operation.kind !== "negate") return undefined;
  if (inner.operation.kind === "negate" && inner.operation.width === operation.width) {
    return fits(of(inner.inputs[0]), operation.width) ? inner.inputs[0] : undefined;
  }
  const difference = binaryOf(inner);
  if (difference?.operator !== "sub" || difference.width < operation.width) return undefined;
  return become(value, "sub", operation.width, [inner.inputs[1], inner.inputs[0]]);
};

function isPowerOfTwo(value: bigint): boolean {
  return value > 0n && (value & (value - 1n)) === 0n;
}

/** A single word that is known altogether. */
const known: Rule = (value, { constants, of }) => {
  const number = single(of(value));
  return number === undefined ? undefined : constants.of(number);
};

/** Rules of binary operations in the order in which they are tried, with the operators that each is about. */
const BINARY: readonly (readonly [Rule, readonly BinaryOperator[]])[] = [
  [known, EVERY],
  [constantToTheRight, COMMUTATIVE],
  [neutral, EVERY],
  [sameTwice, ["sub", "xor", "and", "or"]],
  [subtractionOfConstant, ["sub"]],
  [subtractionFromZero, ["sub"]],
  [negatedOperand, ["add", "sub"]],
  [constantsTogether, COMMUTATIVE],
  [constantsAroundDifference, ["add", "sub"]],
  [undone, ["add", "sub"]],
  [multiplicationByPower, ["mul"]],
  [unsignedDivisionByPower, ["udiv", "umod"]],
  [signedDivisionOfPositive, ["sdiv", "smod"]],
  [remainderOfSmaller, ["umod"]],
  [remainderByZero, ["umod", "smod"]],
  ...OF_BITS,
  ...AROUND_SWAPS,
];

const OF_OPERATOR: ReadonlyMap<BinaryOperator, readonly Rule[]> = new Map(
  EVERY.map((operator) => [
    operator,
    BINARY.filter(([, operators]) => operators.includes(operator)).map(([rule]) => rule),
  ]),
);

const OF_KIND: Partial<Record<Operation["kind"], readonly Rule[]>> = {
  negate: [known, negationOfNegation],
  extend: [known, ...OF_EXTENSIONS],
  swap: [known, ...OF_SWAPS],
};
