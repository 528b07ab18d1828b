/**
 * Random loops that carry a number: it grows, begins anew, or is nothing until it is something; and questions about what
 * has become of it, whose answers the compiler must not believe to know.
 *
 * @module
 */

import { randomExpression, randomTarget } from "./expressions.ts";
import { expression, type Piece, statement } from "./piece.ts";
import type { Scope } from "./scope.ts";

/** More turns than are unrolled, in all but the innermost of nested loops. */
const TURNS = [3, 17, 20, 33];
const STEPS = [1, 2, 7, 15, 255];

export function sumStatement(scope: Scope): Piece | undefined {
  const { random } = scope;
  const target = randomTarget(scope, "number");
  if (!target) return undefined;
  const [sum, turn] = [scope.fresh("sum"), scope.fresh("i")];
  const turns = scope.loops > 0 ? 3 : random.pick(TURNS);
  const isOptional = random.chance(40);
  const now = isOptional ? `(${sum} ?? ${random.below(20)})` : sum;
  const few = (): Piece => {
    // Slow growth, and a leap at the right time: that is where turns × growth may go wrong.
    if (random.chance(50)) return expression("number", String(1 + random.below(2)));
    const value = randomExpression(scope, "number", 1);
    return expression("number", "(", value, ` & ${random.pick(STEPS)})`);
  };
  const begin = isOptional && random.chance(70) ? random.pick(["undefined", "null"]) : String(random.below(30));
  const nothing = begin === "null" ? "null" : "undefined";
  const anew = random.chance(50) ? String(random.below(2 * turns)) : isOptional && random.chance(50) ? nothing : few();
  const when = (): Piece =>
    random.chance(60)
      ? expression("boolean", `(${turn} === ${random.below(4)})`)
      : randomExpression(scope, "boolean", 1);
  const grown = (): Piece => statement(`${sum} = ${now} ${random.pick(["+", "+", "-"])} `, few(), ";\n");
  const body = scope.inLoop(undefined, { names: [{ name: turn, kind: "number", writable: false }] }, (): Piece[] => [
    ...random.chance(60) ? [statement("if (", when(), `) ${sum} = `, anew, ";\n")] : [],
    ...random.chance(30)
      ? [statement("else if (", `${now} > ${random.below(turns)} && ${now} < ${random.below(4 * turns)}) `, grown())]
      : [],
    grown(),
  ]);
  // What is `else` needs an `if` before it.
  const parts = body.filter((part, i) => i > 0 || !String(part.parts[0]).startsWith("else"));
  const limit = random.pick([random.below(turns), random.below(4 * turns), turns * random.pick(STEPS)]);
  const test = expression("boolean", `(${now} ${random.pick(["<", ">", "<=", "==="])} ${limit})`);
  return {
    kind: "block",
    parts: [
      `{\nlet ${sum} = ${begin};\nfor (let ${turn} = 0; ${turn} < ${turns}; ${turn}++) `,
      { kind: "block", parts: ["{\n", ...parts, "}\n"] },
      statement("if (", test, ") ", target.name, ` = ${now};\n`),
      "}\n",
    ],
  };
}
