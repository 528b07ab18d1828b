/**
 * Comparisons with the packet's length, in any arrangement: compared as pointers, so that the verifier learns it too, and
 * accesses that they prove need no check of their own.
 *
 * @module
 */

import type { Value } from "../ir.ts";
import { contains, I64, type Range } from "../range.ts";
import type { Label } from "./builder.ts";
import type { Test } from "./conditions.ts";
import type { Context } from "./context.ts";
import { moved } from "./memory.ts";
import { exactSum, isExact, MAX_PACKET_OFFSET, pointerAt, prove, splitOffset } from "./offsets.ts";
import type { Word } from "./operand.ts";
import type { State } from "./state.ts";

/** The packet is shorter than so many bytes behind a distance from its start, or it is not. */
interface LengthTest {
  readonly distance: Word | undefined;
  readonly bytes: number;
  /** Where to go if it is shorter, and where else. */
  readonly short: Label;
  readonly long: Label;
}

/** A sum: so often the length, some words, and a constant. */
interface Sum {
  length: number;
  words: { readonly value: Value; readonly sign: 1 | -1 }[];
  constant: bigint;
}

/** Goes by a comparison that is one with the packet's length; `false` if it is another one. `refine` notes what it shows. */
export function comparesLength(
  context: Context,
  test: Test,
  a: Word,
  b: Word,
  yes: Label,
  no: Label,
  refine: { yes(state: State): void; no(state: State): void },
): boolean {
  const found = lengthTest(context, test, a, b, yes, no);
  if (!found) return false;
  const { builder, packetEnd } = context;
  const { distance, bytes, short, long } = found;
  const start = distance ? pointerAt(context, distance, bytes, short) : context.packetStart;
  const isLong = (state: State) => {
    if (distance) prove(state, start, bytes);
    else state.proven = Math.max(state.proven, bytes);
    (long === yes ? refine.yes : refine.no)(state);
  };
  const pointer = moved(context, start, bytes);
  if (short === yes) builder.branch("ugt", pointer, packetEnd, yes, no, { yes: refine.yes, no: isLong });
  else builder.branch("ule", pointer, packetEnd, yes, no, { yes: isLong, no: refine.no });
  return true;
}

/** The comparison as one with a number of bytes, if it is. */
function lengthTest(context: Context, test: Test, a: Word, b: Word, yes: Label, no: Label): LengthTest | undefined {
  if (test === "eq" || test === "ne" || a.type !== "number" || b.type !== "number") return undefined;
  const sum: Sum = { length: 0, words: [], constant: 0n };
  add(context, sum, a, 1);
  add(context, sum, b, -1);
  if (sum.length !== 1 && sum.length !== -1) return undefined;
  if (sum.words.length > 1 && !takeWhole(context, sum, a, b)) return undefined;
  // length − distance + constant, compared with 0; or the negation of that.
  const [word] = sum.words;
  if (word?.sign === sum.length) return undefined;
  const limit = -BigInt(sum.length) * sum.constant;
  const isBelow = sum.length === 1 ? test === "lt" || test === "le" : test === "gt" || test === "ge";
  const includesLimit = sum.length === 1 ? test === "le" || test === "gt" : test === "ge" || test === "lt";
  const bytes = Number(limit) + (includesLimit ? 1 : 0);
  const [short, long] = isBelow ? [yes, no] : [no, yes];
  if (bytes <= 0 || bytes > MAX_PACKET_OFFSET / 2) return undefined;
  if (!word) return { distance: undefined, bytes, short, long };
  const range = word.value.range!;
  const { distance, constant } = splitOffset(context, { kind: "word", type: "number", value: word.value, range });
  const refined = context.builder.refined(distance);
  if (refined.range.min < 0n) return undefined;
  return { distance: refined, bytes: bytes + constant, short, long };
}

/** Where the length by itself is compared, the other side may be any sum, which is the distance; whether it is so. */
function takeWhole(context: Context, sum: Sum, a: Word, b: Word): boolean {
  const length = context.builder.state.bounds?.length;
  if (a.value !== length && b.value !== length) return false;
  const [other, sign] = a.value === length ? [b, -1 as const] : [a, 1 as const];
  const { distance: { value }, constant } = splitOffset(context, other);
  sum.words = [{ value, sign }];
  sum.constant = BigInt(sign * constant);
  return value.range !== undefined;
}

/** Adds a word to a sum, or takes it off, part by part. */
function add(context: Context, sum: Sum, { value, range }: { value: Value; range?: Range }, sign: 1 | -1): void {
  if (value === context.builder.state.bounds?.length) {
    sum.length += sign;
  } else if (range && range.min === range.max && contains(I64, range)) {
    sum.constant += BigInt(sign) * range.min;
  } else if (exactSum(value)) {
    value.inputs.forEach((input) => add(context, sum, { value: input, range: input.range }, sign));
  } else if (isExactDifference(value)) {
    value.inputs.forEach((input, i) =>
      add(context, sum, { value: input, range: input.range }, i === 0 ? sign : -sign as 1 | -1)
    );
  } else sum.words.push({ value, sign });
}

function isExactDifference({ operation, inputs: [left, right] }: Value): boolean {
  if (operation.kind !== "binary" || operation.operator !== "sub" || operation.width !== 64) return false;
  if (!isExact(left.range) || !isExact(right.range)) return false;
  return isExact({ min: left.range.min - right.range.max, max: left.range.max - right.range.min });
}
