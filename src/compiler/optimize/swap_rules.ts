/**
 * The algebra of bytes in the other order, beside `rules.ts`: swaps move outwards, towards another swap that takes them away,
 * a comparison that takes the constant swapped, or a place where one serves for two.
 *
 * @module
 */

import { type Fact, lowBits, MASK, unsigned } from "../analysis/facts.ts";
import { swapBytes } from "../analysis/transfer.ts";
import type { BinaryOperator, Value } from "../ir.ts";
import { type Algebra, type Binary, constantOf, type Rule } from "./algebra.ts";

type Bits = 16 | 32 | 64;

function swapOf({ operation }: Value): Bits | undefined {
  return operation.kind === "swap" ? operation.bits : undefined;
}

function operatorOf({ operation }: Value): BinaryOperator | undefined {
  return operation.kind === "binary" ? operation.operator : undefined;
}

function isWide({ operation }: Value, operator: BinaryOperator): boolean {
  return operation.kind === "binary" && operation.operator === operator && operation.width === 64;
}

/** Whether an operation sees all bits of a swapped word: one of 32 bits drops half of a long one. */
function seesAll({ operation }: Value, bits: Bits): boolean {
  return operation.kind === "binary" && operation.width >= bits;
}

function isBitwise(operator: BinaryOperator | undefined): boolean {
  return operator === "and" || operator === "or" || operator === "xor";
}

/** Whether the word has no more than so many bits. */
function fits(fact: Fact, bits: number): boolean {
  return (fact.zeros | lowBits(bits)) === MASK;
}

/** Whether instructions take it as an immediate, of 32 bits if the word is no longer. */
function isShort(constant: bigint, bits: Bits): boolean {
  return bits < 64 || constant === BigInt.asIntN(32, constant);
}

function becomeSwap(value: Value, bits: Bits, inner: Value): Value {
  value.operation = { kind: "swap", bits };
  value.inputs = [inner];
  return value;
}

/** swap x ^ swap y = swap (x ^ y), and so for & and |. Of a swap the verifier knows nothing, so that this hides nothing from it. */
const swapsTogether: Rule = (value, algebra) => {
  const { operation, inputs } = value;
  const left = inputs[0];
  const right = inputs[1];
  const bits = swapOf(left);
  if (!isBitwise(operatorOf(value)) || bits === undefined || swapOf(right) !== bits) return undefined;
  if (left === right || !seesAll(value, bits) || !algebra.isReadOnce(left) || !algebra.isReadOnce(right)) {
    return undefined;
  }
  const inner = algebra.before(value, { ...operation as Binary, width: 64 }, [left.inputs[0], right.inputs[0]]);
  return becomeSwap(value, bits, inner);
};

/** swap x & c = swap (x & swap c), and so for | and ^ */
const swapBehindConstant: Rule = (value, algebra) => {
  const { operation, inputs } = value;
  const left = inputs[0];
  const right = inputs[1];
  const bits = swapOf(left);
  const constant = constantOf(right);
  const operator = operatorOf(value);
  if (!isBitwise(operator) || bits === undefined || constant === undefined || algebra.feeds(value)) return undefined;
  if (!seesAll(value, bits) || !algebra.isReadOnce(left)) return undefined;
  const seen = operator === "and" ? constant & lowBits(bits) : BigInt.asUintN(64, constant);
  if (seen > lowBits(bits)) return undefined;
  const swapped = swapBytes(seen, bits);
  if (!isShort(swapped, bits)) return undefined;
  const operands = [left.inputs[0], algebra.constants.of(swapped)];
  return becomeSwap(value, bits, algebra.before(value, { ...operation as Binary, width: 64 }, operands));
};

/** swap (swap x & c) = x & swap c, and so for | and ^ where x has no other bits */
const swapAroundConstant: Rule = (value, { constants, of }) => {
  const inner = value.inputs[0];
  const bits = swapOf(value);
  const operator = operatorOf(inner);
  if (bits === undefined || !isBitwise(operator) || swapOf(inner.inputs[0]) !== bits) return undefined;
  if (!seesAll(inner, bits)) return undefined;
  const [word] = inner.inputs[0].inputs;
  const constant = constantOf(inner.inputs[1]);
  if (constant === undefined) return undefined;
  const swapped = swapBytes(constant & lowBits(bits), bits);
  const isMask = operator === "and";
  if (isMask && (of(word).zeros | BigInt.asUintN(64, swapped)) === MASK) return word;
  if (!isShort(swapped, bits) || !isMask && !fits(of(word), bits)) return undefined;
  value.operation = { kind: "binary", operator: operator!, width: 64 };
  value.inputs = [word, constants.of(swapped)];
  return value;
};

/** swap32 x >>> 16 = swap16 x, and so for 64; the last byte of a swapped word is the first of the word */
const shiftOfSwap: Rule = (value, { constants }) => {
  const { operation, inputs } = value;
  const left = inputs[0];
  const right = inputs[1];
  const bits = swapOf(left);
  const count = constantOf(right);
  if (operation.kind !== "binary" || operation.operator !== "lshr" || bits === undefined || count === undefined) {
    return undefined;
  }
  if (!seesAll(value, bits)) return undefined;
  const rest = bits - Number(count);
  if (rest === 16 || rest === 32) return becomeSwap(value, rest, left.inputs[0]);
  if (rest !== 8) return undefined;
  value.operation = { kind: "binary", operator: "and", width: 64 };
  value.inputs = [left.inputs[0], constants.of(0xffn)];
  return value;
};

