/**
 * The memory that a loop's callback shares with the function that runs it: a struct on that function's stack.
 *
 * What the verifier knows of a number on the stack it knows anew in each turn, and so would follow a counter through all its
 * turns. Numbers that change begin as unknown ones, therefore; then one turn stands for all. Those of 32 bits are in upper
 * halves of slots, of which nothing is followed at all.
 *
 * @module
 */

import type { Value } from "../ir.ts";
import { contains, I32, type Range, U32 } from "../range.ts";
import { launder } from "./launder.ts";
import type { Writer } from "./writer.ts";

/** Bytes of a slot: all are the same, because only aligned accesses to the stack are taken. */
const SLOT = 8;
/** Where the upper half begins. */
const UPPER = 4;

/** A value's place in the struct. */
export interface Place {
  readonly offset: number;
  readonly form: "whole" | "unsigned" | "signed";
  readonly range: Range | undefined;
  /** Whether it may become another number, but no pointer. */
  readonly changes: boolean;
}

/** The struct of one loop, while it is laid out. */
export class Environment {
  #size = 0;

  /** Bytes so far. */
  get size(): number {
    return this.#size;
  }

  /** A place for what the verifier may follow: pointers, and numbers that do not change. */
  whole({ range }: Pick<Value, "range">): Place {
    return { offset: this.#next(), form: "whole", range, changes: false };
  }

  /** A place for numbers that change. */
  changing({ range }: Pick<Value, "range">): Place {
    return { offset: this.#next(), form: formOf(range), range, changes: true };
  }

  #next(): number {
    this.#size += SLOT;
    return this.#size - SLOT;
  }
}

function formOf(range: Range | undefined): Place["form"] {
  if (range && contains(U32, range)) return "unsigned";
  return range && contains(I32, range) ? "signed" : "whole";
}

export function load(writer: Writer, struct: Value, { offset, form, range }: Place): Value {
  const access = form === "whole" ? { size: SLOT, offset } as const : { size: 4, offset: offset + UPPER } as const;
  return writer.emit({ kind: "load", ...access, signed: form === "signed", region: "stack" }, [struct], range);
}

export function store(writer: Writer, struct: Value, { offset, form }: Place, value: Value): void {
  const access = form === "whole" ? { size: SLOT, offset } as const : { size: 4, offset: offset + UPPER } as const;
  writer.emit({ kind: "store", ...access, region: "stack" }, [struct, value]);
}

/** Stores what a place holds before the first turn, which the verifier must not know more of than of later turns. */
export function storeFirst(writer: Writer, struct: Value, place: Place, value: Value): void {
  store(writer, struct, place, place.changes ? launder(writer, value) : value);
}
