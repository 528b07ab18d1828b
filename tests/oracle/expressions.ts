/**
 * Random expressions.
 *
 * @module
 */

import { bigintArithmetic, fraction, fractionTest, numberArithmetic } from "./arithmetic.ts";
import { exactFixed, numberOfFixed, type Surroundings, testOfFixed } from "./decimals.ts";
import { callOf } from "./functions.ts";
import { mapExpression } from "./maps.ts";
import { lengthTest, packetRead, packetReadLong } from "./packets.ts";
import { expression, type Piece } from "./piece.ts";
import { scalarPlace } from "./places.ts";
import type { ScalarKind, Scope, Target } from "./scope.ts";

/** Numbers at which something changes. */
export const EDGES: readonly number[] = [
  ...[0, 1, 2, 3, 5, 7, 31, 32, 127, 128, 255, 256, 0x7fff, 0x8000, 0xffff, 0x10000],
  ...[0x7fffffff, 0x80000000, 0xffffffff],
];

export function randomExpression(scope: Scope, kind: ScalarKind, depth: number): Piece {
  const { random } = scope;
  const inner = (of: ScalarKind) => randomExpression(scope, of, depth - 1);
  if (depth <= 0 || random.chance(25)) return leaf(scope, kind);
  if (random.chance(6)) {
    const target = randomTarget(scope, kind);
    if (target) return assignment(scope, target);
  }
  if (random.chance(12)) {
    const call = callOf(scope, kind, depth - 1);
    if (call) return call;
  }
  if (scope.hasMaps && random.chance(12)) {
    const piece = mapExpression(scope, kind, depth - 1);
    if (piece) return piece;
  }
  if (random.chance(8)) return expression(kind, "(", inner("boolean"), " ? ", inner(kind), " : ", inner(kind), ")");
  if (random.chance(6)) return expression(kind, "(", inner(kind), random.pick([" && ", " || "]), inner(kind), ")");
  if (kind === "boolean") return condition(scope, depth);
  return kind === "number" ? number(scope, depth) : bigint(scope, depth);
}

/** What fixed-point values are made of here. */
export function surroundings(scope: Scope, depth: number): Surroundings {
  const names = scope.names.filter((name) => name.kind === "fixed");
  return {
    random: scope.random,
    readable: names.map(({ name }) => name as string),
    writable: names.filter(({ writable }) => writable).map(({ name }) => name as string),
    number: () => randomExpression(scope, "number", depth),
    boolean: () => randomExpression(scope, "boolean", depth - 1),
    bigint: () => randomExpression(scope, "bigint", depth - 1),
  };
}

/** Something to assign. */
export function randomTarget(scope: Scope, kind?: ScalarKind): Target | undefined {
  const place = scope.isShaped && scope.random.chance(35) ? scalarPlace(scope, kind) : undefined;
  if (place) return { ...place, writable: true };
  const names = scope.names.flatMap(({ name, kind: is, writable }) =>
    writable && is !== "fixed" && (!kind || is === kind) ? { name, kind: is, writable } : []
  );
  return names.length > 0 ? scope.random.pick(names) : undefined;
}

/** An assignment as an expression of the target's kind. */
export function assignment(scope: Scope, { name, kind }: Target, discarded = false): Piece {
  const { random } = scope;
  if (kind === "boolean") return expression(kind, "(", name, " = ", randomExpression(scope, kind, 2), ")");
  // The value of u64 − u64 is the language's one stated exception (rule 9): only its low bits may be used.
  const wraps = kind === "number" || discarded;
  if (random.chance(20)) {
    const operator = random.pick(wraps ? ["++", "--"] : ["++"]);
    return random.chance(50)
      ? expression(kind, `(${operator}`, name, ")")
      : expression(kind, "(", name, `${operator})`);
  }
  const operators = kind === "number"
    ? ["=", "=", "=", "+=", "-=", "&=", "|=", "^=", "<<=", ">>=", ">>>="]
    : ["=", "=", "=", "+=", wraps ? "-=" : "+=", "&=", "|=", "^="];
  const operator = random.pick(scope.hasWords ? [...operators, "||=", "&&=", "??="] : operators);
  // A store cuts off what is behind the point; the expression itself keeps it, and so do locals.
  const isStore = typeof name !== "string" || name.startsWith("this.");
  if (kind === "number" && operator === "=" && discarded && isStore && random.chance(15)) {
    const isFixed = scope.hasDecimals && random.chance(50);
    const value = isFixed
      ? exactFixed(surroundings(scope, 1), 1)
      : fraction(random, () => randomExpression(scope, kind, 1));
    return expression(kind, "(", name, " = ", value, ")");
  }
  const value = randomExpression(scope, kind, operator === "=" ? 3 : 1);
  return expression(kind, "(", name, ` ${operator} `, value, ")");
}

