/**
 * The kernel's helpers for maps, as the interpreter of the intermediate representation needs them: on the maps of a program
 * that is in this process.
 *
 * @module
 */

import { type BpfMap, Queue, Stack } from "../../mod.ts";
import { helperId } from "../../src/bytecode/helpers.ts";
import type { MapReference } from "../../src/bytecode/instruction.ts";
import { EbpfError } from "../../src/errors.ts";
import { binding } from "../../src/maps/map.ts";
import { makeBytes, type UpdateFlags } from "../../src/maps/store.ts";
import { type Element, type Memory, UnknownHelper } from "../compiler/interpret.ts";

type Helper = (map: BpfMap, inputs: readonly bigint[], memory: Memory) => bigint;

/** What helpers answer that have failed: which error it was, no program asks. */
const FAILED = -1n;

const KEYED: Readonly<Record<string, Helper>> = {
  map_lookup_elem(map, [key], memory) {
    const found = map[binding].store.live(memory.bytes(key, sizesOf(map).key));
    if (!found) return 0n;
    const { buffer, byteOffset, byteLength } = found.view;
    return memory.place("entry", new Uint8Array(buffer, byteOffset, byteLength));
  },
  map_update_elem(map, [key, value, flags], memory) {
    const { store } = map[binding];
    const sizes = sizesOf(map);
    const given = makeBytes(store.valueSize);
    given.set(memory.bytes(value, sizes.value));
    return answer(() => store.update(memory.bytes(key, sizes.key).slice(), given, Number(flags) as UpdateFlags));
  },
  map_delete_elem: (map, [key], memory) => answer(() => map[binding].store.delete(memory.bytes(key, sizesOf(map).key))),
};

const LISTED: Readonly<Record<string, Helper>> = {
  map_push_elem(map, [value, flags], memory) {
    const bytes = memory.bytes(value, sizesOf(map).value).slice();
    const x = map[binding].valueCodec!.decode(new DataView(bytes.buffer), 0);
    return answer(() => (map as Queue<unknown>).push(x, flags === 0n ? undefined : "replace"));
  },
  map_pop_elem: (map, inputs, memory) => taken(map, (map as Queue<unknown>).pop(), inputs, memory),
  map_peek_elem: (map, inputs, memory) => taken(map, (map as Queue<unknown>).peek(), inputs, memory),
};

const HELPERS = (table: Readonly<Record<string, Helper>>) =>
  new Map(Object.entries(table).map(([name, helper]) => [helperId(name), helper]));
const [keyed, listed] = [KEYED, LISTED].map(HELPERS);

/** Calls a helper. */
export function help(helper: number, reference: MapReference, inputs: readonly bigint[], memory: Memory): bigint {
  const map = reference as BpfMap;
  const found = (map instanceof Queue || map instanceof Stack ? listed : keyed).get(helper);
  if (!found) throw new UnknownHelper(`there is no helper ${helper} here`);
  return found(map, inputs, memory);
}

/** The elements that a map has when one begins, as far as they are there when it is their turn. */
export function* elements(reference: MapReference, memory: Memory): Generator<Element, void> {
  const { store } = (reference as BpfMap)[binding];
  const { key: size } = sizesOf(reference as BpfMap);
  const all = [...store.entries()].flatMap(({ count, keys }) =>
    Array.from({ length: count }, (_, i) => keys.slice(i * size, (i + 1) * size))
  );
  for (const key of all) {
    const found = store.live(key);
    if (!found) continue;
    const { buffer, byteOffset, byteLength } = found.view;
    yield {
      key: memory.place("key", key),
      value: memory.place("entry", new Uint8Array(buffer, byteOffset, byteLength)),
    };
  }
}

function sizesOf(map: BpfMap): { readonly key: number; readonly value: number } {
  const { keyCodec, valueCodec } = map[binding];
  return { key: keyCodec?.size ?? 0, value: valueCodec!.size };
}

function taken(map: BpfMap, x: unknown, [to]: readonly bigint[], memory: Memory): bigint {
  const { valueCodec } = map[binding];
  const bytes = memory.bytes(to, valueCodec!.size);
  bytes.fill(0);
  if (x === undefined) return FAILED;
  valueCodec!.encode(x, new DataView(bytes.buffer, bytes.byteOffset, bytes.length), 0);
  return 0n;
}

function answer(attempt: () => boolean): bigint {
  try {
    return attempt() ? 0n : FAILED;
  } catch (error) {
    // A full map is an error of user space.
    if (error instanceof EbpfError) return FAILED;
    throw error;
  }
}
