/**
 * Random maps: lookups, changes, views of what was found and what is done through them.
 *
 * A view of a hash map must not be used after a change of the map, so that nothing changes a map where there is one.
 *
 * @module
 */

import { randomExpression } from "./expressions.ts";
import { iterationStatement } from "./iterations.ts";
import { foundShape, TRAITS } from "./map_kinds.ts";
import { expression, type Piece, place, statement } from "./piece.ts";
import { destructuring, literal } from "./places.ts";
import type { Random } from "./random.ts";
import { type MapKind, type MapName, type ScalarKind, type Scope, textOfMap } from "./scope.ts";
import { countScalars, randomShape, randomValue, type Shape, shapeText, valueKind } from "./shapes.ts";
import { answerStatement, block } from "./statements.ts";

/** A map of a random program. */
export interface RandomMap extends MapName {
  /** What is in it at first: keys and values, or values in the order in which they are put in; of maps of maps, maps. */
  readonly entries: readonly (readonly [unknown, unknown])[];
}

const KINDS: readonly MapKind[] = [
  "HashMap",
  "HashMap",
  "HashMap",
  "LruHash",
  "ArrayMap",
  "ArrayMap",
  "PerCpuHash",
  "PerCpuArray",
  "LpmTrie",
  "Queue",
  "Stack",
  "RingBuffer",
  "ArrayOfMaps",
  "HashOfMaps",
];
const INNER_KINDS: readonly MapKind[] = ["HashMap", "HashMap", "ArrayMap"];
const KEY_TYPES = ["u8", "u16", "u32", "u64", "i8", "i32", "i64", "be16", "be32", "u32"];
const VALUE_TYPES = ["u8", "u16", "u32", "u64", "i32", "i64", "bool", "u64"];
/** Keys are small, so that programs meet them again. */
const KEYS = 4;

/** Scalars in a value at most: the stack is small, and values are written out on it. */
export const MOST_IN_MAPS = 8;

/** One to three maps; some hold what a variable of these shapes is, so that whole values can be copied. */
export function randomMaps(
  random: Random,
  shapes: readonly Shape[],
  scalar: (type: string) => unknown,
): RandomMap[] {
  const make = (kind: MapKind): Omit<RandomMap, "name"> => {
    const { isKeyed = false, isIndexed = false } = TRAITS[kind];
    const isOfMaps = kind === "ArrayOfMaps" || kind === "HashOfMaps";
    const key = isIndexed || isOfMaps
      ? of("u32")
      : kind === "LpmTrie"
      ? of("be32")
      : isKeyed
      ? randomKey(random)
      : undefined;
    const inner = isOfMaps ? make(random.pick(INNER_KINDS)) : undefined;
    const value = inner?.value ?? randomValueShape(random, shapes, kind === "Queue" || kind === "Stack");
    // The kernel drops entries of an LruHash long before it is full.
    const maxEntries = kind === "LruHash" ? 1024 : 1 + random.below(5);
    const count = kind === "RingBuffer" ? 0 : Math.min(random.below(4), maxEntries);
    const keyOf = (i: number) =>
      kind === "LpmTrie" ? { prefixlen: 8 * i, address: prefixOf(8 * i) } : keyValue(key!, i);
    const valueOf = () => inner ? { ...inner, name: "inner" } : randomValue(random, value, scalar);
    const entries = Array.from({ length: count }, (_, i) => [key && keyOf(i), valueOf()] as const);
    return { kind, key, value, inner, maxEntries, entries };
  };
  return Array.from({ length: 1 + random.below(3) }, (_, i) => ({ name: `map${i}`, ...make(random.pick(KINDS)) }));
}

function of(type: string): Shape {
  return { kind: "scalar", type };
}

