/**
 * Programs by hand, in TypeScript: typed registers and memory, labels, helpers by name. What does not fit together is
 * a type error; what types cannot see is an error that names the instruction.
 *
 * @module
 */

import { EbpfError, ErrorCode } from "../errors.ts";
import type { Assembly } from "./assemble.ts";
import {
  call as callHelper,
  callIndirect,
  callLocal,
  exit as makeExit,
  jump as jumpBy,
  mayGoto as mayGotoBy,
} from "./construct.ts";
import { slotsOf } from "./encode.ts";
import type { HelperName } from "./helpers.ts";
import type { Instruction } from "./instruction.ts";
import type { Condition, Item, Label, Reference, Register64 } from "./operands.ts";

/**
 * A place to jump to or to call. Put it once into the program.
 *
 * @param name For the disassembly.
 * @returns The label.
 */
export function label(name: string): Label {
  return { kind: "label", name };
}

function reference(target: Label, calls: boolean, make: (distance: number) => Instruction): Reference {
  return { kind: "reference", label: target, calls, make };
}

/**
 * Goes to a label, always or on a condition.
 *
 * @param target Before or behind.
 * @param condition Such as `r1.gt(r2)`.
 * @returns The instruction.
 */
export function jump(target: Label, condition?: Condition): Item {
  return reference(target, false, condition ? condition.make : jumpBy);
}

/**
 * Goes to a label while the verifier's budget for the loop lasts.
 *
 * @param target Before or behind.
 * @returns The instruction.
 */
export function mayGoto(target: Label): Item {
  return reference(target, false, mayGotoBy);
}

/**
 * Calls a helper by name or number, a function of the program by its label, or the function that a register points to.
 *
 * @param callee What to call.
 * @returns The instruction.
 */
export function call(callee: HelperName | `bpf_${HelperName}` | number | Label | Register64): Item {
  if (typeof callee !== "object") return callHelper(callee);
  return callee.kind === "label" ? reference(callee, true, callLocal) : callIndirect(callee.number);
}

/**
 * Returns from the function.
 *
 * @returns The instruction.
 */
export function exit(): Item {
  return makeExit();
}

/**
 * Puts a program together.
 *
 * @example
 * ```ts
 * import { asm, exit, jump, label, memory, r0, r1, r2, r3 } from "./asm.ts";
 *
 * const pass = label("pass");
 * const program = asm(
 *   r2.load(memory.u32(r1, 0)),   // data
 *   r3.load(memory.u32(r1, 4)),   // data_end
 *   r0.mov(2),
 *   r2.add(14),
 *   jump(pass, r2.gt(r3)),        // too short for Ethernet
 *   r0.mov(1),
 *   pass,
 *   exit(),
 * );
 * ```
 *
 * @param items Instructions and labels; lists among them are spread.
 * @returns A program with its maps and functions, as compiled ones are.
 */
export function asm(...items: readonly Item[]): Assembly {
  const flat = flatten(items);
  const places = new Map<Label, number>();
  let slot = 0;
  for (const item of flat) {
    if (isLabel(item)) {
      if (places.has(item)) throw new EbpfError(ErrorCode.InvalidArgument, `Cannot place label ${item.name} twice`);
      places.set(item, slot);
    } else slot += slotsOf("make" in item ? item.make(0) : item);
  }
  const instructions: Instruction[] = [];
  const functions = new Map<number, string>();
  slot = 0;
  for (const item of flat) {
    if (isLabel(item)) continue;
    const instruction = "make" in item ? resolve(item, slot, places, functions) : item;
    instructions.push(instruction);
    slot += slotsOf(instruction);
  }
  const entry = [...places].find(([, where]) => where === 0)?.[0].name ?? "main";
  functions.delete(0);
  const called = [...functions].sort(([a], [b]) => a - b).map(([where, name]) => ({ slot: where, name }));
  return {
    instructions,
    maps: [...new Set(instructions.flatMap(({ map }) => map ? [map] : []))],
    functions: instructions.length ? [{ slot: 0, name: entry }, ...called] : [],
    lines: [],
  };
}

function isLabel(item: Instruction | Label | Reference): item is Label {
  return "kind" in item && item.kind === "label";
}

function flatten(items: readonly Item[]): readonly (Instruction | Label | Reference)[] {
  return items.flatMap((item) => Array.isArray(item) ? flatten(item) : [item as Instruction | Label | Reference]);
}

function resolve(
  { label: target, calls, make }: Reference,
  slot: number,
  places: ReadonlyMap<Label, number>,
  functions: Map<number, string>,
): Instruction {
  const where = places.get(target);
  if (where === undefined) {
    throw new EbpfError(ErrorCode.InvalidArgument, `Cannot reach label ${target.name}: it is not in the program`);
  }
  if (calls) functions.set(where, target.name);
  return make(where - slot - 1);
}
