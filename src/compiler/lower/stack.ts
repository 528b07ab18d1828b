/**
 * Local variables that are structs or arrays: bytes of the stack that begin each run with their initial value.
 *
 * @module
 */

import { ErrorCode } from "../../errors.ts";
import type { Span } from "../../syntax/ast.ts";
import { store } from "../../types/access.ts";
import type { AnyType } from "../../types/scalar.ts";
import { type Operation, terminatorInputs, type Value } from "../ir.ts";
import { exactly } from "../range.ts";
import { MOST_SCRATCH } from "../scratch/map.ts";
import type { Context } from "./context.ts";
import { type Place, placeAt } from "./place.ts";

/** The bytes on the stack that a variable has. */
export interface Slot {
  readonly address: Value;
  readonly size: number;
  /** What the program begins with: the address, and the stores of the initial value. */
  readonly instructions: readonly Value[];
}

/** A local variable, as the unit tells of it. */
interface Local {
  readonly type: AnyType;
  readonly initial: unknown;
}

/** The place of a local variable of an object. */
export function stackPlace(context: Context, local: Local, owner: object, name: string, span: Span): Place {
  context.demandMain(name);
  let slots = context.slots.get(owner);
  if (!slots) context.slots.set(owner, slots = new Map());
  let slot = slots.get(name);
  if (!slot) slots.set(name, slot = newSlot(context, local, span));
  return placeAt(local.type, "stack", slot.address, 0, 8);
}

function newSlot(context: Context, { type, initial }: Local, span: Span): Slot {
  const size = Math.ceil(type.size / 8) * 8;
  const others = [...context.slots.values()].flatMap((slots) => [...slots.values()]);
  const taken = others.reduce((sum, slot) => sum + slot.size, 0);
  if (taken + size > MOST_SCRATCH) {
    context.fail(
      ErrorCode.TooLarge,
      span,
      `Cannot keep ${taken + size} bytes of local variables: a program has room for ${MOST_SCRATCH}`,
      "Make it a shared variable with @globalVar",
    );
  }
  const bytes = new DataView(new ArrayBuffer(size));
  store(type, bytes, 0, initial);
  const instructions: Value[] = [];
  const emit = (operation: Operation, inputs: Value[] = [], range?: Value["range"]): Value => {
    const origin = operation.kind === "stackSlot" ? context.builder.origin : undefined;
    const value: Value = { id: context.builder.fn.nextId++, operation, inputs, origin, range };
    instructions.push(value);
    return value;
  };
  const address = emit({ kind: "stackSlot", size });
  for (let offset = 0; offset < size; offset += 8) {
    const word = bytes.getBigUint64(offset, true);
    const value = emit({ kind: "constant", value: word }, [], exactly(word));
    emit({ kind: "store", size: 8, offset, region: "stack" }, [address, value]);
  }
  return { address, size, instructions };
}

/** Puts the stores of initial values where the program begins; of variables that it does not use, none. */
export function beginSlots({ slots, builder: { fn } }: Context): void {
  const used = new Set(fn.blocks.flatMap(({ instructions, terminator }) => [
    ...instructions.flatMap(({ inputs }) => inputs),
    ...terminator ? terminatorInputs(terminator) : [],
  ]));
  const all = [...slots.values()].flatMap((named) => [...named.values()]);
  fn.blocks[0].instructions.unshift(
    ...all.filter(({ address }) => used.has(address)).flatMap((slot) => slot.instructions),
  );
}