function randomKey(random: Random): Shape {
  if (random.chance(65)) return of(random.pick(KEY_TYPES));
  if (random.chance(30)) return { kind: "array", element: of(random.pick(["u8", "u16", "be32"])), length: 2 };
  const types = Array.from({ length: 1 + random.below(3) }, () => random.pick(KEY_TYPES));
  return { kind: "struct", fields: types.map((type, i) => [`k${i}`, of(type)]), packed: random.chance(30) };
}

function randomValueShape(random: Random, shapes: readonly Shape[], isList: boolean): Shape {
  if (isList || random.chance(40)) return of(random.pick(VALUE_TYPES));
  if (shapes.length > 0 && random.chance(40)) return random.pick(shapes);
  for (;;) {
    const shape = randomShape(random, 1);
    if (countScalars(shape) <= MOST_IN_MAPS) return shape;
  }
}

/** A key that is there at first. */
function keyValue(shape: Shape, i: number): unknown {
  if (shape.kind === "struct") return Object.fromEntries(shape.fields.map(([name, part]) => [name, keyValue(part, i)]));
  if (shape.kind === "array") return Array.from({ length: shape.length }, () => keyValue(shape.element, i));
  return valueKind(shape) === "bigint" ? BigInt(i) : i;
}

/** The type's text: `new HashMap(u32, u64, { maxEntries: 4 })`. */
export function mapText({ kind, key, value, inner, maxEntries }: Omit<MapName, "name">): string {
  if (inner) {
    return `new ${kind}(${kind === "HashOfMaps" ? "u32, " : ""}${mapText(inner)}, { maxEntries: ${maxEntries} })`;
  }
  const types = [...key && !TRAITS[kind].isIndexed ? [shapeText(key)] : [], shapeText(value)];
  return `new ${kind}(${types.join(", ")}, { ${kind === "RingBuffer" ? "size: 4096" : `maxEntries: ${maxEntries}`} })`;
}

/** A value that a map gives. */
export function mapExpression(scope: Scope, kind: ScalarKind, depth: number): Piece | undefined {
  const { random } = scope;
  if (!scope.hasThis || scope.indexes > 0 || scope.maps.length === 0) return undefined;
  const map = random.pick(scope.maps);
  if (kind === "boolean" && random.chance(50)) return booleanOf(scope, map);
  if (map.kind === "RingBuffer" || map.inner) return undefined;
  const shape = foundShape(map);
  if (valueKind(shape) === kind) {
    const found = lookup(scope, map);
    return found && expression(
      kind,
      "(",
      found,
      random.pick([" ?? ", " ?? ", " || "]),
      randomExpression(scope, kind, depth - 1),
      ")",
    );
  }
  if (shape.kind !== "struct" || !map.key) return undefined;
  const fitting = shape.fields.filter(([, field]) => valueKind(field) === kind);
  if (fitting.length === 0) return undefined;
  const [field] = random.pick(fitting);
  const found = expression("nothing", `${textOfMap(map)}.get(`, soughtKey(scope, map), ")");
  return expression(kind, "(", found, `?.${field} ?? `, randomExpression(scope, kind, depth - 1), ")");
}

/** `undefined` where the map's views forbid it. */
function lookup(scope: Scope, map: MapName): Piece | undefined {
  const { random } = scope;
  if (map.key) {
    const isInserted = TRAITS[map.kind].inserts && random.chance(20);
    if (!isInserted) return place(`${textOfMap(map)}.get(`, soughtKey(scope, map), ")");
    if (!change(scope, map)) return undefined;
    return place(`${textOfMap(map)}.getOrInsert(`, keyPiece(scope, map.key), ", ", valuePiece(scope, map), ")");
  }
  if (map.kind === "RingBuffer" || !change(scope, map)) return undefined;
  return place(`${textOfMap(map)}.${random.pick(["pop", "peek"])}()`);
}

