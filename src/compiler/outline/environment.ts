/**
 * The memory that a loop's callback shares with the function that runs it: a struct on that function's stack.
 *
 * What the verifier knows of a number on the stack it knows anew in each turn, and so follows a counter through all its
 * turns. Numbers that change are therefore laid down such that it takes them for unknown; then one turn stands for all.
 * It follows whole slots and lower halves: a number of 32 bits has an upper half, one of 64 bits begins as two halves.
 *
 * @module
 */

import type { Value } from "../ir.ts";
import { contains, I32, type Range, U32 } from "../range.ts";
import type { Writer } from "./writer.ts";

/** Bytes of a slot: all are the same, because only aligned accesses to the stack are taken. */
const SLOT = 8;
/** Where the upper half begins. */
const UPPER = 4;

/** A value's place in the struct. `whole`: the verifier may know what it knows; it must, of pointers. */
export interface Place {
  readonly offset: number;
  readonly form: "whole" | "word" | "unsigned" | "signed";
  readonly range: Range | undefined;
}

/** The struct of one loop, while it is laid out. */
export class Environment {
  #size = 0;

  /** Bytes so far. */
  get size(): number {
    return this.#size;
  }

  /** A place for what the verifier may follow: pointers, and numbers that do not change. */
  whole({ range }: Value): Place {
    return this.#add("whole", range);
  }

  /** A place for what each turn may change. */
  changing(value: Pick<Value, "range">, isPointer: boolean): Place {
    return this.#add(isPointer ? "whole" : formOf(value.range), value.range);
  }

  #add(form: Place["form"], range: Range | undefined): Place {
    const offset = this.#size;
    this.#size += SLOT;
    return { offset, form, range };
  }
}

function formOf(range: Range | undefined): Place["form"] {
  if (range && contains(U32, range)) return "unsigned";
  return range && contains(I32, range) ? "signed" : "word";
}

export function load(writer: Writer, struct: Value, { offset, form, range }: Place): Value {
  const access = isHalf(form) ? { size: 4, offset: offset + UPPER } as const : { size: SLOT, offset } as const;
  return writer.emit({ kind: "load", ...access, signed: form === "signed", region: "stack" }, [struct], range);
}

export function store(writer: Writer, struct: Value, { offset, form }: Place, value: Value): void {
  if (isHalf(form)) writer.store(struct, 4, offset + UPPER, value);
  else writer.store(struct, SLOT, offset, value);
}

/** Stores what a place holds before the first turn, which the verifier must not know more of than of later turns. */
export function storeFirst(writer: Writer, struct: Value, place: Place, value: Value): void {
  const { offset, form } = place;
  const { operation } = value;
  if (form === "word") {
    writer.store(struct, 4, offset, value);
    writer.store(struct, 4, offset + UPPER, upperHalf(writer, value));
  } else if (isHalf(form) && operation.kind === "constant" && operation.value === 0n) {
    // Bytes of zero are followed each on its own, unless they stem from a whole slot that was broken up.
    writer.store(struct, SLOT, offset, value);
    writer.store(struct, 1, offset, writer.constant(1n));
  } else store(writer, struct, place, value);
}

function isHalf(form: Place["form"]): boolean {
  return form === "unsigned" || form === "signed";
}

function upperHalf(writer: Writer, value: Value): Value {
  const { operation } = value;
  if (operation.kind === "constant") return writer.constant(BigInt.asIntN(32, operation.value >> 32n));
  return writer.emit({ kind: "binary", operator: "lshr", width: 64 }, [value, writer.constant(32n)]);
}
