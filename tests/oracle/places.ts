/**
 * Random uses of structs and arrays: places in them, and what is done with whole ones.
 *
 * @module
 */

import { randomExpression } from "./expressions.ts";
import { expression, type Piece, place, print, statement } from "./piece.ts";
import type { Name, ScalarKind, Scope, View } from "./scope.ts";
import { type Shape, shapeText, valueKind } from "./shapes.ts";
import { block } from "./statements.ts";

/** A scalar somewhere in a view. */
export function scalarPlace(
  scope: Scope,
  kind?: ScalarKind,
): { readonly name: Piece; readonly kind: ScalarKind } | undefined {
  for (let tries = 0; tries < 4; tries++) {
    const found = walk(scope, () => false);
    if (!found) return undefined;
    const is = valueKind(found.shape) as ScalarKind;
    if (!kind || kind === is) return { name: found.name as Piece, kind: is };
  }
  return undefined;
}

/** Goes from a view to parts of it until there are none, or `stops` says so. */
function walk(scope: Scope, stops: (shape: Shape) => boolean): View | undefined {
  const { random, views } = scope;
  if (views.length === 0) return undefined;
  let { name, shape } = random.pick(views);
  while ((shape.kind === "array" || shape.kind === "struct") && !stops(shape)) {
    if (shape.kind === "struct") {
      const [field, inner] = random.pick(shape.fields);
      [name, shape] = [place(name, `.${field}`), inner];
    } else [name, shape] = [place(name, "[", index(scope, shape.length), "]"), shape.element];
  }
  return { name: place(name), shape };
}

function index(scope: Scope, length: number): Piece | string {
  const { random } = scope;
  const choice = random.below(100);
  if (choice < 40) return String(random.below(length));
  if (choice < 48 || scope.indexes > 1) return random.pick([String(length), "-1", "1000", "0.5"]);
  scope.indexes++;
  const at = randomExpression(scope, "number", choice < 80 ? 0 : 1);
  scope.indexes--;
  return choice < 65 ? expression("number", "(", at, ` & ${random.pick([1, 3, 7])})`) : at;
}

/** A struct or an array: one that `stops` takes, or one with nothing but scalars in it. */
export function anyView(scope: Scope, stops: (shape: Shape) => boolean): View | undefined {
  const found = walk(scope, (shape) => stops(shape) || hasScalarsOnly(shape));
  return found && valueKind(found.shape) === "view" ? found : undefined;
}

function hasScalarsOnly(shape: Shape): boolean {
  const parts = shape.kind === "struct"
    ? shape.fields.map(([, field]) => field)
    : shape.kind === "array"
    ? [shape.element]
    : [];
  return parts.every((part) => valueKind(part) !== "view");
}

/** What is done with whole views. */
export function viewStatement(scope: Scope, depth: number): Piece | undefined {
  const { random } = scope;
  const view = walk(scope, (shape) => random.chance(shape.kind === "array" ? 60 : 40));
  if (!view || valueKind(view.shape) !== "view") return undefined;
  const { name, shape } = view;
  // A local that holds a view is a const.
  const isLocal = !/[.[]/.test(print(place(name)));
  switch (random.below(isLocal ? 3 : 5)) {
    case 0: {
      const local = scope.fresh("w");
      scope.declareView({ name: local, shape });
      return statement(`const ${local} = `, name, ";\n");
    }
    case 1:
      return destructuring(scope, view);
    case 2: {
      if (shape.kind !== "array" || depth === 0) return undefined;
      return forOf(scope, view, shape.element, depth);
    }
    case 3: {
      const other = walk(scope, (found) => shapeText(found) === shapeText(shape));
      if (!other || shapeText(other.shape) !== shapeText(shape)) return undefined;
      return statement("", name, " = ", other.name, ";\n");
    }
    default:
      return statement("", name, " = ", literal(scope, shape, 2), ";\n");
  }
}

export function destructuring(scope: Scope, { name, shape }: View): Piece {
  const { random } = scope;
  const names: Name[] = [];
  const bind = (part: Shape): string => {
    const local = scope.fresh("v");
    const kind = valueKind(part);
    if (kind === "view") scope.declareView({ name: local, shape: part });
    else names.push({ name: local, kind, writable: false });
    return local;
  };
  const parts = shape.kind === "struct"
    ? shape.fields.filter(() => random.chance(60)).map(([field, inner]) => `${field}: ${bind(inner)}`)
    : shape.kind === "array"
    ? Array.from({ length: Math.min(shape.length, 3) }, () => bind(shape.element))
    : [];
  scope.declare(...names);
  const pattern = shape.kind === "struct" ? `{ ${parts.join(", ")} }` : `[${parts.join(", ")}]`;
  return statement(`const ${pattern} = `, name, ";\n");
}

function forOf(scope: Scope, { name, shape }: View, element: Shape, depth: number): Piece | undefined {
  if (scope.loops > 0 && shape.kind === "array" && shape.length > 5) return undefined;
  const local = scope.fresh("e");
  const kind = valueKind(element);
  const content = kind === "view"
    ? { views: [{ name: local, shape: element }] }
    : { names: [{ name: local, kind, writable: false }] };
  const body = scope.inLoop(undefined, content, () => block(scope, depth - 1, 1 + scope.random.below(2)));
  return statement(`for (const ${local} of `, name, ") ", body);
}

/** A value of a shape, written out. */
export function literal(scope: Scope, shape: Shape, depth: number): Piece {
  if (shape.kind === "scalar" || shape.kind === "bits") {
    return randomExpression(scope, valueKind(shape) as ScalarKind, depth > 0 ? 1 : 0);
  }
  if (depth === 0) {
    const other = walk(scope, (found) => shapeText(found) === shapeText(shape));
    if (other && shapeText(other.shape) === shapeText(shape)) return other.name as Piece;
  }
  if (shape.kind === "array") {
    const { random } = scope;
    const length = random.chance(60) ? shape.length : random.below(shape.length + 2);
    const elements = Array.from({ length }, () => literal(scope, shape.element, depth - 1));
    return place("[", ...elements.flatMap((element, i) => i > 0 ? [", ", element] : [element]), "]");
  }
  const fields = shape.fields.flatMap(([name, field], i) => [
    `${i > 0 ? ", " : ""}${name}: `,
    literal(scope, field, depth - 1),
  ]);
  return place("{ ", ...fields, " }");
}