/** swap16 x << 16 = swap32 x where x has 16 bits, and so for 48 and 64 */
const shiftedSwap: Rule = (value, { of, feeds }) => {
  const { operation, inputs } = value;
  const left = inputs[0];
  const right = inputs[1];
  const bits = swapOf(left);
  const count = constantOf(right);
  if (operation.kind !== "binary" || operation.operator !== "shl" || bits === undefined || count === undefined) {
    return undefined;
  }
  const all = bits + Number(count);
  if (all !== 32 && all !== 64 || all > operation.width || feeds(value)) return undefined;
  return fits(of(left.inputs[0]), bits) ? becomeSwap(value, all, left.inputs[0]) : undefined;
};

/** swap16 (x << 8) = x & 0xff */
const swapOfShiftedByte: Rule = (value, { constants }) => {
  const inner = value.inputs[0];
  const isShifted = isWide(inner, "shl") && constantOf(inner.inputs[1]) === 8n;
  if (swapOf(value) !== 16 || !isShifted) return undefined;
  value.operation = { kind: "binary", operator: "and", width: 64 };
  value.inputs = [inner.inputs[0], constants.of(0xffn)];
  return value;
};

/** (x | y << n) >>> n = y where x has n bits, and y no more than are left */
const upperPart: Rule = (value, { of }) => {
  const { operation, inputs } = value;
  if (operation.kind !== "binary" || operation.operator !== "lshr" || operation.width !== 64) return undefined;
  const both = inputs[0];
  const by = constantOf(inputs[1]);
  if (by === undefined || by < 1n || by > 63n || !isWide(both, "or")) return undefined;
  for (const [upper, lower] of [both.inputs, [...both.inputs].reverse()]) {
    if (!isWide(upper, "shl") || constantOf(upper.inputs[1]) !== by) continue;
    const [word] = upper.inputs;
    if (unsigned(of(lower)).max >> by === 0n && fits(of(word), 64 - Number(by))) return word;
  }
};

/** (x & 0xff) << 8 | x >>> 8 = swap16 x where x has 16 bits */
const writtenSwap: Rule = (value, { of, feeds }) => {
  if (feeds(value)) return undefined;
  for (const [upper, lower] of [value.inputs, [...value.inputs].reverse()]) {
    const [word, count] = lower.inputs;
    if (!isWide(lower, "lshr") || constantOf(count) !== 8n || !fits(of(word), 16)) continue;
    if (!isWide(upper, "shl") || constantOf(upper.inputs[1]) !== 8n) continue;
    const [low] = upper.inputs;
    if (isWide(low, "and") && low.inputs[0] === word && constantOf(low.inputs[1]) === 0xffn) {
      return becomeSwap(value, 16, word);
    }
  }
};

/** The bytes swapped twice: the low bits, zero-extended */
const swapOfSwap: Rule = (value) => {
  const { operation, inputs } = value;
  const inner = inputs[0];
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
  const { operation, inputs } = value;
  const inner = inputs[0];
  if (operation.kind !== "swap" || inner.operation.kind !== "extend" || inner.operation.bits < operation.bits) {
    return undefined;
  }
  value.inputs = [inner.inputs[0]];
  return value;
};

/** The value whose low bits are those of another one, which does more to the bits above them. */
export function lowPart(value: Value, bits: number, { of }: Pick<Algebra, "of">): Value {
  let found = value;
  for (let steps = 0; steps < 10; steps++) {
    const { operation, inputs } = found;
    const left = inputs[0];
    const right = inputs[1];
    const low = lowBits(bits);
    const isClear = (one: Value) => (of(one).zeros & low) === low;
    if (operation.kind === "extend" && operation.bits >= bits) found = left;
    else if (operation.kind !== "binary" || operation.width < bits) break;
    else if (operation.operator === "and" && ((constantOf(right) ?? 0n) & low) === low) found = left;
    else if (operation.operator !== "or" && operation.operator !== "xor" && operation.operator !== "add") break;
    else if (isClear(right)) found = left;
    else if (isClear(left)) found = right;
    else break;
  }
  return found;
}

/** For binary operations, with the operators that they are about. */
export const AROUND_SWAPS: readonly (readonly [Rule, readonly BinaryOperator[]])[] = [
  [writtenSwap, ["or", "add", "xor"]],
  [swapsTogether, ["and", "or", "xor"]],
  [swapBehindConstant, ["and", "or", "xor"]],
  [shiftOfSwap, ["lshr"]],
  [shiftedSwap, ["shl"]],
  [upperPart, ["lshr"]],
];
/** For swaps. */
export const OF_SWAPS: readonly Rule[] = [swapOfSwap, swapOfExtension, swapAroundConstant, swapOfShiftedByte];
