/**
 * The algebra of single instructions: each rule with the identity that it rests on. A rule changes the instruction in place,
 * or names a value that is the same; it never makes code longer. `swap_rules.ts` has those about the order of bytes.
 *
 * Written below: words are 64 bits, `x:32` is x's low half, zero-extended.
 *
 * @module
 */

import { bitLength, type Fact, MASK, signed, single, unsigned } from "../analysis/facts.ts";
import type { BinaryOperator, Operation, Value, Width } from "../ir.ts";
import type { Constants } from "./constants.ts";
import { AROUND_SWAPS, OF_SWAPS } from "./swap_rules.ts";

/** What rules may ask. */
export interface Algebra {
  readonly constants: Constants;
  /** What is known of a value here. */
  of(value: Value): Fact;
  /** Whether the verifier must follow the value by itself. */
  feeds(value: Value): boolean;
  /** Whether the value has one reader only. */
  isReadOnce(value: Value): boolean;
  /** A new value that is computed just before another one. */
  before(value: Value, operation: Operation, inputs: Value[]): Value;
}

/** Changes an instruction, or names a value that is the same; `undefined` if it does not apply. */
export type Rule = (value: Value, algebra: Algebra) => Value | undefined;

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
  for (const rule of rules) {
    const result = rule(value, algebra);
    if (result) return result;
  }
}

type Binary = Operation & { readonly kind: "binary" };

function binaryOf(value: Value): Binary | undefined {
  return value.operation.kind === "binary" ? value.operation : undefined;
}

/** The constant that a value is, as a signed integer of the width. */
function constantOf({ operation }: Value, width: Width = 64): bigint | undefined {
  return operation.kind === "constant" ? BigInt.asIntN(width, operation.value) : undefined;
}

function become(value: Value, operator: BinaryOperator, width: Width, inputs: Value[]): Value {
  value.operation = { kind: "binary", operator, width };
  value.inputs = inputs;
  return value;
}

function isPowerOfTwo(value: bigint): boolean {
  return value > 0n && (value & (value - 1n)) === 0n;
}

/** Whether cutting the word to a width changes nothing. */
function fits(fact: Fact, width: Width): boolean {
  return width === 64 || fact.zeros >> 32n === 0xffffffffn;
}

const COMMUTATIVE: readonly BinaryOperator[] = ["add", "mul", "and", "or", "xor"];
// deno-fmt-ignore
const EVERY: readonly BinaryOperator[] = [
  "add", "sub", "mul", "udiv", "sdiv", "umod", "smod", "and", "or", "xor", "shl", "lshr", "ashr",
];

/** c + x = x + c */
const constantToTheRight: Rule = (value) => {
  const { operator, width } = binaryOf(value)!;
  const [left, right] = value.inputs;
  if (!COMMUTATIVE.includes(operator) || left.operation.kind !== "constant" || right.operation.kind === "constant") {
    return undefined;
  }
  return become(value, operator, width, [right, left]);
};

/** x + 0 = x, x · 1 = x, x & −1 = x, x << 0 = x, …; at 32 bits where x is zero-extended already */
const neutral: Rule = (value, algebra) => {
  const { operator, width } = binaryOf(value)!;
  const [left, right] = value.inputs;
  const constant = constantOf(right, width);
  if (constant === undefined || !fits(algebra.of(left), width)) return undefined;
  const unit = operator === "mul" || operator === "udiv" || operator === "sdiv" ? 1n : operator === "and" ? -1n : 0n;
  return constant === unit && operator !== "umod" && operator !== "smod" ? left : undefined;
};

/** x − x = 0, x ^ x = 0, x & x = x | x = x */
const sameTwice: Rule = (value, algebra) => {
  const { operator, width } = binaryOf(value)!;
  const [left, right] = value.inputs;
  if (left !== right) return undefined;
  if (operator === "sub" || operator === "xor") return algebra.constants.of(0n);
  const isItself = operator === "and" || operator === "or";
  return isItself && fits(algebra.of(left), width) ? left : undefined;
};

/** x − c = x + (−c) */
const subtractionOfConstant: Rule = (value, { constants }) => {
  const { operator, width } = binaryOf(value)!;
  const [left, right] = value.inputs;
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
  const [left, right] = value.inputs;
  const isNegated = ({ operation }: Value) => operation.kind === "negate" && operation.width >= width;
  if (isNegated(right)) return become(value, operator === "add" ? "sub" : "add", width, [left, right.inputs[0]]);
  if (operator === "add" && isNegated(left)) return become(value, "sub", width, [right, left.inputs[0]]);
};

