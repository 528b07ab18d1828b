/**
 * What one pass has found out of a function, for those that come after it: what is likely to hold still, what is quickly seen to
 * hold, and what holds until somebody changes the function.
 *
 * @module
 */

import type { Branch, IrFunction, Value } from "../ir.ts";
import type { Fact } from "./facts.ts";
import { type Memory, memoryOf } from "./memory.ts";
import { OwnBytes } from "./own_bytes.ts";
import { Results } from "./results.ts";

/** What a test's outcome adds to what is known of the two values that were compared. */
export interface Shown {
  readonly left: Fact | undefined;
  readonly right: Fact | undefined;
}

/** What a branch, as it was then, shows on its two ways; `undefined` of a way that is never taken. */
export interface Outcomes extends Pick<Branch, "comparison" | "width" | "left" | "right"> {
  readonly end: Branch;
  /** What was known of the two. */
  readonly ofLeft: Fact;
  readonly ofRight: Fact;
  readonly onThen: Shown | undefined;
  readonly onElse: Shown | undefined;
}

/** What is known of one function. */
export class Assumptions {
  /** What has been seen to hold of the parameters of loops' heads: in most cases it still does, and is seen to at once. */
  readonly heads: Map<Value, Fact>;
  readonly results = new Results();
  /** What branches have shown, by the ids of their blocks. */
  readonly outcomes = new Map<number, Outcomes>();
  #memory: Memory | undefined;
  #ownBytes: OwnBytes | undefined;

  constructor(heads = new Map<Value, Fact>()) {
    this.heads = heads;
  }

  /** How the function's memory is divided. To be asked for before it is changed. */
  memoryOf(fn: IrFunction): Memory {
    return this.#memory ??= memoryOf(fn);
  }

  /** The bytes of the function's own memory. To be asked for before it is changed. */
  ownBytesOf(fn: IrFunction): OwnBytes {
    return this.#ownBytes ??= new OwnBytes(fn, this.memoryOf(fn));
  }

  /** The function has been changed. */
  forget(): void {
    this.#memory = undefined;
    this.#ownBytes = undefined;
  }
}
