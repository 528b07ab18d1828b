/**
 * Laundering: a number becomes one that the verifier knows nothing of, by an exclusive or with a zero that it does not know
 * to be one.
 *
 * @module
 */

import type { IrFunction, Value } from "../ir.ts";
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
  const laundered = fn.blocks.flatMap(({ instructions }) => instructions)
    .filter(({ operation }) => operation.kind === "launder");
  if (laundered.length === 0) return;
  const entry = fn.blocks[0];
  const behind = entry.instructions.findLastIndex(({ operation: { kind } }) =>
    kind === "argument" || kind === "context"
  );
  const rest = entry.instructions.splice(behind + 1);
  const writer = appending(fn, entry, laundered[0].origin);
  const narrow = unknownZero(writer);
  const isNarrow = ({ range }: Value) => range !== undefined && contains(U32, range);
  const wide = laundered.every(isNarrow) ? narrow : doubled(writer, narrow);
  entry.instructions.push(...rest);
  for (const value of laundered) {
    value.operation = { kind: "binary", operator: "xor", width: 64 };
    value.inputs = [value.inputs[0], isNarrow(value) ? narrow : wide];
  }
}

/**
 * A zero of 32 bits. The verifier follows numbers on the stack, but not what is left of one after a byte of it was
 * overwritten: here the upper half of 1, on the machines that the runtimes run on, which are little-endian.
 */
function unknownZero(writer: Writer): Value {
  const slot = writer.emit({ kind: "stackSlot", size: 8 });
  const one = writer.constant(1n);
  writer.emit({ kind: "store", size: 8, offset: 0, region: "stack" }, [slot, one]);
  writer.emit({ kind: "store", size: 1, offset: 0, region: "stack" }, [slot, one]);
  return writer.emit({ kind: "load", size: 4, signed: false, offset: 4, region: "stack" }, [slot], U32);
}

/** A zero of 64 bits from one of 32. */
function doubled(writer: Writer, zero: Value): Value {
  const upper = writer.emit({ kind: "binary", operator: "shl", width: 64 }, [zero, writer.constant(32n)]);
  return writer.emit({ kind: "binary", operator: "or", width: 64 }, [upper, zero]);
}
