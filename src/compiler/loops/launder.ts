/**
 * Laundering: a number becomes one that the verifier knows nothing of, by an exclusive or with a zero that it does not know
 * to be one; or, where that is shorter, by a stay on the stack where the verifier does not follow it.
 *
 * @module
 */

import { type Dominators, dominatorsOf } from "../analysis/dominators.ts";
import { depthsOf } from "../analysis/loops.ts";
import { type Block, type IrFunction, type Origin, reversePostorder, type Value } from "../ir.ts";
import { contains, I32, U32 } from "../range.ts";
import { appending, type Writer } from "./writer.ts";

/** The same number, but unknown; also to the compiler, where it is a constant. */
export function launder(writer: Writer, value: Value): Value {
  const { range } = value;
  const wider = value.operation.kind === "constant" ? [U32, I32].find((one) => contains(one, range!)) : range;
  return writer.emit({ kind: "launder" }, [value], wider);
}

/** Writes out what laundering is. */
export function expandLaundering(fn: IrFunction): void {
  if (!fn.blocks.some(({ instructions }) => instructions.some(isLaundering))) return;
  fn.blocks = reversePostorder(fn);
  const dominators = dominatorsOf(fn);
  const depth = depthsOf(fn, dominators);
  const places = dominators.blocks.flatMap(({ instructions }, at) =>
    instructions.filter(isLaundering).map((value) => ({ value, at }))
  );
  const isNarrow = ({ range }: Value) => range !== undefined && contains(U32, range);
  if (
    places.length <= FEW &&
    places.every(({ value, at }) => depth[at] === 0 && isNarrow(value) && value.inputs[0].operation.kind !== "constant")
  ) {
    return places.forEach(({ value, at }) => throughStack(fn, dominators.blocks[at], value));
  }
  let above = places[0].at;
  for (const { at } of places) above = nearest(dominators, above, at);
  while (depth[above] > 0) above = dominators.parent[above];
  const laundered = places.map(({ value }) => value);
  const zero = zeroAt(fn, dominators.blocks[above], laundered[0].origin, !laundered.every(isNarrow));
  for (const value of laundered) {
    value.operation = { kind: "binary", operator: "xor", width: 64 };
    value.inputs = [value.inputs[0], zero];
  }
}

/** So many are shorter on their way through the stack, for which each takes two instructions. */
const FEW = 2;

/**
 * Puts a number on the stack and takes it back from there: in the upper half of a slot, of which the verifier knows at most
 * whether it is zero. It then also asks no more what the number was computed from.
 */
function throughStack(fn: IrFunction, block: Block, value: Value): void {
  const [entry] = fn.blocks;
  const before = (into: Block, instructions: Value[], at: number) => into.instructions.splice(at, 0, ...instructions);
  const slots: Value[] = [];
  const stores: Value[] = [];
  const slot = appending(fn, { ...entry, instructions: slots }, value.origin).emit({ kind: "stackSlot", size: 8 });
  appending(fn, { ...block, instructions: stores }, value.origin)
    .emit({ kind: "store", size: 4, offset: 4, region: "stack" }, [slot, value.inputs[0]]);
  before(block, stores, block.instructions.indexOf(value));
  before(entry, slots, 0);
  value.operation = { kind: "load", size: 4, signed: false, offset: 4, region: "stack" };
  value.inputs = [slot];
}

/** The nearest block on all ways to both. */
function nearest({ parent }: Dominators, a: number, b: number): number {
  while (a !== b) {
    if (a > b) a = parent[a];
    else b = parent[b];
  }
  return a;
}

/**
 * A zero that the verifier does not know to be one, before all that needs it in a block. It follows numbers on the stack, but
 * not what is left of one after a byte of it was overwritten: here the upper half of 1, on the machines that the runtimes run
 * on, which are little-endian. For words of 64 bits it is doubled.
 */
function zeroAt(fn: IrFunction, block: Block, origin: Origin | undefined, isWide: boolean): Value {
  const [entry] = fn.blocks;
  const constants: Value[] = [];
  const instructions: Value[] = [];
  const first = appending(fn, { ...entry, instructions: constants }, origin);
  const writer = appending(fn, { ...block, instructions }, origin);
  const slot = first.emit({ kind: "stackSlot", size: 8 });
  const one = first.constant(1n);
  writer.emit({ kind: "store", size: 8, offset: 0, region: "stack" }, [slot, one]);
  writer.emit({ kind: "store", size: 1, offset: 0, region: "stack" }, [slot, one]);
  const zero = writer.emit({ kind: "load", size: 4, signed: false, offset: 4, region: "stack" }, [slot], U32);
  const wide = isWide ? doubled(writer, zero, first.constant(32n)) : zero;
  if (block === entry) {
    // What is laundered in the entry itself comes after it.
    const at = entry.instructions.findIndex(isLaundering);
    entry.instructions.splice(at < 0 ? entry.instructions.length : at, 0, ...constants, ...instructions);
  } else {
    entry.instructions.push(...constants);
    block.instructions.unshift(...instructions);
  }
  return wide;
}

function isLaundering({ operation }: Value): boolean {
  return operation.kind === "launder";
}

/** A zero of 64 bits from one of 32. */
function doubled(writer: Writer, zero: Value, half: Value): Value {
  const upper = writer.emit({ kind: "binary", operator: "shl", width: 64 }, [zero, half]);
  return writer.emit({ kind: "binary", operator: "or", width: 64 }, [upper, zero]);
}
