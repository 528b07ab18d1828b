/**
 * Random loops over maps. The order of entries is nobody's: what a turn leaves must not depend on the turns before it, and
 * it changes no entry but its own.
 *
 * @module
 */

import { randomExpression } from "./expressions.ts";
import { foundShape, TRAITS } from "./map_kinds.ts";
import { expression, type Piece, statement } from "./piece.ts";
import { literal } from "./places.ts";
import { type MapName, type Name, type ScalarKind, type Scope, textOfMap } from "./scope.ts";
import { type Shape, valueKind } from "./shapes.ts";

const FORMS = ["forEach", "forEach", "map", "entries", "keys", "values"] as const;

/** One turn: what it can name, and what it may do. */
interface Turn {
  readonly map: MapName;
  readonly value?: string;
  readonly key?: string;
  /** What goes on with the next one. */
  readonly next: "return" | "continue";
  /** A local that is added to. */
  readonly sum?: string;
  /** Whether this function may change the map's entries. */
  readonly mayChange: boolean;
}

/** A loop over a map's entries; `mayChange` tells whether its entries may be set and deleted here, and notes that. */
export function iterationStatement(scope: Scope, map: MapName, mayChange: () => boolean): Piece | undefined {
  const { random } = scope;
  // Loops multiply, and the verifier follows every turn.
  if (!TRAITS[map.kind].isIterable || scope.loops > 1 || scope.loops === 1 && random.chance(80)) return undefined;
  const form = random.pick(FORMS);
  const turn: Turn = {
    map,
    value: form === "keys" ? undefined : scope.fresh("value"),
    key: form === "values" ? undefined : scope.fresh("key"),
    next: form === "forEach" ? "return" : "continue",
    sum: random.chance(50) ? scope.fresh("sum") : undefined,
    mayChange: random.chance(50) && mayChange(),
  };
  const body: Piece = { kind: "block", parts: ["{\n", ...statementsOf(scope, turn), "}\n"] };
  const { value, key, sum } = turn;
  const of = textOfMap(map);
  const loop = form === "forEach"
    ? statement(`${of}.forEach((${value}, ${key}) => `, body, ");\n")
    : form === "keys" || form === "values"
    ? statement(`for (const ${key ?? value} of ${of}.${form}()) `, body)
    : statement(`for (const [${key}, ${value}] of ${of}${form === "map" ? "" : ".entries()"}) `, body);
  if (!sum) return loop;
  scope.declare({ name: sum, kind: "number", writable: false });
  return { kind: "list", parts: [`let ${sum} = 0;\n`, loop] };
}

function statementsOf(scope: Scope, turn: Turn): Piece[] {
  const { random } = scope;
  const counted = scope.names.filter(({ name, kind }) =>
    typeof name === "string" && name.startsWith("this.g") && (kind === "number" || kind === "bigint")
  );
  const { map, value, key, sum } = turn;
  const names = [...key ? namesOf(key, map.key!) : [], ...value ? namesOf(value, foundShape(map)) : []];
  const content = { names, answer: undefined, hasPacket: false, hasThis: false };
  return scope.inFunction(content, true, () => {
    const few = (kind: ScalarKind) =>
      expression(kind, "(", randomExpression(scope, kind, 2), kind === "bigint" ? " & 255n)" : " & 255)");
    const added = (name: string, kind: ScalarKind) =>
      statement(`${name} ${random.pick(["+=", "-="])} `, few(kind), ";\n");
    const parts: Piece[] = [];
    if (random.chance(30)) parts.push(statement("if (", randomExpression(scope, "boolean", 1), `) ${turn.next};\n`));
    if (sum) parts.push(added(sum, "number"));
    if (counted.length > 0 && random.chance(70)) {
      const { name, kind } = random.pick(counted);
      parts.push(added(name as string, kind as ScalarKind));
    }
    // Where they are is the entry's own memory; scalars are copies.
    const fields = names.filter(({ name }) => value && String(name).startsWith(`${value}.`));
    if (fields.length > 0 && random.chance(60)) {
      const { name, kind } = random.pick(fields);
      parts.push(statement(`${name} = `, randomExpression(scope, kind as ScalarKind, 2), ";\n"));
    }
    if (key && turn.mayChange) parts.push(changed(scope, turn));
    return parts;
  });
}

/** The entry at hand is set or deleted, and not used any more. */
function changed(scope: Scope, { map, key }: Turn): Piece {
  const { random } = scope;
  if (TRAITS[map.kind].isIndexed || random.chance(50)) {
    const flag = random.pick(["", "", ', "exist"', ', "noexist"']);
    return statement(`${textOfMap(map)}.set(${key}, `, literal(scope, map.value, 2), `${flag});\n`);
  }
  return statement("if (", randomExpression(scope, "boolean", 2), `) ${textOfMap(map)}.delete(${key});\n`);
}

/** The scalars of a key or a value. */
function namesOf(name: string, shape: Shape): Name[] {
  const kind = valueKind(shape);
  if (kind !== "view") return [{ name, kind, writable: false }];
  if (shape.kind === "struct") return shape.fields.flatMap(([field, part]) => namesOf(`${name}.${field}`, part));
  return shape.kind === "array" ? namesOf(`${name}[0]`, shape.element) : [];
}
