/**
 * Random uses of fixed-point variables that JavaScript's doubles must agree with: what is compared or made an integer is
 * exact, that is, read from a variable or an integer; what is rounded is stored at once.
 *
 * Doubles are off by a little all the same, and where the exact result lies half-way between two steps that decides. A
 * {@linkcode guardedFixed} variable notices, and the run says nothing.
 *
 * @module
 */

import { fixed, type Scalar } from "../../mod.ts";
import { fixedScale } from "../../src/types/scalar.ts";
import { fraction } from "./arithmetic.ts";
import { expression, type Piece, statement } from "./piece.ts";
import type { Random } from "./random.ts";

/** What the rest of a program offers. */
export interface Surroundings {
  readonly random: Random;
  /** Fixed-point variables, and constants that hold what such a variable did. */
  readonly readable: readonly string[];
  readonly writable: readonly string[];
  number(): Piece;
  boolean(): Piece;
  bigint(): Piece;
}

/** Thrown where doubles do not tell what the exact result is, or numbers are larger than fixed point promises. */
export class Doubt extends Error {}

/** As `fixed`, for runs as plain JavaScript. */
export const guardedFixed: Scalar<number> = {
  ...fixed,
  set(view, offset, x) {
    const steps = Math.abs(x * fixedScale);
    const fromHalf = Math.abs(steps % 1 - 0.5);
    if (steps > 2 ** 31 * fixedScale || fromHalf < Math.max(1e-6, steps * 2 ** -49)) throw new Doubt();
    fixed.set(view, offset, x);
  },
};

const CONSTANTS = ["0.5", "0.25", "(-1.5)", "0.1", "3.14159", "(-0.00001)", "99.99999", "1000.001", "2", "(-3)"];
const COMPARISONS = ["===", "!==", "<", "<=", ">", ">="];

/** An initial value. */
export function randomFixed(random: Random): number {
  const steps = random.pick([
    0,
    1,
    -1,
    50000,
    -50000,
    99999,
    100000,
    -150000,
    random.below(2 ** 31),
    -random.below(1e7),
  ]);
  return (random.chance(20) ? Math.round(steps / fixedScale) * fixedScale : steps) / fixedScale;
}

/** A fixed-point value without error. */
export function exactFixed(around: Surroundings, depth: number): Piece {
  const { random, readable } = around;
  const of = (...parts: (string | Piece)[]) => expression("fixed", ...parts);
  const inner = () => exactFixed(around, depth - 1);
  if (depth > 0) {
    switch (random.below(8)) {
      case 0:
        return of("(-", inner(), ")");
      case 1:
        return of("Math.abs(", inner(), ")");
      case 2:
        return of(`Math.${random.pick(["min", "max"])}(`, inner(), ", ", inner(), ")");
      case 3:
        return of("(", around.boolean(), " ? ", inner(), " : ", inner(), ")");
      case 4:
        return of("(", inner(), random.pick([" && ", " || "]), inner(), ")");
      case 5:
        return of("(", around.number(), random.pick([" & 0xffff)", " | 0)", " >> 8)"]));
    }
  }
  if (readable.length > 0 && random.chance(75)) return of(random.pick(readable));
  return of(random.pick(CONSTANTS));
}

/** A value that is rounded where it is stored. */
export function roundedFixed(around: Surroundings): Piece {
  const { random } = around;
  const of = (...parts: (string | Piece)[]) => expression("rounded", ...parts);
  const exact = (depth = 1) => exactFixed(around, depth);
  const divisor = () => expression("divisor", "(", exact(), ` || ${random.pick(["1", "0.5", "-3.25"])})`);
  switch (random.below(9)) {
    case 0:
    case 1:
      return of("(", exact(2), random.pick([" + ", " - "]), exact(2), ")");
    case 2:
    case 3:
      return of("(", exact(), " * ", exact(), ")");
    case 4:
      return of("(", exact(), " / ", divisor(), ")");
    case 5:
      return of("(", exact(), ` % ${random.pick(["1", "3", "0.5", "-0.25", "1000"])})`);
    case 6:
      return of(fraction(random, () => expression("number", "(", around.number(), " | 0)")));
    case 7:
      return of("(", exact(), " + ", exact(), " * ", exact(), ")");
    default:
      return of("(", exact(), " ** 2)");
  }
}

/** An integer that a fixed-point value becomes. */
export function numberOfFixed(around: Surroundings): Piece {
  const { random } = around;
  const exact = exactFixed(around, 1);
  const of = (...parts: (string | Piece)[]) => expression("number", ...parts);
  if (random.chance(50)) return of(`Math.${random.pick(["floor", "ceil", "round", "trunc", "sign"])}(`, exact, ")");
  return of("(", exact, random.pick([" | 0)", " >> 1)", " >>> 0)", " & 0xff)", " << 2)", " ^ 5)"]));
}

/** A question about a fixed-point value. */
export function testOfFixed(around: Surroundings): Piece {
  const { random } = around;
  const exact = exactFixed(around, 1);
  const of = (...parts: (string | Piece)[]) => expression("boolean", ...parts);
  if (random.chance(10)) return of("!", exact);
  if (random.chance(10)) return of("Number.isInteger(", exact, ")");
  const isBigInt = random.chance(20);
  const other = isBigInt
    ? around.bigint()
    : random.chance(30)
    ? around.number()
    : random.chance(30)
    ? random.pick(["0.123456", "1e300", "-0.000001", "2 ** 50"])
    : exactFixed(around, 1);
  return of("(", exact, ` ${random.pick(isBigInt ? COMPARISONS.slice(2) : COMPARISONS)} `, other, ")");
}

/** Something done to fixed-point variables. */
export function fixedStatement(around: Surroundings): Piece | undefined {
  const { random, writable } = around;
  if (writable.length === 0) return undefined;
  const name = random.pick(writable);
  switch (random.below(10)) {
    case 0:
      return statement(random.pick([`${name}++`, `${name}--`, `++${name}`, `--${name}`]), ";\n");
    case 1:
    case 2:
      return statement(`${name} ${random.pick(["+=", "-="])} `, roundedFixed(around), ";\n");
    case 3:
      return statement(`${name} ${random.pick(["*=", "+=", "-="])} `, exactFixed(around, 2), ";\n");
    case 4: {
      // A sum of both kinds of numbers, and a fraction that is only sometimes one.
      const [sum, index] = ["sum" + random.below(1e6), "turn" + random.below(1e6)];
      const loop = `for (let ${index} = 0; ${index} < ${random.pick([3, 20])}; ${index}++) ${sum} += `;
      return statement(`{ let ${sum} = 0; ${loop}`, exactFixed(around, 1), `; ${name} = ${sum}; }\n`);
    }
    case 5: {
      const local = "some" + random.below(1e6);
      const value = random.chance(50) ? fraction(random, around.number) : exactFixed(around, 1);
      return statement(
        `{ let ${local} = 3; if (`,
        around.boolean(),
        `) ${local} = `,
        value,
        `; ${name} = ${local}; }\n`,
      );
    }
    default:
      return statement(`${name} = `, random.chance(70) ? roundedFixed(around) : exactFixed(around, 2), ";\n");
  }
}
