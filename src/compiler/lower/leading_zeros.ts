/**
 * `Math.clz32`: 32 less the length of the number in bits, which is found by halves: where there is something in the upper
 * half, the length is that of the upper half and all of the lower one.
 *
 * Each step is a test, and not arithmetic that does without: most numbers are short, and a step that finds nothing in the
 * upper half is one instruction.
 *
 * @module
 */

import type { Range } from "../range.ts";
import type { Context } from "./context.ts";
import { add, type Integer, integer, subtract } from "./integer.ts";
import type { Binding, Word } from "./operand.ts";

/** Of a number from 0 to 2^32 − 1. */
export function leadingZeros(context: Context, number: Integer): Word {
  let rest = number;
  let length = integer(context, 0n);
  for (const bits of [16n, 8n, 4n, 2n]) {
    if (rest.range.max >= 1n << bits) [rest, length] = halved(context, rest, length, bits);
  }
  // Of 0 to 3, the length is the number itself, but for 3.
  const zeros = subtract(context, integer(context, 32n), add(context, length, atMost(context, rest, 2n)));
  return context.word("number", zeros.value, { min: 0n, max: 32n });
}

/** The upper half and the length with the lower one, where there is something in the upper half. */
function halved(context: Context, rest: Integer, length: Integer, bits: bigint): [Integer, Integer] {
  const [half, ones] = [integer(context, bits), (1n << bits) - 1n];
  const lower = { value: rest.value, range: { min: 0n, max: ones } };
  return chosen(context, rest, ones, [lower, length], () => {
    const range: Range = { min: 1n, max: rest.range.max >> bits };
    const value = context.builder.emit(
      { kind: "binary", operator: "lshr", width: 64 },
      [rest.value, half.value],
      range,
    );
    return [{ value, range }, add(context, length, half)];
  });
}

function atMost(context: Context, number: Integer, most: bigint): Integer {
  if (number.range.max <= most) return number;
  const [result] = chosen(context, number, most, [number], () => [integer(context, most)]);
  return { value: result.value, range: { min: 0n, max: most } };
}

/** Some integers where a number is not above a limit, others where it is. */
function chosen<Integers extends Integer[]>(
  { builder }: Context,
  number: Integer,
  most: bigint,
  below: Integers,
  above: () => Integers,
): Integers {
  const [less, more, join] = [builder.label(), builder.label(), builder.label()];
  const bindings = below.map((): Binding => ({ name: "", constant: false }));
  const bring = (integers: Integers) => {
    integers.forEach(({ value, range }, i) =>
      builder.state.locals.set(bindings[i], { kind: "word", type: "number", value, range })
    );
    builder.goto(join);
  };
  builder.branch("ule", number.value, builder.constant(most), less, more);
  builder.place(less);
  bring(below);
  builder.place(more);
  bring(above());
  builder.place(join);
  return bindings.map((binding) => {
    const word = builder.state.locals.get(binding) as Word;
    builder.state.locals.delete(binding);
    return { value: word.value, range: word.range };
  }) as Integers;
}
