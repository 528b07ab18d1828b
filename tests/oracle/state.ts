/**
 * What programs leave behind besides the packet: their shared variables and maps, wherever these are now.
 *
 * @module
 */

import { type ArrayMap, BpfMap, Queue, RingBuffer, Stack, type XDP } from "../../mod.ts";
import { EntryMap } from "../../src/maps/entries.ts";
import { ReferenceMap } from "../../src/maps/reference_map.ts";
import { binding } from "../../src/maps/map.ts";
import { type Entries, makeBytes } from "../../src/maps/store.ts";
import { globals, memory } from "../../src/program/memory.ts";

/** Variables and maps at one moment. */
export interface State {
  readonly variables: Uint8Array;
  /** By the fields' names: of maps with keys the bytes of their entries (on the first processor), of others their values, the next one first. */
  readonly maps: ReadonlyMap<string, readonly unknown[]>;
}

/** The bytes of an object's shared variables. */
export function bytesOf(program: XDP): Uint8Array {
  const { buffer, byteOffset } = program[globals];
  return new Uint8Array(buffer, byteOffset, program[memory].globals.size);
}

/** What is there now. Queues and stacks are empty afterwards: what they hold can only be taken out. */
export function stateOf(program: XDP): State {
  const maps = mapsOf(program).map(([name, map]) => [name, contentsOf(map)] as const);
  return { variables: bytesOf(program).slice(), maps: new Map(maps) };
}

/** Makes everything as it was. */
export function restore(program: XDP, { variables, maps }: State): void {
  bytesOf(program).set(variables);
  for (const [name, map] of mapsOf(program)) fill(map, maps.get(name)!);
}

/** How two states differ, in words; `undefined` if they do not. */
export function differenceOfStates(actual: State, expected: State): string | undefined {
  const offset = firstDifference(actual.variables, expected.variables);
  if (offset !== undefined) {
    return `variables differ at byte ${offset}: [${actual.variables}], JavaScript [${expected.variables}]`;
  }
  for (const [name, contents] of expected.maps) {
    const [mine, theirs] = [textOf(actual.maps.get(name)!), textOf(contents)];
    if (mine !== theirs) return `${name} has ${mine}, JavaScript ${theirs}`;
  }
}

/** Where bytes differ first. */
export function firstDifference(a: Uint8Array, b: Uint8Array): number | undefined {
  const length = Math.max(a.length, b.length);
  for (let i = 0; i < length; i++) if (a[i] !== b[i]) return i;
  return undefined;
}

function mapsOf(program: XDP): [string, BpfMap][] {
  return Object.entries(program).filter((field): field is [string, BpfMap] => field[1] instanceof BpfMap);
}

/** An entry's bytes. */
type Entry = readonly [key: Uint8Array<ArrayBuffer>, value: Uint8Array<ArrayBuffer>];

/** What is in one of the maps of a map of maps. */
class Inner {
  readonly contents: readonly unknown[];

  constructor(contents: readonly unknown[]) {
    this.contents = contents;
  }
}

function innerMaps(map: ReferenceMap<number, BpfMap>): readonly BpfMap[] {
  return [...map.values()];
}

function contentsOf(map: BpfMap): readonly unknown[] {
  if (map instanceof Queue || map instanceof Stack) return map.drain();
  if (map instanceof RingBuffer) return [...map.drain(), `${map.dropped} dropped`];
  if (map instanceof ReferenceMap) return innerMaps(map).map((inner) => new Inner(contentsOf(inner)));
  return [...map[binding].store.entries()].flatMap((entries) => entriesOf(map, entries));
}

function entriesOf(map: BpfMap, { count, keys, values }: Entries): Entry[] {
  const { keyCodec, valueSize: shown, store: { valueSize } } = map[binding];
  const { size } = keyCodec!;
  return Array.from(
    { length: count },
    (_, i): Entry => [keys.slice(i * size, (i + 1) * size), values.slice(i * valueSize, i * valueSize + shown)],
  );
}

function fill(map: BpfMap, contents: readonly unknown[]): void {
  if (map instanceof Queue || map instanceof Stack) {
    map.drain();
    for (const value of map instanceof Stack ? contents.toReversed() : contents) map.push(value);
    return;
  }
  if (map instanceof RingBuffer) {
    map.drain();
    (map[binding] as unknown as { readonly dropped: ArrayMap<bigint> }).dropped.set(0, 0n);
    return;
  }
  if (map instanceof ReferenceMap) {
    return innerMaps(map).forEach((inner, i) => fill(inner, (contents[i] as Inner).contents));
  }
  if (map instanceof EntryMap) map.clear();
  const { store } = map[binding];
  for (const [key, value] of contents as readonly Entry[]) {
    const bytes = makeBytes(store.valueSize);
    bytes.set(value);
    store.update(key, bytes, 0);
  }
}

/** Entries are in no order. */
function textOf(contents: readonly unknown[]): string {
  const texts = contents.map((one) =>
    one instanceof Inner ? textOf(one.contents) : JSON.stringify(one, (_, value) => plain(value))
  );
  return `[${(Array.isArray(contents[0]) ? texts.sort() : texts).join(", ")}]`;
}

function plain(value: unknown): unknown {
  if (typeof value === "bigint") return `${value}n`;
  return value instanceof Uint8Array ? value.toHex() : value;
}
