/**
 * Methods of maps with keys and values, as calls of the kernel's helpers.
 *
 * @module
 */

import { helperId } from "../../bytecode/mod.ts";
import { ErrorCode } from "../../errors.ts";
import type { Span } from "../../syntax/ast.ts";
import type { Value } from "../ir.ts";
import { BIT } from "../range.ts";
import type { MapShape } from "../unit.ts";
import { withDefault } from "./choices.ts";
import { lowerBoolean } from "./conditions.ts";
import type { Context } from "./context.ts";
import type { Laid } from "./kept.ts";
import type { MapCall, MapMethods } from "./maps.ts";
import { deleteHere, refuseNew, setHere } from "./map_iterations.ts";
import { type Operand, UNDEFINED } from "./operand.ts";
import { placeAt } from "./place.ts";
import { prefixOf } from "./prefixes.ts";
import { bytesOf, entryBytes } from "./scratch.ts";
import { readPlace } from "./views.ts";

/** The kernel's flags for updates (include/uapi/linux/bpf.h), by the names that users give. */
const FLAGS: ReadonlyMap<unknown, bigint> = new Map([[undefined, 0n], ["noexist", 1n], ["exist", 2n]]);

/** Elements at an index: they stay where they are, whatever is stored. */
export const ARRAY: MapMethods = {
  get: (call) => elementZero(call) ?? look(call),
  set: (call) => set(call),
  has: (call) => has(call),
};

/** As {@linkcode ARRAY}: the kernel tells each CPU another address. */
export const PER_CPU_ARRAY: MapMethods = { ...ARRAY, get: (call) => look(call, keyOf(call)) };

/** Entries by key: storing and deleting may give the memory of one to another. */
export const HASH: MapMethods = {
  get: (call) => look(call),
  set(call) {
    const stored = setHere(call) ?? set(call);
    endViews(call, "set()");
    return stored;
  },
  has: (call) => has(call),
  delete(call) {
    deleteHere(call);
    const result = callHelper(call, "map_delete_elem", [keyOf(call)]);
    endViews(call, "delete()");
    return isSuccess(call.context, result);
  },
  getOrInsert(call) {
    refuseNew(call, "getOrInsert");
    return getOrInsert(call);
  },
};

/** As {@linkcode HASH}: whatever is new may take the memory of what is old. */
export const LRU_HASH: MapMethods = {
  ...HASH,
  getOrInsert(call) {
    refuseNew(call, "getOrInsert");
    endViews(call, "getOrInsert()");
    return getOrInsert(call);
  },
};

/** Entries by prefix: what is found has another key than what was asked for. */
export const TRIE: MapMethods = { get: HASH.get, set: HASH.set, has: HASH.has, delete: HASH.delete };

/** Views that were looked up before must not be used from here on (rule 16). */
export function endViews({ context: { builder }, map: { reference } }: MapCall, what: string): void {
  builder.endViews(reference, `${what} of ${reference.name}`);
}

/** The key on the stack: the first argument. */
export function keyOf(call: MapCall): Value {
  const { type, operand } = keyToLay(call);
  return bytesOf(call.context, type, operand, "key", call.span);
}

function keyToLay({ context, map, operands: [key = UNDEFINED], span }: MapCall): Laid {
  demandGiven(context, map, key, "key", span);
  return { type: map.keyType!, operand: map.kind === "lpmTrie" ? prefixOf(context, map, key, span) : key };
}

/** A value on the stack: the second argument. */
function valueOf(call: MapCall): Value {
  const { type, operand } = valueToLay(call);
  return bytesOf(call.context, type, operand, "value", call.span);
}

function valueToLay({ context, map, operands: [, value = UNDEFINED], span }: MapCall): Laid {
  demandGiven(context, map, value, "value", span);
  return { type: map.valueType!, operand: value };
}

export function demandGiven(
  context: Context,
  map: MapShape,
  operand: Operand,
  what: "key" | "value",
  span: Span,
): void {
  if (operand.kind !== "static" || operand.value !== undefined) return;
  context.fail(
    ErrorCode.TypeMismatch,
    span,
    `Cannot use the map ${map.reference.name} without a ${what}`,
    `Give the ${what}: ${map[`${what}Type`]!.kind === "scalar" ? "a number or a bigint" : "an object with its fields"}`,
  );
}

