/**
 * Methods of maps without keys: queues, stacks, Bloom filters, and records that come from user space.
 *
 * @module
 */

import { helperId } from "../../bytecode/mod.ts";
import { ErrorCode } from "../../errors.ts";
import type { IrFunction, Value } from "../ir.ts";
import { BlockWriter } from "../loops/writer.ts";
import type { Copies } from "./context.ts";
import { callHelper, demandGiven, isSuccess } from "./map_elements.ts";
import type { MapCall, MapMethods } from "./maps.ts";
import { known, type Operand, UNDEFINED } from "./operand.ts";
import { placeAt } from "./place.ts";
import { bytesOf, scratch } from "./scratch.ts";
import { readPlace } from "./views.ts";

/** Values in a row. */
export const QUEUE: MapMethods = {
  push: (call) => isSuccess(call.context, push(call, flagOf(call))),
  pop: (call) => copied(call, "pop"),
  peek: (call) => copied(call, "peek"),
};

/** Whether values were added. */
export const BLOOM_FILTER: MapMethods = {
  add: (call) => isSuccess(call.context, push(call, 0n)),
  has: (call) => isSuccess(call.context, callHelper(call, "map_peek_elem", [valueOf(call)])),
};

/** Records that user space writes. */
export const USER_RING_BUFFER: MapMethods = {
  take: (call) => taken(call),
};

/** `BPF_EXIST`, from include/uapi/linux/bpf.h: makes room by dropping the oldest value. */
const MAKE_ROOM = 2n;

function push(call: MapCall, flag: bigint): Value {
  return callHelper(call, "map_push_elem", [valueOf(call), call.context.builder.constant(flag)]);
}

function valueOf({ context, map, operands: [value = UNDEFINED], span }: MapCall): Value {
  demandGiven(context, map, value, "value", span);
  return bytesOf(context, map.valueType!, value, "value", span);
}

function flagOf({ context, operands: [, flag = UNDEFINED], span }: MapCall): bigint {
  const given = flag.kind === "static" ? flag.value : flag;
  if (given === undefined) return 0n;
  if (given === "replace") return MAKE_ROOM;
  return context.fail(ErrorCode.TypeMismatch, span, "Cannot push with this flag", 'Use "replace", or none');
}

/** The value at hand, copied to the stack; undefined if there is none. */
function copied(call: MapCall, how: "pop" | "peek"): Operand {
  const { context: { builder } } = call;
  const copies = copiesOf(call, how);
  const address = stackOf(call, how);
  const result = callHelper(call, `map_${how}_elem`, [address]);
  return ifAny(call, copies, address, ["eq", result, builder.constant(0n)]);
}

/** The oldest record, copied to the stack by a function that the kernel calls with it; undefined if there is none. */
function taken(call: MapCall): Operand {
  const { context: { builder }, map } = call;
  const copies = copiesOf(call, "take", () => copier(map.reference.name, map.valueType!.size));
  const address = stackOf(call, "take");
  // A record that is too short is not copied at all.
  for (let offset = 0; offset < map.valueType!.size; offset += 8) {
    builder.emit({ kind: "store", size: 8, offset, region: "stack" }, [address, builder.constant(0n)]);
  }
  const callback = builder.emit({ kind: "functionAddress", callee: copies.callback! });
  const result = callHelper(call, "user_ringbuf_drain", [callback, address, builder.constant(0n)]);
  return ifAny(call, copies, address, ["sgt", result, builder.constant(0n)]);
}

function stackOf({ context, map, span }: MapCall, how: string): Value {
  const uses = [...context.copies.keys()].indexOf(map.reference);
  return scratch(context, `${how} ${uses}`, map.valueType!.size, span);
}

/** What stands for the map's copies; the ones before must not be used any more. */
function copiesOf({ context, map: { reference } }: MapCall, how: string, callback?: () => IrFunction): Copies {
  let copies = context.copies.get(reference);
  if (!copies) context.copies.set(reference, copies = { name: reference.name, callback: callback?.() });
  context.builder.endViews(copies, `${how}() has put another one in its place`);
  return copies;
}

function ifAny(
  { context, map, span }: MapCall,
  copies: Copies,
  address: Value,
  [comparison, left, right]: readonly ["eq" | "sgt", Value, Value],
): Operand {
  const { builder } = context;
  const [found, missing, join] = [builder.label(), builder.label(), builder.label()];
  builder.branch(comparison, left, right, found, missing);
  builder.place(found);
  const loans = [{ map: copies, since: builder.tick(), kind: "copy" as const }];
  builder.goto(join, readPlace(context, { ...placeAt(map.valueType!, "stack", address, 0, 8), loans }, span));
  builder.place(missing);
  builder.goto(join, known(undefined));
  return builder.place(join) ?? UNDEFINED;
}

/** `int copy(struct bpf_dynptr *record, void *to)`: copies one record, and wants no more. */
function copier(name: string, size: number): IrFunction {
  const fn: IrFunction = { name: `take_${name}`, blocks: [], nextId: 0 };
  const writer = new BlockWriter(fn, undefined);
  const record = writer.emit({ kind: "argument", index: 0 });
  const to = writer.emit({ kind: "argument", index: 1 });
  const [length, zero] = [writer.constant(BigInt(size)), writer.constant(0n)];
  writer.emit({ kind: "call", callee: helperId("dynptr_read") }, [to, length, record, zero, zero]);
  writer.return(1n);
  return fn;
}
