/**
 * Which values an address, or an argument of a helper, is computed from: those that the verifier must follow by itself.
 *
 * What passes know from the language (how far a sum grows, what a remainder can be) the verifier may not. A check of such a
 * value may look superfluous and yet be what makes the verifier accept the access.
 *
 * @module
 */

import { constantOf, type IrFunction, isArithmetic, isSum, type Value } from "../ir.ts";
import { sourcesOf } from "./incoming.ts";

/** One byte for each value id: 1 if an address depends on it. */
export type Feeding = Uint8Array;

/** Finds what feeds addresses. */
export function feedingAddresses(fn: IrFunction): Feeding {
  return sourcesOf(fn, rootsOf(fn));
}

/**
 * What feeds addresses, without what goes into them through a constant mask or a zero extension only: whatever that is, the
 * verifier knows from there how large it can be.
 */
export function feedingUnmasked(fn: IrFunction): Feeding {
  return sourcesOf(fn, rootsOf(fn), (value) => !isMask(value) && isArithmetic(value.operation));
}

/** Addresses and arguments. */
function rootsOf(fn: IrFunction): Value[] {
  const roots: Value[] = [];
  for (const { instructions } of fn.blocks) {
    for (let i = 0; i < instructions.length; i++) {
      const { operation: { kind }, inputs } = instructions[i];
      if (kind === "call") roots.push(...inputs);
      if (kind === "load" || kind === "store" || kind === "atomic") roots.push(inputs[0]);
    }
  }
  return roots;
}

function isMask({ operation, inputs }: Value): boolean {
  if (operation.kind === "extend") return !operation.signed;
  return operation.kind === "binary" && operation.operator === "and" && (constantOf(inputs[1]) ?? -1n) >= 0n;
}

/** Distances that an instruction takes (16 bits), less the largest access. */
const NEAREST = -0x8000;
const FARTHEST = 0x7fff;

/** The base and offset of an address, constants folded in; a map's values are counted from a base that many share. */
export function addressOf(value: Value, offset: number): { readonly base: Value; readonly offset: number } {
  let base = value;
  let distance = offset;
  for (;;) {
    if (!isSum(base)) break;
    const by = constantOf(base.inputs[1]);
    const sum = by === undefined ? NaN : distance + Number(by);
    if (!(sum >= NEAREST && sum <= FARTHEST)) break;
    base = base.inputs[0];
    distance = sum;
  }
  return { base, offset: distance };
}
