/**
 * The map of a program's scratch memory: what stands for it in code, and how much of it is taken.
 *
 * @module
 */

import type { MapReference } from "../../bytecode/instruction.ts";

/** Bytes that one value of a map may have on each CPU (PCPU_MIN_UNIT_SIZE, include/linux/percpu.h). */
export const MOST_SCRATCH = 32768;

/** Everything begins at a whole word. */
const WORD = 8;

/** A per-CPU array with one element, made by who loads the program. */
export class ScratchMap implements MapReference {
  readonly name = ".scratch";
  #size = 0;

  /** Bytes of its element. */
  get size(): number {
    return this.#size;
  }

  /** Takes so many bytes; gives where they begin, or `undefined` if there is no room for them. */
  take(bytes: number): number | undefined {
    const offset = this.#size;
    const end = offset + Math.ceil(bytes / WORD) * WORD;
    if (end > MOST_SCRATCH) return undefined;
    this.#size = end;
    return offset;
  }
}