/** Calls a helper whose first argument is the map. */
export function callHelper(call: MapCall, name: string, inputs: readonly Value[]): Value {
  const { context: { builder }, map } = call;
  const reference = call.address ?? builder.emit({ kind: "mapReference", map: map.reference });
  return builder.emit({ kind: "call", callee: helperId(name) }, [reference, ...inputs]);
}

/** The address of a key's value, or null. */
export function addressOf(call: MapCall, key: Value = keyOf(call)): Value {
  return callHelper(call, "map_lookup_elem", [key]);
}

/** The value of a key: undefined if it is not there. */
export function look(call: MapCall, key: Value = keyOf(call)): Operand {
  const { context, map, span } = call;
  return ifFound(context, addressOf(call, key), (address) => {
    const loans = [{ map: map.reference, since: context.builder.tick() }];
    const place = placeAt(map.foundType!, "map", address, 0, 8);
    return readPlace(context, { ...place, loans, isOwn: map.isPerCpu }, span);
  });
}

/**
 * What is found at an address, or something else, `undefined` as a rule, if it is null. The verifier wants the test with all 64 bits, and nothing
 * computed from the address before it.
 */
export function ifFound(
  { builder }: Context,
  address: Value,
  read: (address: Value) => Operand,
  otherwise: Operand = UNDEFINED,
): Operand {
  const [found, missing, join] = [builder.label(), builder.label(), builder.label()];
  builder.branch("ne", address, builder.constant(0n), found, missing);
  builder.place(found);
  builder.goto(join, read(address));
  builder.place(missing);
  builder.goto(join, otherwise);
  return builder.place(join) ?? otherwise;
}

/** The only element of an array can be addressed without a lookup. */
function elementZero({ context, map, address, operands: [index], span }: MapCall): Operand | undefined {
  if (address || map.maxEntries !== 1 || index?.kind !== "static" || index.value !== 0) return undefined;
  const base = context.builder.emit({ kind: "mapValue", map: map.reference, offset: 0 });
  return readPlace(context, placeAt(map.foundType!, "map", base, 0, 8), span);
}

/** Whether a key is there. */
export function has(call: MapCall): Operand {
  const { context, context: { builder } } = call;
  const address = addressOf(call, keyOf(call));
  return lowerBoolean(context, (yes, no) => builder.branch("ne", address, builder.constant(0n), yes, no));
}

function set(call: MapCall): Operand {
  const { context, operands: [, , flag = UNDEFINED], span } = call;
  const entry = entryBytes(context, keyToLay(call), valueToLay(call), span);
  return isSuccess(context, update(call, entry, flagOf(call, flag)));
}

function update(call: MapCall, entry: readonly [key: Value, value: Value], flag: bigint): Value {
  return callHelper(call, "map_update_elem", [...entry, call.context.builder.constant(flag)]);
}

export function flagOf({ context, span }: MapCall, operand: Operand): bigint {
  const flag = operand.kind === "static" ? FLAGS.get(operand.value) : undefined;
  return flag ?? context.fail(
    ErrorCode.TypeMismatch,
    span,
    "Cannot store with this flag",
    'Use "noexist" or "exist", or none',
  );
}

/** Looks up; if there is nothing, stores the initial value unless another CPU was faster, and looks up again. */
export function getOrInsert(call: MapCall): Operand {
  const key = keyOf(call);
  return withDefault(call.context, look(call, key), () => {
    update(call, [key, valueOf(call)], FLAGS.get("noexist")!);
    return look(call, key);
  });
}

/** Helpers answer 0, or a negative number: the sign says which. */
export function isSuccess(context: Context, result: Value): Operand {
  const { builder } = context;
  const binary = (operator: "lshr" | "xor", left: Value, right: bigint) =>
    builder.emit({ kind: "binary", operator, width: 64 }, [left, builder.constant(right)], BIT);
  return context.word("boolean", binary("xor", binary("lshr", result, 63n), 1n), BIT);
}
