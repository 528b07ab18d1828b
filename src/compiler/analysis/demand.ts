/**
 * How many low bits of each value anyone looks at.
 *
 * @module
 */

import type { IrFunction, Operation, Terminator, Value } from "../ir.ts";
import { bitLength } from "./facts.ts";
import { Incoming } from "./incoming.ts";

/** Bits by value id, 0 to 64. */
export type Demand = Uint8Array;

/** Finds the demand on every value. `answerBits`: how much of what the function returns its caller sees. */
export function demandOf(fn: IrFunction, answerBits: 32 | 64): Demand {
  const demand = new Uint8Array(fn.nextId);
  const work: Value[] = [];
  const ask = (value: Value, bits: number) => {
    if (bits <= demand[value.id]) return;
    demand[value.id] = bits;
    work.push(value);
  };
  const incoming = new Incoming(fn);
  for (const { instructions, terminator } of fn.blocks) {
    for (const { operation, inputs } of instructions) {
      const bits = EFFECTS[operation.kind];
      if (bits) inputs.forEach((input, i) => ask(input, bits(operation as never, i)));
    }
    askedByEnd(terminator!, answerBits, ask);
  }
  while (work.length > 0) {
    const value = work.pop()!;
    const { inputs } = value;
    const bits = demand[value.id];
    for (let i = 0; i < inputs.length; i++) ask(inputs[i], asked(value, i, bits));
    if (value.operation.kind === "parameter") incoming.each(value, (argument) => ask(argument, bits));
  }
  return demand;
}

/** What operations with an effect look at, whether their result is wanted or not. */
const EFFECTS: { readonly [kind in Operation["kind"]]?: (operation: never, index: number) => number } = {
  call: () => 64,
  store: ({ size }: { readonly size: number }, index) => index === 1 ? size * 8 : 64,
  atomic: ({ size }: { readonly size: number }, index) => index === 1 ? size * 8 : 64,
};

function askedByEnd(end: Terminator, answerBits: number, ask: (value: Value, bits: number) => void): void {
  if (end.kind === "return") ask(end.value, answerBits);
  if (end.kind !== "branch") return;
  const isBitTest = end.comparison === "set" || end.comparison === "clear";
  ask(end.left, isBitTest ? Math.min(end.width, maskBits(end.right)) : end.width);
  ask(end.right, end.width);
}

/** Bits up to a constant mask's highest. */
function maskBits({ operation }: Value): number {
  return operation.kind === "constant" && operation.value >= 0n ? bitLength(operation.value) : 64;
}

/** The bits of an input on which so many bits of the result depend. */
function asked({ operation, inputs }: Value, index: number, bits: number): number {
  switch (operation.kind) {
    case "binary":
      return askedByBinary(operation, inputs, index, Math.min(bits, operation.width));
    case "negate":
      return Math.min(bits, operation.width);
    case "extend":
      return Math.min(bits, operation.bits);
    case "swap":
      return operation.bits;
    case "store":
    case "atomic":
    case "call":
      return 0;
    default:
      return 64;
  }
}

function askedByBinary(
  { operator, width }: Operation & { readonly kind: "binary" },
  inputs: readonly Value[],
  index: number,
  bits: number,
): number {
  const right = inputs[1];
  const count = right.operation.kind === "constant" ? Number(right.operation.value) & (width - 1) : undefined;
  switch (operator) {
    case "add":
    case "sub":
    case "mul":
    case "or":
    case "xor":
      return bits;
    case "and":
      return index === 0 ? Math.min(bits, maskBits(right)) : bits;
    case "shl":
      if (index === 1) return 8;
      return count === undefined ? bits : Math.max(bits - count, 0);
    case "lshr":
    case "ashr":
      if (index === 1) return 8;
      return count === undefined ? width : Math.min(bits + count, width);
    default:
      return width;
  }
}
