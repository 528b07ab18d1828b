/**
 * Run-time offsets of the packet: one pointer for each distance from the packet's start, which all accesses near it share.
 *
 * The verifier follows a pointer into the packet only if the distance is known to be small before it is added, and learns
 * of the packet's end only through copies of that one pointer. So the distance is compared first (never masked: that would
 * change its meaning), then added, then the end is compared with, and then accesses go by the pointer.
 *
 * @module
 */

import type { Value } from "../ir.ts";
import { contains, I64, type Range } from "../range.ts";
import type { Label } from "./builder.ts";
import type { Context } from "./context.ts";
import type { Word } from "./operand.ts";
import { advance, type Index, isInside, testIndex } from "./place.ts";
import type { PacketPointer, State } from "./state.ts";

/** Bytes of a packet that a pointer may be moved by (MAX_PACKET_OFF, kernel/bpf/verifier.c). */
export const MAX_PACKET_OFFSET = 0xffff;

/** Bytes behind a pointer that accesses near it share it for; offsets that leave less than these to the verifier's end fail. */
const NEAR = 0xff;

/** An offset as a distance, known at run time and not negative if there is a constant, and that constant. */
export interface Offset {
  readonly distance: Word;
  readonly constant: number;
}

/** Takes constants off an offset, so that accesses at `x` and at `x + 4` share a pointer. */
export function splitOffset(context: Context, word: Word): Offset {
  let { value } = word;
  let constant = 0n;
  let best: Offset = { distance: word, constant: 0 };
  for (;;) {
    const sum = exactSum(value);
    const addend = sum?.inputs.find(({ operation }) => operation.kind === "constant");
    if (!sum || !addend || addend.range!.min < 0n) return best;
    value = sum.inputs[0] === addend ? sum.inputs[1] : sum.inputs[0];
    constant += addend.range!.min;
    const distance = context.builder.refined({ kind: "word", type: "number", value, range: value.range! });
    if (distance.range.min >= 0n && constant < NEAR) best = { distance, constant: Number(constant) };
  }
}

/** A sum of integers that does not wrap; `undefined` of any other value. */
export function exactSum(value: Value): Value | undefined {
  const { operation, inputs: [left, right] } = value;
  if (operation.kind !== "binary" || operation.operator !== "add" || operation.width !== 64) return undefined;
  if (!isExact(left.range) || !isExact(right.range)) return undefined;
  const sum = { min: left.range.min + right.range.min, max: left.range.max + right.range.max };
  return isExact(sum) ? value : undefined;
}

/** Whether a range is known, and that of integers of 64 bits. */
export function isExact(range: Range | undefined): range is Range {
  return range !== undefined && contains(I64, range);
}

/** The pointer at a distance, good for so many bytes; goes to `beyond` where no packet reaches. */
export function pointerAt(context: Context, distance: Word, bytes: number, beyond: Label): Value {
  const { builder } = context;
  const before = builder.state.pointers.get(distance.value);
  if (before && before.most >= bytes) return before.address;
  const most = Math.max(bytes, NEAR);
  const index: Index = { word: builder.refined(distance), length: MAX_PACKET_OFFSET - most + 1, stride: 1 };
  if (isInside(index) === false) builder.goto(beyond);
  const found = builder.label();
  testIndex(context, index, found, beyond);
  builder.place(found);
  const address = advance(context, context.packetStart, index);
  builder.state.pointers.set(distance.value, { address, most, proven: 0 });
  return address;
}

/** Whether so many bytes from an address on are in the packet. */
export function isProven({ builder }: Context, address: Value, bytes: number): boolean {
  return [...builder.state.pointers.values()].some((pointer) => pointer.address === address && pointer.proven >= bytes);
}

/** Notes that so many bytes from an address on are in the packet. */
export function prove({ pointers }: State, address: Value, bytes: number): void {
  for (const [distance, pointer] of pointers) {
    if (pointer.address !== address) continue;
    const proven: PacketPointer = { ...pointer, proven: Math.max(pointer.proven, bytes) };
    pointers.set(distance, proven);
  }
}