/** (x + c) + d = x + (c + d); the same for and, or, xor, mul */
const constantsTogether: Rule = (value, { constants }) => {
  const { operator, width } = binaryOf(value)!;
  if (!COMMUTATIVE.includes(operator)) return undefined;
  const [left, right] = value.inputs;
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
  const [left, right] = value.inputs;
  const [outer, sum] = operator === "sub" ? [left, right] : [right, left];
  const [c, inner] = [constantOf(outer), binaryOf(sum)];
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

/** An immediate of 32 bits. */
function isShort(value: bigint): boolean {
  return value === BigInt.asIntN(32, value);
}

/** (x + y) − y = x, (x − y) + y = x, (x + y) − x = y */
const undone: Rule = (value) => {
  const { operator, width } = binaryOf(value)!;
  if (width !== 64) return undefined;
  const [left, right] = value.inputs;
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
  const [left, right] = value.inputs;
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
  const [left, right] = value.inputs;
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
  const [left, right] = value.inputs;
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
  const [left, right] = value.inputs;
  if (operator !== "umod" || !fits(of(left), width) || !fits(of(right), width)) return undefined;
  return unsigned(of(left)).max < unsigned(of(right)).min ? left : undefined;
};

/** x & m = x where the bits outside m are known to be clear */
const needlessMask: Rule = (value, { of, feeds }) => {
  const { operator, width } = binaryOf(value)!;
  const mask = constantOf(value.inputs[1]);
  if (operator !== "and" || mask === undefined || feeds(value)) return undefined;
  const fact = of(value.inputs[0]);
  return (fact.zeros | BigInt.asUintN(width, mask)) === MASK ? value.inputs[0] : undefined;
};

/** (x ^ c) & m = x ^ (c & m) where x has no bits outside m */
const maskOfFlipped: Rule = (value, { constants, of, feeds }) => {
  const { operator, width } = binaryOf(value)!;
  const [left, right] = value.inputs;
  const mask = constantOf(right, width);
  if (operator !== "and" || mask === undefined || binaryOf(left)?.operator !== "xor" || feeds(value)) return undefined;
  const flipped = constantOf(left.inputs[1]);
  const bits = BigInt.asUintN(width, mask);
  if (flipped === undefined || (of(left.inputs[0]).zeros | bits) !== MASK || binaryOf(left)!.width < width) {
    return undefined;
  }
  return become(value, "xor", width, [left.inputs[0], constants.of(BigInt.asIntN(width, flipped & bits))]);
};

/** (x extended) & m = x & m where m has none of the bits that the extension made */
const maskOfExtension: Rule = (value, { constants }) => {
  const { operator, width } = binaryOf(value)!;
  const [left, right] = value.inputs;
  const mask = constantOf(right, width);
  if (operator !== "and" || mask === undefined || left.operation.kind !== "extend") return undefined;
  const bits = width === 32 ? BigInt.asUintN(32, mask) : mask;
  if (bits < 0n || bitLength(bits) > left.operation.bits) return undefined;
  return become(value, "and", width, [left.inputs[0], constants.of(bits)]);
};

/** x >> n = x >>> n where x is not negative */
const shiftOfPositive: Rule = (value, { of }) => {
  const { operator, width } = binaryOf(value)!;
  if (operator !== "ashr") return undefined;
  return of(value.inputs[0]).zeros >> BigInt(width - 1) & 1n ? become(value, "lshr", width, value.inputs) : undefined;
};

/** (x << a) << b = x << (a + b), and so for the other shifts */
const shiftsTogether: Rule = (value, { constants }) => {
  const { operator, width } = binaryOf(value)!;
  const [left, right] = value.inputs;
  const inner = binaryOf(left);
  const outerCount = constantOf(right);
  const innerCount = inner && constantOf(left.inputs[1]);
  if (outerCount === undefined || innerCount === undefined || !isShift(operator)) return undefined;
  if (inner!.operator !== operator || inner!.width !== width) return undefined;
  const most = BigInt(width - 1);
  if (outerCount < 0n || outerCount > most || innerCount < 0n || innerCount > most) return undefined;
  const sum = outerCount + innerCount;
  if (sum > most && operator !== "ashr") return constants.of(0n);
  return become(value, operator, width, [left.inputs[0], constants.of(sum > most ? most : sum)]);
};

/** ((x & m) >>> a) << b = (x >>> a − b) & (m >>> a << b): the verifier learns the same from the last mask */
const maskedShiftBack: Rule = (value, { constants, before, isReadOnce }) => {
  const { operator, width } = binaryOf(value)!;
  const [down, up] = value.inputs;
  const masked = down.inputs[0];
  if (operator !== "shl" || binaryOf(down)?.operator !== "lshr" || binaryOf(masked)?.operator !== "and") {
    return undefined;
  }
  const [a, b, mask] = [
    constantOf(down.inputs[1]),
    constantOf(up),
    constantOf(masked.inputs[1], binaryOf(masked)!.width),
  ];
  if (a === undefined || b === undefined || mask === undefined || !isReadOnce(down)) return undefined;
  const isPlain = mask > 0n && b > 0n && a >= b && a < 32n && binaryOf(down)!.width === 64 && width === 64;
  if (!isPlain || !isShort(mask)) return undefined;
  const shifted = a === b ? masked.inputs[0] : before(value, { kind: "binary", operator: "lshr", width: 64 }, [
    masked.inputs[0],
    constants.of(a - b),
  ]);
  return become(value, "and", 64, [shifted, constants.of(mask >> a << b)]);
};

function isShift(operator: BinaryOperator): boolean {
  return operator === "shl" || operator === "lshr" || operator === "ashr";
}

/** (x << c) >>> c and (x << c) >> c are extensions of the low 64 − c bits */
const shiftThereAndBack: Rule = (value) => {
  const { operator, width } = binaryOf(value)!;
  const [left, right] = value.inputs;
  const inner = binaryOf(left);
  const count = constantOf(right);
  if (operator !== "lshr" && operator !== "ashr" || inner?.operator !== "shl") return undefined;
  if (width !== 64 || inner.width !== 64 || constantOf(left.inputs[1]) !== count) return undefined;
  const bits = count === 56n ? 8 : count === 48n ? 16 : count === 32n ? 32 : undefined;
  if (!bits) return undefined;
  value.operation = { kind: "extend", bits, signed: operator === "ashr" };
  value.inputs = [left.inputs[0]];
  return value;
};

/** (x >>> c) << c = x & −2ᶜ */
const shiftBackAndThere: Rule = (value, { constants, feeds }) => {
  const { operator, width } = binaryOf(value)!;
  const [left, right] = value.inputs;
  const inner = binaryOf(left);
  const count = constantOf(right);
  if (operator !== "shl" || !inner || inner.operator === "shl" || !isShift(inner.operator)) return undefined;
  if (inner.width !== width || count === undefined || constantOf(left.inputs[1]) !== count || feeds(value)) {
    return undefined;
  }
  if (count < 0n || count > 31n) return undefined;
  return become(value, "and", width, [left.inputs[0], constants.of(-(1n << count))]);
};

/** An extension of what is that short already */
const needlessExtension: Rule = ({ operation, inputs }, { of }) => {
  if (operation.kind !== "extend") return undefined;
  const fact = of(inputs[0]);
  const limit = 1n << BigInt(operation.signed ? operation.bits - 1 : operation.bits);
  const range = operation.signed ? signed(fact) : unsigned(fact);
  return range.min >= (operation.signed ? -limit : 0n) && range.max < limit ? inputs[0] : undefined;
};

/** An extension of a word that was extended from as many bits, or more */
const extensionOfExtension: Rule = (value) => {
  const { operation, inputs: [inner] } = value;
  if (operation.kind !== "extend" || inner.operation.kind !== "extend") return undefined;
  if (operation.bits > inner.operation.bits) return undefined;
  value.inputs = [inner.inputs[0]];
  return value;
};

/** Sign extension of what has a clear sign is zero extension. */
const extensionOfPositive: Rule = (value, { of }) => {
  const { operation, inputs } = value;
  if (operation.kind !== "extend" || !operation.signed) return undefined;
  if ((of(inputs[0]).zeros >> BigInt(operation.bits - 1) & 1n) === 0n) return undefined;
  value.operation = { kind: "extend", bits: operation.bits, signed: false };
  return value;
};

/** −(−x) = x, −(x − y) = y − x */
const negationOfNegation: Rule = (value, { of }) => {
  const { operation, inputs: [inner] } = value;
  if (operation.kind !== "negate") return undefined;
  if (inner.operation.kind === "negate" && inner.operation.width === operation.width) {
    return fits(of(inner.inputs[0]), operation.width) ? inner.inputs[0] : undefined;
  }
  const difference = binaryOf(inner);
  if (difference?.operator !== "sub" || difference.width < operation.width) return undefined;
  return become(value, "sub", operation.width, [inner.inputs[1], inner.inputs[0]]);
};

/** The bytes swapped twice: the low bits, zero-extended */
const swapOfSwap: Rule = (value) => {
  const { operation, inputs: [inner] } = value;
  if (operation.kind !== "swap" || inner.operation.kind !== "swap" || inner.operation.bits !== operation.bits) {
    return undefined;
  }
  if (operation.bits === 64) return inner.inputs[0];
  value.operation = { kind: "extend", bits: operation.bits, signed: false };
  value.inputs = [inner.inputs[0]];
  return value;
};

/** A swap of fewer bits does not see what an extension made. */
const swapOfExtension: Rule = (value) => {
  const { operation, inputs: [inner] } = value;
  if (operation.kind !== "swap" || inner.operation.kind !== "extend" || inner.operation.bits < operation.bits) {
    return undefined;
  }
  value.inputs = [inner.inputs[0]];
  return value;
};

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
  [needlessMask, ["and"]],
  [maskOfExtension, ["and"]],
  [maskOfFlipped, ["and"]],
  [shiftOfPositive, ["ashr"]],
  [shiftsTogether, ["shl", "lshr", "ashr"]],
  [maskedShiftBack, ["shl"]],
  [shiftThereAndBack, ["lshr", "ashr"]],
  [shiftBackAndThere, ["shl"]],
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
  extend: [known, needlessExtension, extensionOfExtension, extensionOfPositive],
  swap: [known, swapOfSwap, swapOfExtension, ...OF_SWAPS],
};
