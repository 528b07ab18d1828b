/**
 * Scratch memory: what does not fit on the stack goes to the one element of a per-CPU array that only the program knows.
 *
 * No two runs of a program ever use a CPU's element at once. The kernel runs XDP programs in softirqs (or with these
 * disabled: generic mode from a process, test runs), which do not interrupt each other on a CPU, and one packet after the
 * other: a packet that a program redirects is only queued, and programs of devmaps and cpumaps run after it has returned.
 * What may run in between is another program, which has a map of its own. Within a run, each function has bytes of its own,
 * as no function is called while it runs: neither functions nor callbacks recur. A program that a tail call goes to has
 * another map, or is the same from its beginning, where nothing is left of what was before. (Older kernels make test runs
 * with softirqs enabled: packets that come to the same program meanwhile can disturb such a run, and only that.)
 *
 * Only what the verifier need not follow can go there, since it knows nothing of what is in maps: no pointers, no numbers
 * that addresses are computed from or that decide when a loop ends.
 *
 * @module
 */

import type { IrFunction } from "../ir.ts";
import { baseOf } from "./base.ts";
import type { ScratchMap } from "./map.ts";
import { movableSlots, moveSlot } from "./slots.ts";
import { moveWord, wordsToMove } from "./words.ts";

export { MOST_SCRATCH, ScratchMap } from "./map.ts";

/** What looking the element up takes of the stack: its key, and its address where that finds no register. */
const OWN_BYTES = 16;
const WORD = 8;

/**
 * Moves what takes stack to scratch memory: the largest objects first, then values that live long.
 *
 * @param functions Those that call each other, and so share the stack.
 * @param excess How many bytes too many they take.
 * @returns Whether anything was moved: it may still be too little.
 */
export function moveToScratch(functions: readonly IrFunction[], excess: number, scratch: ScratchMap): boolean {
  let left = excess + OWN_BYTES;
  let moved = false;
  const slots = functions.flatMap((fn) => movableSlots(fn).map((slot) => ({ fn, slot })));
  for (const { fn, slot } of slots.sort((a, b) => b.slot.size - a.slot.size)) {
    // What is as small as its address gains nothing.
    if (left <= 0 || slot.size <= WORD) break;
    const offset = scratch.take(slot.size);
    if (offset === undefined) continue;
    moveSlot(fn, slot, baseOf(fn, scratch), offset);
    left -= slot.size;
    moved = true;
  }
  for (const fn of functions) {
    for (const value of left > 0 ? wordsToMove(fn, left) : []) {
      const offset = scratch.take(WORD);
      if (offset === undefined) break;
      moveWord(fn, value, baseOf(fn, scratch), offset);
      left -= WORD;
      moved = true;
    }
  }
  return moved;
}
