/**
 * Random values that are one of several, as the run decides: views, what maps gave, objects whose fields meet, numbers that may
 * be missing. What is one of two must be taken for either.
 *
 * @module
 */

import { randomExpression } from "./expressions.ts";
import { foundShape, TRAITS } from "./map_kinds.ts";
import { soughtKey } from "./maps.ts";
import { expression, type Piece, place, statement } from "./piece.ts";
import { anyView } from "./places.ts";
import { type MapName, type ScalarKind, type Scope, textOfMap } from "./scope.ts";
import { shapeText, valueKind } from "./shapes.ts";
import { block } from "./statements.ts";

/** A local that is one of several, for what follows in the block. */
export function choiceStatement(scope: Scope, depth: number): Piece | undefined {
  switch (scope.random.below(5)) {
    case 0:
    case 1:
      return viewChoice(scope);
    case 2:
      return depth > 0 ? lookupChoice(scope, depth) : undefined;
    case 3:
      return objectChoice(scope);
    default:
      return optional(scope);
  }
}

/** One of two structs or arrays of the same type. */
function viewChoice(scope: Scope): Piece | undefined {
  const { random } = scope;
  const one = anyView(scope, () => random.chance(50));
  if (!one) return undefined;
  const text = shapeText(one.shape);
  const other = anyView(scope, (shape) => shapeText(shape) === text);
  if (!other || shapeText(other.shape) !== text) return undefined;
  const name = scope.fresh("u");
  const test = randomExpression(scope, "boolean", 2);
  scope.declareView({ name, shape: one.shape });
  if (random.chance(60)) return statement(`const ${name} = `, test, " ? ", one.name, " : ", other.name, ";\n");
  return {
    kind: "list",
    parts: [`let ${name} = `, one.name, ";\n", statement("if (", test, `) ${name} = `, other.name, ";\n")],
  };
}

/** What a map gave, in one of the turns of a loop or in none; or for one key or another. */
function lookupChoice(scope: Scope, depth: number): Piece | undefined {
  const { random } = scope;
  if (!scope.hasThis || scope.indexes > 0 || scope.loops > 0) return undefined;
  const fitting = scope.maps.filter((map) =>
    TRAITS[map.kind].isKeyed && !map.inner && valueKind(foundShape(map)) === "view"
  );
  if (fitting.length === 0) return undefined;
  const map = random.pick(fitting);
  const name = scope.fresh("u");
  const declared = random.chance(50) ? ofKeys(scope, map, name) : ofTurns(scope, map, name);
  const then = scope.within({}, () => {
    scope.declareView({ name, shape: foundShape(map) });
    scope.keepViewed(map.name);
    return block(scope, depth - 1, 1 + random.below(3));
  });
  return { kind: "block", parts: ["{\n", ...declared, statement(`if (${name}) `, then), "}\n"] };
}

function found(scope: Scope, map: MapName): Piece {
  return place(`${textOfMap(map)}.get(`, soughtKey(scope, map), ")");
}

function ofKeys(scope: Scope, map: MapName, name: string): Piece[] {
  const { random } = scope;
  const [one, other] = [found(scope, map), found(scope, map)];
  if (random.chance(50)) return [statement(`const ${name} = `, one, " ?? ", other, ";\n")];
  return [statement(`const ${name} = `, randomExpression(scope, "boolean", 2), " ? ", one, " : ", other, ";\n")];
}

function ofTurns(scope: Scope, map: MapName, name: string): (Piece | string)[] {
  const { random } = scope;
  const turn = scope.fresh("i");
  const content = { names: [{ name: turn, kind: "number", writable: false }] } as const;
  const body = scope.inLoop(undefined, content, (): Piece => {
    const one = scope.fresh("v");
    return {
      kind: "block",
      parts: [
        "{\n",
        `const ${one} = `,
        found(scope, map),
        ";\n",
        statement("if (", randomExpression(scope, "boolean", 1), `) ${name} = ${one};\n`),
        "}\n",
      ],
    };
  });
  const begin = random.pick([`let ${name};\n`, `let ${name} = null;\n`]);
  return [begin, statement(`for (let ${turn} = 0; ${turn} < ${random.pick([2, 4, 17])}; ${turn}++) `, body)];
}

/** One object or another, with the same fields in any order. */
function objectChoice(scope: Scope): Piece {
  const { random } = scope;
  const name = scope.fresh("o");
  const kinds = Array.from({ length: 1 + random.below(3) }, () => random.pick(["number", "number", "bigint"] as const));
  const make = (): Piece => {
    const fields = kinds.map((kind, i) => place(`f${i}: `, randomExpression(scope, kind, 1), ", "));
    return place("{ ", ...random.chance(50) ? fields : fields.toReversed(), "}");
  };
  const [one, other] = [make(), make()];
  const test = randomExpression(scope, "boolean", 2);
  const parts = random.chance(50)
    ? [`const ${name} = `, test, " ? ", one, " : ", other, ";\n"]
    : [`let ${name} = `, one, ";\n", statement("if (", test, `) ${name} = `, other, ";\n")];
  if (random.chance(50)) {
    scope.declare(...kinds.map((kind, i) => ({ name: `${name}.f${i}`, kind, writable: false })));
    return { kind: "list", parts };
  }
  const taken = kinds.map(() => scope.fresh("v"));
  scope.declare(...kinds.map((kind, i) => ({ name: taken[i], kind, writable: false })));
  const pattern = taken.map((local, i) => `f${i}: ${local}`).join(", ");
  return { kind: "list", parts: [...parts, `const { ${pattern} } = ${name};\n`] };
}

/** A number or a bigint that may be missing, and what is taken instead. */
function optional(scope: Scope): Piece {
  const { random } = scope;
  const kind: ScalarKind = random.pick(["number", "number", "bigint"]);
  const name = scope.fresh("n");
  const nothing = random.pick(["undefined", "null"]);
  const test = randomExpression(scope, "boolean", 2);
  const value = randomExpression(scope, kind, 2);
  const instead = randomExpression(scope, kind, 1);
  const local = scope.fresh("v");
  scope.declare({ name: local, kind, writable: false });
  return {
    kind: "list",
    parts: [
      `let ${name} = ${nothing};\n`,
      statement("if (", test, `) ${name} = `, value, ";\n"),
      `const ${local} = `,
      random.chance(50)
        ? expression(kind, `(${name} ?? `, instead, ")")
        : expression(kind, `(${name} === ${nothing} ? `, instead, ` : ${name})`),
      ";\n",
    ],
  };
}
