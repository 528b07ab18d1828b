/**
 * A function that loops are taken out of, and what is remembered of it from one loop to the next.
 *
 * @module
 */

import type { IrFunction, Value } from "../ir.ts";
import type { Place } from "./environment.ts";

export interface Host {
  readonly fn: IrFunction;
  /** The struct that the function was given, if it is a callback itself. */
  readonly struct: Value | undefined;
  /** What it has loaded from there and does not change: functions inside can do so, too. */
  readonly inherited: ReadonlyMap<Value, Place>;
  /** Values that hold pointers without showing it. */
  readonly pointers: Set<Value>;
  /** The stack slot for the structs of its loops, one after the other. */
  slot?: Value;
}

export function mainHost(fn: IrFunction): Host {
  return { fn, struct: undefined, inherited: new Map(), pointers: new Set() };
}

/** The address of a struct of so many bytes: the loops of a function share one, for they run one after the other. */
export function structIn(host: Host, size: number): Value {
  const { fn } = host;
  if (!host.slot) {
    host.slot = {
      id: fn.nextId++,
      operation: { kind: "stackSlot", size },
      inputs: [],
      origin: undefined,
      range: undefined,
    };
    fn.blocks[0].instructions.unshift(host.slot);
  }
  const { operation } = host.slot;
  if (operation.kind === "stackSlot" && operation.size < size) host.slot.operation = { kind: "stackSlot", size };
  return host.slot;
}
