/**
 * Which values are pointers, as far as one can tell: the verifier lets them be kept on the stack only whole.
 *
 * @module
 */

import { eachEdge, type Edge, type IrFunction, type Operation, type Value } from "../ir.ts";
import type { Range } from "../range.ts";

const SOURCES: ReadonlySet<Operation["kind"]> = new Set([
  "context",
  "argument",
  "packetStart",
  "packetEnd",
  "packetMeta",
  "mapValue",
  "mapReference",
  "element",
  "stackSlot",
  "functionAddress",
  // Many helpers give pointers.
  "call",
]);

/** The values that may be pointers. `known` are some that no operation shows to be. */
export function pointersOf(fn: IrFunction, known: Iterable<Value> = []): Set<Value> {
  const pointers = new Set(known);
  for (let before = -1; before !== pointers.size;) {
    before = pointers.size;
    for (const block of fn.blocks) {
      for (const value of block.instructions) if (isPointer(value, pointers)) pointers.add(value);
      eachEdge(block, bring);
    }
  }
  return pointers;

  function bring({ block, arguments: values }: Edge): void {
    for (let i = 0; i < values.length; i++) if (pointers.has(values[i])) pointers.add(block.parameters[i]);
  }
}

/** The parameters of blocks that pointers are brought to, too: such a number may tell which pointer it is, or that it is none. */
export function besidePointers({ blocks }: IrFunction, pointers: ReadonlySet<Value>): Set<Value> {
  const beside = blocks.flatMap(({ parameters }) => parameters.some((one) => pointers.has(one)) ? parameters : []);
  return new Set(beside);
}

/** A pointer plus a number is one, the distance between two is none. What has a range is a number. */
function isPointer({ operation, inputs, range }: Value, pointers: ReadonlySet<Value>): boolean {
  if (operation.kind === "bounded") return pointers.has(inputs[0]);
  if (operation.kind !== "binary") return SOURCES.has(operation.kind) && !isWord(operation, range);
  const { operator, width } = operation;
  if (width !== 64 || operator !== "add" && operator !== "sub") return false;
  const [left, right] = [pointers.has(inputs[0]), pointers.has(inputs[1])];
  return operator === "add" ? left || right : left !== right;
}

/** Functions of the program give words, and take them but for what is a pointer in all of them. */
function isWord(operation: Operation, range: Range | undefined): boolean {
  if (operation.kind === "call") return range !== undefined || typeof operation.callee !== "number";
  return operation.kind === "argument" && range !== undefined;
}
