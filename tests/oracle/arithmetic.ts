/**
 * Random arithmetic that JavaScript does with doubles or without end, and the kernel with 64 bits: divisions whose divisors
 * are not zero, remainders, powers, `Math`, and bigints cut to any number of bits.
 *
 * @module
 */

import { expression, type Piece } from "./piece.ts";
import type { Random } from "./random.ts";

/** A number. */
export function numberArithmetic(random: Random, inner: () => Piece): Piece {
  const of = (...parts: (string | Piece)[]) => expression("number", ...parts);
  switch (random.below(11)) {
    case 0:
    case 1:
      return of(`Math.${random.pick(["floor", "ceil", "round", "trunc"])}(`, fraction(random, inner), ")");
    case 2:
      return of(random.pick(["~~", "(-1 >>> 31) * ~"]), "(", fraction(random, inner), ")");
    case 3:
      return of("(", fraction(random, inner), random.pick([" | 0)", " >> 0)", " >>> 0)", " & 255)", " << 1)"]));
    case 4:
      return of("(", inner(), " % ", nonZero(random, inner), ")");
    case 5:
      return of(`Math.${random.pick(["abs", "sign", "clz32", "floor", "round"])}(`, inner(), ")");
    case 6:
      return of(`Math.${random.pick(["min", "max"])}(`, inner(), ", ", inner(), random.chance(20) ? ", 77)" : ")");
    case 7:
      return of("Math.imul(", inner(), ", ", inner(), ")");
    case 8:
      return of("((", inner(), " & ", random.pick(["7", "255", "1023"]), `) ** ${random.below(6)})`);
    case 9:
      return of(`(${random.pick(["2", "4"])} ** (`, inner(), ` & ${random.pick(["7", "15"])}))`);
    default:
      return of(`Math.${random.pick(["sign", "floor"])}(-(`, fraction(random, inner), "))");
  }
}

/** A bigint. */
export function bigintArithmetic(random: Random, inner: () => Piece): Piece {
  const of = (...parts: (string | Piece)[]) => expression("bigint", ...parts);
  const cut = random.pick(["BigInt.asIntN(64, ", "BigInt.asUintN(64, ", "BigInt.asIntN(33, ", "("]);
  switch (random.below(4)) {
    case 0:
    case 1: {
      const divisor = expression("bigintDivisor", "(", cut, inner(), `) || ${random.pick(["1n", "7n", "1000n"])})`);
      return of("(", cut, inner(), `) ${random.pick(["/", "%"])} `, divisor, ")");
    }
    case 2:
      return of(`BigInt.as${random.pick(["Uint", "Int"])}N(${random.below(71)}, `, inner(), ")");
    default:
      return of(`BigInt.asIntN(64, `, inner(), ` ** ${random.below(7)}n)`);
  }
}

/** A question about a fraction. */
export function fractionTest(random: Random, inner: () => Piece): Piece {
  const a = fraction(random, inner);
  if (random.chance(20)) return expression("boolean", "Number.isInteger(", a, ")");
  if (random.chance(20)) return expression("boolean", "!(", a, ")");
  const operator = random.pick(["===", "!==", "<", "<=", ">", ">="]);
  const b = random.chance(60)
    ? expression("number", "(", inner(), " | 0)")
    : random.pick(["0.5", "-0.25", "1.5", "2", "0", "0.33333", "1e300"]);
  return random.chance(50)
    ? expression("boolean", "(", a, ` ${operator} `, b, ")")
    : expression("boolean", "(", b, ` ${operator} `, a, ")");
}

/** A division of numbers; what it is good for depends on where it stands. */
export function fraction(random: Random, inner: () => Piece): Piece {
  return expression("fraction", "(", inner(), " / ", nonZero(random, inner), ")");
}

function nonZero(random: Random, inner: () => Piece): Piece {
  if (random.chance(30)) return expression("divisor", String(random.pick([1, 2, 3, 7, -1, -3, 10, 256, 1000, 65537])));
  return expression("divisor", "(", inner(), ` || ${random.pick([1, 2, 7, -3])})`);
}