function leaf(scope: Scope, kind: ScalarKind): Piece {
  const { random } = scope;
  const place = scope.isShaped && random.chance(30) ? scalarPlace(scope, kind) : undefined;
  if (place) return expression(kind, place.name);
  const names = scope.names.filter((name) => name.kind === kind);
  if (names.length > 0 && random.chance(70)) return expression(kind, random.pick(names).name);
  if (kind === "boolean") return expression(kind, random.pick(["true", "false"]));
  if (kind === "number" && scope.hasPacket && random.chance(30)) return packetRead(scope);
  if (kind === "bigint" && scope.hasWords && scope.hasPacket && random.chance(30)) return packetReadLong(scope);
  const value = random.chance(50) ? random.pick(EDGES) : random.below(100);
  const text = kind === "bigint" ? `${value}n` : random.pick([String(value), `0x${value.toString(16)}`]);
  return expression(kind, random.chance(20) ? `(-${text})` : text);
}

function number(scope: Scope, depth: number): Piece {
  const { random } = scope;
  const of = (...parts: (string | Piece)[]) => expression("number", ...parts);
  const inner = () => randomExpression(scope, "number", depth - 1);
  if (scope.hasDecimals && random.chance(15)) return numberOfFixed(surroundings(scope, depth - 1));
  if (scope.hasWords && random.chance(12)) return mixture(scope, depth);
  if (random.chance(20)) return numberArithmetic(random, inner);
  switch (random.below(8)) {
    case 0:
      return of("(", random.pick(["-", "~", "+"]), inner(), ")");
    case 1:
      return of("(", inner(), random.pick([" << ", " >> ", " >>> "]), inner(), ")");
    case 2:
      return of("(", inner(), " >>> 0)");
    case 3:
      return of("(", inner(), " & ", String(random.pick([1, 7, 0xff, 0xffff, 0x7fffffff])), ")");
    case 4:
      return of("(", inner(), " * ", random.chance(50) ? String(random.below(100)) : inner(), ")");
    default:
      return of("(", inner(), random.pick([" + ", " - ", " & ", " | ", " ^ "]), inner(), ")");
  }
}

/** A number that is made of a bigint, of booleans, or of several expressions one after the other. */
function mixture(scope: Scope, depth: number): Piece {
  const { random } = scope;
  const of = (...parts: (string | Piece)[]) => expression("number", ...parts);
  const inner = (kind: ScalarKind) => randomExpression(scope, kind, depth - 1);
  switch (random.below(4)) {
    case 0:
      return of("Number(", inner("bigint"), ` & ${random.pick(["0xffn", "0xffffffffn", "0x1fffffffffffffn"])})`);
    case 1:
      return of(`Number(BigInt.asIntN(${random.pick([8, 32, 33, 53])}, `, inner("bigint"), "))");
    case 2:
      return of("(", inner("boolean"), random.pick([" + ", " - ", " | ", " << "]), inner("boolean"), ")");
    default:
      return of("(", inner(random.pick(["number", "bigint", "boolean"])), ", ", inner("number"), ")");
  }
}

function bigint(scope: Scope, depth: number): Piece {
  const { random } = scope;
  const of = (...parts: (string | Piece)[]) => expression("bigint", ...parts);
  const inner = () => randomExpression(scope, "bigint", depth - 1);
  const cut = `BigInt.as${random.pick(["Uint", "Int"])}N`;
  if (random.chance(15)) return bigintArithmetic(random, inner);
  if (scope.hasWords && random.chance(12)) {
    const shifted = of("(", inner(), random.pick([" << ", " >> "]), "(", inner(), " & 63n))");
    return of(`${cut}(64, `, shifted, ")");
  }
  switch (random.below(8)) {
    case 0:
      return of("(", random.pick(["-", "~"]), inner(), ")");
    case 1:
      return of("(", inner(), random.pick([" << ", " >> "]), String(random.below(64)), "n)");
    case 2:
      return of(`${cut}(${random.pick([8, 16, 32, 64])}, `, inner(), ")");
    case 3:
      return of("BigInt(", randomExpression(scope, "number", depth - 1), ")");
    case 4:
      return of(`${cut}(64, (`, inner(), random.pick([" * ", " - ", " + "]), inner(), "))");
    default:
      return of("(", inner(), random.pick([" + ", " & ", " | ", " ^ "]), inner(), ")");
  }
}

function condition(scope: Scope, depth: number): Piece {
  const { random } = scope;
  const inner = (kind: ScalarKind) => randomExpression(scope, kind, depth - 1);
  if (scope.hasDecimals && random.chance(20)) return testOfFixed(surroundings(scope, depth - 1));
  if (random.chance(8)) return fractionTest(random, () => inner("number"));
  switch (random.below(6)) {
    case 0:
      return expression("boolean", "!", inner("boolean"));
    case 1:
      return expression("boolean", "(", inner("boolean"), random.pick([" && ", " || "]), inner("boolean"), ")");
    case 2:
      if (scope.hasPacket) return lengthTest(scope);
  }
  if (scope.hasWords && random.chance(15)) {
    const sides = [inner("number"), inner("bigint")];
    const [left, right] = random.chance(50) ? sides : sides.toReversed();
    return expression("boolean", "(", left, random.pick([" == ", " != ", " < ", " <= ", " > ", " >= "]), right, ")");
  }
  const kind = random.pick(["number", "number", "bigint"] as const);
  const operator = random.pick([" === ", " !== ", " < ", " <= ", " > ", " >= "]);
  return expression("boolean", "(", inner(kind), operator, inner(kind), ")");
}
