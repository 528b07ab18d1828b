/**
 * Where a function finds its scratch memory: it looks the element up when it begins, once.
 *
 * @module
 */

import { helperId } from "../../bytecode/helpers.ts";
import { type Block, type IrFunction, makeBlock, type Operation, type Value } from "../ir.ts";
import { appending } from "../loops/writer.ts";
import type { ScratchMap } from "./map.ts";

/** What is there from the start, and computed from nothing. */
const INITIAL: ReadonlySet<Operation["kind"]> = new Set([
  "context",
  "argument",
  "constant",
  "stackSlot",
  "mapValue",
  "mapReference",
  "functionAddress",
]);
/** Keys of arrays have so many bytes. */
const KEY = 4;
const LOOKUP = helperId("map_lookup_elem");

/** The address of the element in a function; looked up at the first call. */
export function baseOf(fn: IrFunction, scratch: ScratchMap): Value {
  return known(fn, scratch) ?? look(fn, scratch);
}

function known({ blocks: [entry] }: IrFunction, scratch: ScratchMap): Value | undefined {
  return entry.instructions.find(({ operation, inputs: [map] }) =>
    operation.kind === "call" && map?.operation.kind === "mapReference" && map.operation.map === scratch
  );
}

/**
 * The element is always there, but the verifier wants to see it looked for: without it the function ends at once, which
 * never happens.
 */
function look(fn: IrFunction, scratch: ScratchMap): Value {
  const [entry] = fn.blocks;
  const { instructions, terminator } = entry;
  const origin = instructions.find((value) => value.origin)?.origin ?? terminator!.origin;
  const rest: Block = {
    id: fn.nextId++,
    parameters: [],
    instructions: instructions.filter(({ operation }) => !INITIAL.has(operation.kind)),
    terminator,
  };
  fn.blocks.splice(1, 0, rest);
  entry.instructions = instructions.filter(({ operation }) => INITIAL.has(operation.kind));
  const writer = appending(fn, entry, origin);
  const zero = writer.constant(0n);
  const key = writer.emit({ kind: "stackSlot", size: KEY });
  writer.emit({ kind: "store", size: KEY, offset: 0, region: "stack" }, [key, zero]);
  const map = writer.emit({ kind: "mapReference", map: scratch });
  const base = writer.emit({ kind: "call", callee: LOOKUP }, [map, key]);
  const missing = makeBlock(fn);
  missing.terminator = { kind: "return", value: appending(fn, missing, origin).constant(0n), origin };
  entry.terminator = {
    kind: "branch",
    comparison: "ne",
    width: 64,
    left: base,
    right: zero,
    then: { block: rest, arguments: [] },
    else: { block: missing, arguments: [] },
    origin,
  };
  return base;
}