function booleanOf(scope: Scope, map: MapName): Piece | undefined {
  const { random } = scope;
  const of = (...parts: (string | Piece)[]) => expression("boolean", ...parts);
  if (map.inner) return of(`${textOfMap(map)}.has(`, keyPiece(scope, map.key!), ")");
  if (random.chance(40)) {
    const changing = changeOf(scope, map);
    return changing && of(changing);
  }
  if (map.key && random.chance(60)) return of(`${textOfMap(map)}.has(`, soughtKey(scope, map), ")");
  const found = lookup(scope, map);
  return found && of("(", found, random.pick([" === ", " !== "]), "undefined)");
}

/** Notes that the function at hand changes a map, if it may. */
function change(scope: Scope, { name, kind }: MapName): boolean {
  if (TRAITS[kind].isIndexed) return true;
  if (scope.viewed.has(name)) return false;
  scope.changes.add(name);
  return true;
}

/** Something that changes a map, and says whether it did. */
function changeOf(scope: Scope, map: MapName): Piece | undefined {
  const { random } = scope;
  if (!change(scope, map)) return undefined;
  const of = (...parts: (string | Piece)[]) => expression("boolean", `${textOfMap(map)}.`, ...parts);
  if (map.kind === "RingBuffer") return of("output(", valuePiece(scope, map), ")");
  if (!map.key) return of("push(", valuePiece(scope, map), random.pick([")", ', "replace")']));
  if (!TRAITS[map.kind].isIndexed && random.chance(30)) return of("delete(", storedKey(scope, map), ")");
  const flag = random.pick(["", "", "", ', "noexist"', ', "exist"']);
  return of("set(", storedKey(scope, map), ", ", valuePiece(scope, map), `${flag})`);
}

function valuePiece(scope: Scope, { value }: MapName): Piece {
  return literal(scope, value, 2);
}

/** The address of which prefixes are made, so that they match. */
const ADDRESS = 0x01020304;

function prefixOf(bits: number): number {
  return bits === 0 ? 0 : (ADDRESS & -1 << 32 - bits) >>> 0;
}

/** What is looked for: of a trie an address. */
export function soughtKey(scope: Scope, { kind, key }: MapName): Piece {
  const { random } = scope;
  if (kind !== "LpmTrie") return keyPiece(scope, key!);
  if (random.chance(60)) return expression("number", String(prefixOf(8 * random.below(5)) + random.below(2)));
  scope.indexes++;
  const some = randomExpression(scope, "number", 1);
  scope.indexes--;
  return expression("number", "((", some, ` & 255 | ${prefixOf(16)}) >>> 0)`);
}

/** What is stored: of a trie a prefix. */
function storedKey(scope: Scope, { kind, key }: MapName): Piece {
  const { random } = scope;
  if (kind !== "LpmTrie") return keyPiece(scope, key!);
  const bits = 8 * random.below(5);
  return place(`{ prefixlen: ${bits}, address: ${prefixOf(bits)} }`);
}

/** A key, mostly one of a few. */
function keyPiece(scope: Scope, shape: Shape): Piece {
  const { random } = scope;
  if (shape.kind === "struct") {
    const fields = shape.fields.flatMap(([name, part], i) => [
      `${i > 0 ? ", " : ""}${name}: `,
      keyPiece(scope, part),
    ]);
    return place("{ ", ...fields, " }");
  }
  if (shape.kind === "array") {
    return place("[", keyPiece(scope, shape.element), ", ", keyPiece(scope, shape.element), "]");
  }
  const kind = valueKind(shape) as ScalarKind;
  const end = kind === "bigint" ? "n" : "";
  if (random.chance(40)) return expression(kind, `${random.below(KEYS)}${end}`);
  if (random.chance(10)) return randomExpression(scope, kind, 1);
  scope.indexes++;
  const some = randomExpression(scope, kind, 1);
  scope.indexes--;
  return expression(kind, "(", some, ` & ${KEYS - 1}${end})`);
}

