/**
 * The stack: where each function's slots are in its frame, and whether the frames of functions that call each other fit.
 *
 * @module
 */

import { EbpfError, ErrorCode } from "../../errors.ts";
import type { IrFunction, Origin, Value } from "../ir.ts";
import { errorAt } from "../source.ts";
import type { MachineFunction } from "./machine.ts";

/** Bytes of stack that a program has, with all functions that are being called (MAX_BPF_STACK, include/linux/filter.h). */
export const STACK_SIZE = 512;
/** Functions that may be called from each other, the main one included (MAX_CALL_FRAMES, include/linux/bpf_verifier.h). */
const MOST_FRAMES = 8;
/** The kernel counts frames in multiples of this. */
const FRAME_UNIT = 32;
/** The size of a slot that needs no alignment to whole words. */
const HALF = 4;

/**
 * Bytes below the frame pointer at which each slot begins: whole words first, then halves; of each, first those that are
 * accessed most for their size, since short distances make short machine code.
 *
 * Halves whose address helpers are given, keys of arrays as a rule, do not begin where a whole word does: of numbers stored
 * there the verifier knows nothing, and so does not look at the way behind once more for each that it could be.
 */
export function stackDepths({ slots, blocks }: Pick<MachineFunction, "slots" | "blocks">): number[] {
  const uses = new Array<number>(slots.length).fill(0);
  const given = new Set<number>();
  for (const { instructions } of blocks) {
    for (const { operation } of instructions) {
      if (!("slot" in operation) || operation.slot === undefined) continue;
      uses[operation.slot]++;
      if (operation.kind === "slotAddress") given.add(operation.slot);
    }
  }
  const order = slots.map((_, i) => i).sort((a, b) => uses[b] / slots[b] - uses[a] / slots[a] || a - b);
  let depth = 0;
  const depths = new Array<number>(slots.length);
  for (const i of order) if (slots[i] !== HALF) depths[i] = depth += (slots[i] + 7) & ~7;
  const halves = order.filter((i) => slots[i] === HALF);
  const free: number[] = [];
  for (const i of halves.filter((one) => given.has(one))) {
    depths[i] = depth + HALF;
    free.push(depth += 2 * HALF);
  }
  for (const i of halves.filter((one) => !given.has(one))) depths[i] = free.shift() ?? (depth += HALF);
  return depths;
}

/** Frames on the way from a function to the deepest that it calls. */
export interface Need {
  readonly bytes: number;
  /** The function, the one that it calls on that way, and so on. */
  readonly functions: readonly IrFunction[];
  /** Frames on the longest way, which may be another one. */
  readonly frames: number;
}

/** What the frames of a program take; the main function is the first. */
export function stackNeed(functions: readonly MachineFunction[]): Need {
  const bySource = new Map(functions.map((fn) => [fn.source, fn]));
  return needOf(functions[0], functions.length > 1 ? FRAME_UNIT : 1);

  function needOf(fn: MachineFunction, unit: number): Need {
    const needs = [...calleesOf(fn)].map((callee) => needOf(bySource.get(callee)!, unit));
    const own = Math.ceil(Math.max(1, ...stackDepths(fn)) / unit) * unit;
    const deepest = needs.reduce((most, need) => need.bytes > most.bytes ? need : most, NOTHING);
    return {
      bytes: own + deepest.bytes,
      functions: [fn.source, ...deepest.functions],
      frames: 1 + Math.max(0, ...needs.map((need) => need.frames)),
    };
  }
}

const NOTHING: Need = { bytes: 0, functions: [], frames: 0 };

/**
 * Refuses a program whose frames do not fit.
 *
 * @throws {EbpfError} `TooLarge`, at the line that takes the most.
 */
export function demandStack({ bytes, frames, functions }: Need, size: number, isScratchUsed: boolean): void {
  if (bytes > size) {
    throw errorAt(
      largestOrigin(functions),
      ErrorCode.TooLarge,
      `Cannot generate the program: it needs ${bytes} bytes of stack, and has ${size}`,
      isScratchUsed
        ? "Use fewer values at once: keep some of them in variables of the program, or split it into subprograms"
        : "Load it without { scratch: false }: what does not fit goes to memory of each CPU; or use fewer values at once",
    );
  }
  if (frames > MOST_FRAMES) {
    throw new EbpfError(
      ErrorCode.TooLarge,
      `Cannot generate the program: ${frames} functions and loops are inside each other, and the kernel takes ${MOST_FRAMES}`,
      { remedy: "Nest fewer loops, or fewer functions marked noinline()" },
    );
  }
}

/** Where the largest object on the stack comes from; if there is none whose place is known, where the program begins. */
function largestOrigin(functions: readonly IrFunction[]): Origin | undefined {
  const values = functions.flatMap(({ blocks }) => blocks.flatMap(({ instructions }) => instructions));
  const known = values.filter(({ origin }) => origin !== undefined);
  const size = ({ operation }: Value) => operation.kind === "stackSlot" ? operation.size : 0;
  const largest = known.reduce((most, one) => size(one) > size(most) ? one : most, known[0]);
  return largest?.origin;
}

/** The functions that a function calls, itself or by a helper. */
function calleesOf({ blocks, constants }: MachineFunction): Set<IrFunction> {
  const operations = [
    ...blocks.flatMap(({ instructions }) => instructions.map(({ operation }) => operation)),
    ...constants.values(),
  ];
  return new Set(
    operations.flatMap((operation) =>
      "callee" in operation && typeof operation.callee !== "number" ? [operation.callee] : []
    ),
  );
}
