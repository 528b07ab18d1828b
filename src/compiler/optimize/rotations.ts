/**
 * Adds, subtracts or joins the two parts of a rotated word one after the other: `y − rotl(x, k)` is `y − (x << k) − (x >> 32 − k)`
 * at 32 bits, and computed with 64 bits `x << k` has the second part in its upper half. So a rotation takes one copy of `x`.
 *
 * Assumes: 32-bit words are narrow. Gains: an instruction and a register for each rotation. Costs: linear.
 *
 * @module
 */

import { feedingUnmasked } from "../analysis/addresses.ts";
import { type BinaryOperator, type IrFunction, makeValue, readsOf, type Value } from "../ir.ts";
import { Constants } from "./constants.ts";

export function splitRotations(fn: IrFunction): boolean {
  if (!fn.blocks.some(({ instructions }) => instructions.some((value) => isBinary(value, ["shl"], 32)))) return false;
  const reads = readsOf(fn);
  const feeding = feedingUnmasked(fn);
  const constants = new Constants(fn);
  let changed = false;
  for (const block of fn.blocks) {
    const instructions: Value[] = [];
    for (const value of block.instructions) {
      const found = feeding[value.id] ? undefined : rotationIn(value, reads);
      if (found) {
        const { other, word, count } = found;
        const make = (operator: BinaryOperator, width: 32 | 64, inputs: Value[]) => {
          const made = makeValue(fn, { kind: "binary", operator, width }, inputs, value.origin);
          instructions.push(made);
          return made;
        };
        const { operator } = value.operation as { operator: BinaryOperator };
        const wide = make("shl", 64, [word, constants.of(count)]);
        const first = make(operator, 32, [other, wide]);
        value.inputs = [first, make("lshr", 64, [wide, constants.of(32n)])];
        changed = true;
      }
      instructions.push(value);
    }
    block.instructions = instructions;
  }
  return changed;
}

function isBinary({ operation }: Value, operators: readonly BinaryOperator[], width?: 32 | 64): boolean {
  return operation.kind === "binary" && operators.includes(operation.operator) &&
    (width === undefined || operation.width === width);
}

/** A word that is rotated to the left, and what it is put together with. */
interface Rotation {
  readonly other: Value;
  readonly word: Value;
  readonly count: bigint;
}

/** Of `y + rotl(x, k)` and its like, with a rotation that nobody else reads. */
function rotationIn(value: Value, reads: Uint32Array): Rotation | undefined {
  if (!isBinary(value, ["add", "sub", "xor"], 32)) return undefined;
  const [left, right] = value.inputs;
  const isSwappable = !isBinary(value, ["sub"]);
  const rotated = rotationOf(right, reads);
  // What is still needed later would have to be copied, and the other order does without.
  if (rotated) return isSwappable && reads[left.id] > 1 ? undefined : { other: left, ...rotated };
  const mirrored = isSwappable && reads[right.id] === 1 ? rotationOf(left, reads) : undefined;
  return mirrored && { other: right, ...mirrored };
}

function rotationOf(value: Value, reads: Uint32Array): Pick<Rotation, "word" | "count"> | undefined {
  if (!isBinary(value, ["or", "add", "xor"]) || reads[value.id] !== 1) return undefined;
  const [left, right] = value.inputs;
  const [up, down] = isBinary(left, ["shl"]) ? [left, right] : [right, left];
  if (!isBinary(up, ["shl"], 32) || !isBinary(down, ["lshr"]) || reads[up.id] !== 1 || reads[down.id] !== 1) {
    return undefined;
  }
  const [word, count] = up.inputs;
  const [same, rest] = down.inputs;
  if (same !== word || count.operation.kind !== "constant" || rest.operation.kind !== "constant") return undefined;
  const isWhole = count.operation.value + rest.operation.value === 32n && count.operation.value > 0n &&
    rest.operation.value > 0n;
  return isWhole && isZeroExtended(word) ? { word, count: count.operation.value } : undefined;
}

/** Whether the upper half is zero, whatever the word is. */
function isZeroExtended({ operation }: Value): boolean {
  switch (operation.kind) {
    case "binary":
    case "negate":
      return operation.width === 32;
    case "load":
      return operation.size <= 4 && !operation.signed;
    case "swap":
      return operation.bits <= 32;
    case "extend":
      return !operation.signed;
    default:
      return false;
  }
}