/** Something done with a map. */
export function mapStatement(scope: Scope, depth: number): Piece | undefined {
  const { random } = scope;
  if (!scope.hasThis || scope.maps.length === 0) return undefined;
  const map = random.pick(scope.maps);
  if (map.inner) return depth > 0 ? withInner(scope, map, depth) : undefined;
  if (random.chance(25)) {
    const piece = iterationStatement(scope, map, () => change(scope, map));
    if (piece) return piece;
  }
  if (map.kind === "RingBuffer" && random.chance(50)) return reservation(scope, map);
  if (random.chance(45)) {
    const changing = changeOf(scope, map);
    return changing && statement("", changing, ";\n");
  }
  const found = lookup(scope, map);
  if (!found) return undefined;
  const name = scope.fresh("v");
  const declared = statement(`const ${name} = `, found, ";\n");
  const isView = valueKind(foundShape(map)) === "view";
  if (!isView || random.chance(60)) return depth > 0 ? inBlock(scope, map, name, declared, depth) : undefined;
  const leaving = statement(`if (!${name}) `, answerStatement(scope));
  keep(scope, map, name);
  return { kind: "list", parts: [declared, leaving] };
}

/** What was found is there inside of a block. */
function inBlock(scope: Scope, map: MapName, name: string, declared: Piece, depth: number): Piece {
  const { random } = scope;
  const then = scope.within({}, () => {
    const count = 1 + random.below(3);
    const shape = foundShape(map);
    const kind = valueKind(shape);
    if (kind !== "view") {
      scope.declare({ name, kind, writable: false });
      return block(scope, depth - 1, count);
    }
    keep(scope, map, name);
    if (random.chance(80)) return block(scope, depth - 1, count);
    const parts = ["{\n", destructuring(scope, { name, shape }), block(scope, depth - 1, count), "}\n"];
    return { kind: "block", parts } as const;
  });
  const test = `if (${name}${random.pick([" !== undefined", ""])}) `;
  if (random.chance(50)) return { kind: "block", parts: ["{\n", declared, statement(test, then), "}\n"] };
  const otherwise = block(scope, depth - 1, 1);
  return { kind: "block", parts: ["{\n", declared, statement(test, then, "else ", otherwise), "}\n"] };
}

/** Something done with one of the maps in a map of maps. */
function withInner(scope: Scope, map: MapName, depth: number): Piece {
  const { random, maps } = scope;
  const local = scope.fresh("m");
  scope.maps = [...maps, { ...map.inner!, name: map.name, local }];
  const then = block(scope, depth - 1, 1 + random.below(3));
  scope.maps = maps;
  const declared = statement(`const ${local} = ${textOfMap(map)}.get(`, keyPiece(scope, map.key!), ");\n");
  return { kind: "block", parts: ["{\n", declared, statement(`if (${local}) `, then), "}\n"] };
}

/** There is a view from here to the end of the block. */
function keep(scope: Scope, map: MapName, name: string): void {
  scope.declareView({ name, shape: foundShape(map) });
  scope.keepViewed(map.name);
}

/** A record that is written in place. Nothing in between leaves the program but the end of the packet. */
function reservation(scope: Scope, map: MapName): Piece | undefined {
  const { value } = map;
  if (value.kind !== "struct") return undefined;
  const { random, names, hasPacket } = scope;
  const record = scope.fresh("r");
  const fields = value.fields.filter(([, field]) => valueKind(field) !== "view" && random.chance(60));
  const parts = scope.inFunction(
    { names, answer: undefined, hasPacket, hasThis: false },
    true,
    () =>
      fields.map(([field, shape]) =>
        statement(`${record}.${field} = `, randomExpression(scope, valueKind(shape) as ScalarKind, 2), ";\n")
      ),
  );
  const end = `${textOfMap(map)}.${random.pick(["submit", "submit", "discard"])}(${record});\n`;
  const then: Piece = { kind: "block", parts: ["{\n", ...parts, end, "}\n"] };
  return {
    kind: "block",
    parts: [`{\nconst ${record} = ${textOfMap(map)}.reserve();\n`, `if (${record}) `, then, "}\n"],
  };
}
