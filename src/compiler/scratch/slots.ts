/**
 * Objects on the stack that can as well be elsewhere: local variables, keys and values for helpers.
 *
 * @module
 */

import { helperId } from "../../bytecode/helpers.ts";
import { isAccess, splitAddress } from "../analysis/memory.ts";
import { pointersOf } from "../analysis/pointers.ts";
import { type Block, eachTerminatorInput, type IrFunction, makeValue, type Value } from "../ir.ts";

/** An object on the stack. */
export interface Slot {
  readonly value: Value;
  readonly size: number;
}

/** Helpers whose third argument must be on the stack: what callbacks share with the function around them. */
const CALLING_BACK: ReadonlySet<number> = new Set(["loop", "for_each_map_elem", "user_ringbuf_drain"].map(helperId));
const SHARED = 2;

/** The objects of a function that the verifier takes elsewhere, too. */
export function movableSlots(fn: IrFunction): readonly Slot[] {
  const bases = basesOf(fn);
  if (bases.size === 0) return [];
  const pointers = pointersOf(fn);
  const fixed = new Set<Value>();
  const fix = (address: Value) => {
    const base = bases.get(address);
    if (base) fixed.add(base);
  };
  for (const { instructions, terminator: end } of fn.blocks) {
    for (const { operation, inputs } of instructions) {
      // Maps hold no pointers.
      if (operation.kind === "store" && pointers.has(inputs[1])) fix(inputs[0]);
      if (operation.kind === "call" && CALLING_BACK.has(operation.callee as number)) fix(inputs[SHARED]);
    }
    // One cannot tell any more what is addressed.
    if (end!.kind !== "branch") eachTerminatorInput(end!, fix);
    else [...end!.then.arguments, ...end!.else.arguments].forEach(fix);
  }
  const slots = new Set([...bases.values()].filter((base) => !fixed.has(base)));
  return [...slots].map((value) => ({ value, size: (value.operation as SlotOperation).size }));
}

type SlotOperation = Extract<Value["operation"], { readonly kind: "stackSlot" }>;

/** The addresses of a function's objects, each with the object. */
function basesOf(fn: IrFunction): Map<Value, Value> {
  const bases = new Map<Value, Value>();
  for (const { instructions } of fn.blocks) {
    for (const value of instructions) if (value.operation.kind === "stackSlot") bases.set(value, value);
  }
  for (let before = -1; before !== bases.size;) {
    before = bases.size;
    for (const { instructions } of fn.blocks) {
      for (const value of instructions) {
        const from = value.operation.kind === "binary" ? value.inputs.find((input) => bases.has(input)) : undefined;
        if (from) bases.set(value, bases.get(from)!);
      }
    }
  }
  return bases;
}

/** Moves an object to so many bytes behind the address of scratch memory. */
export function moveSlot(fn: IrFunction, { value: slot }: Slot, scratch: Value, offset: number): void {
  const bases = basesOf(fn);
  for (const block of fn.blocks) {
    for (const value of block.instructions) {
      if (isAccess(value) && bases.get(value.inputs[0]) === slot) moveAccess(value, slot, scratch, offset);
    }
    moveAddresses(fn, block, slot, scratch, offset);
    block.instructions = block.instructions.filter((value) => value !== slot);
  }
}

function moveAccess(access: Value, slot: Value, scratch: Value, offset: number): void {
  const { operation, inputs: [address] } = access;
  if (operation.kind !== "load" && operation.kind !== "store" && operation.kind !== "atomic") return;
  const { base, distance } = splitAddress(address);
  const isDirect = base === slot;
  if (isDirect) access.inputs[0] = scratch;
  const at = isDirect ? operation.offset + distance + offset : operation.offset;
  access.operation = { ...operation, offset: at, region: "map" };
}

/** Computes the object's address anew wherever it is used for something else. */
function moveAddresses(fn: IrFunction, block: Block, slot: Value, scratch: Value, offset: number): void {
  const instructions: Value[] = [];
  const address = (origin: Value["origin"]): Value => {
    if (offset === 0) return scratch;
    const distance = makeValue(fn, { kind: "constant", value: BigInt(offset) }, [], origin);
    const sum = makeValue(fn, { kind: "binary", operator: "add", width: 64 }, [scratch, distance], origin);
    instructions.push(distance, sum);
    return sum;
  };
  for (const value of block.instructions) {
    if (value.inputs.includes(slot)) {
      const own = address(value.origin);
      value.inputs = value.inputs.map((input) => input === slot ? own : input);
    }
    instructions.push(value);
  }
  const end = block.terminator!;
  if (end.kind === "branch" && (end.left === slot || end.right === slot)) {
    const own = address(end.origin);
    if (end.left === slot) end.left = own;
    if (end.right === slot) end.right = own;
  }
  block.instructions = instructions;
}
