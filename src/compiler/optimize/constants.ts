/**
 * Gathers in the entry what is there from the start: constants, addresses of maps, functions and stack slots, the context
 * and arguments; of constants and maps one each. The entry holds nothing else from here on, so that every pass can name a
 * constant anywhere; instructions take them as immediates, or the code generator makes them where they are needed. Numbers
 * everything anew without gaps.
 *
 * Assumes: nothing. Gains: equal constants are one value. Costs: linear.
 *
 * @module
 */

import type { MapReference } from "../../bytecode/instruction.ts";
import {
  type Block,
  type IrFunction,
  makeBlock,
  makeValue,
  type Operation,
  renumber,
  replaceUses,
  reversePostorder,
  type Value,
} from "../ir.ts";
import { exactly } from "../range.ts";

export function gatherConstants(fn: IrFunction): boolean {
  fn.blocks = reversePostorder(fn);
  const [first] = fn.blocks;
  const entry = makeBlock(fn);
  entry.terminator = { kind: "jump", to: { block: first, arguments: [] }, origin: undefined };
  fn.blocks.unshift(fn.blocks.pop()!);
  const constants = new Constants(fn);
  const replacement = new Map<Value, Value>();
  for (const block of fn.blocks.slice(1)) {
    if (!block.instructions.some(({ inputs }) => inputs.length === 0)) continue;
    block.instructions = block.instructions.filter((value) => {
      if (INITIAL.has(value.operation.kind)) return !entry.instructions.push(value);
      const shared = constants.share(value);
      if (shared) replacement.set(value, shared);
      return !shared;
    });
  }
  replaceUses(fn, replacement);
  renumber(fn);
  return true;
}

/** What is there from the start, and differs from one to the next. */
const INITIAL: ReadonlySet<Operation["kind"]> = new Set(["context", "argument", "stackSlot", "functionAddress"]);

/** The constants of a function, made in its entry when they are first asked for. */
export class Constants {
  readonly #fn: IrFunction;
  readonly #entry: Block;
  readonly #numbers = new Map<bigint, Value>();
  readonly #maps = new Map<object, Map<number, Value>>();
  /** Whether it is known what the entry has: many ask for nothing. */
  #isNoted = false;

  constructor(fn: IrFunction) {
    this.#fn = fn;
    this.#entry = fn.blocks[0];
  }

  /** The constant whose low 64 bits, read as a signed integer, are the number's. */
  of(number: bigint): Value {
    return this.#make({ kind: "constant", value: BigInt.asIntN(64, number) });
  }

  /** The address so many bytes into a map's value. */
  mapValue(map: MapReference, offset: number): Value {
    return this.#make({ kind: "mapValue", map, offset });
  }

  /** The one value that stands for a constant like this; `undefined` of anything else. */
  share({ operation }: Value): Value | undefined {
    switch (operation.kind) {
      case "constant":
        return this.of(operation.value);
      case "mapValue":
      case "mapReference":
        return this.#make(operation);
    }
  }

  #make(operation: Shareable): Value {
    const known = this.#find(operation);
    if (known) return known;
    const range = operation.kind === "constant" ? exactly(operation.value) : undefined;
    const value = makeValue(this.#fn, operation, [], undefined, range);
    this.#entry.instructions.push(value);
    this.#note(value);
    return value;
  }

  #find(operation: Shareable): Value | undefined {
    if (!this.#isNoted) {
      this.#isNoted = true;
      for (const value of this.#entry.instructions) this.#note(value);
    }
    if (operation.kind === "constant") return this.#numbers.get(operation.value);
    return this.#maps.get(operation.map)?.get(operation.kind === "mapValue" ? operation.offset : -1);
  }

  #note(value: Value): void {
    const { operation } = value;
    if (operation.kind === "constant") this.#numbers.set(operation.value, value);
    if (operation.kind !== "mapValue" && operation.kind !== "mapReference") return;
    let ofMap = this.#maps.get(operation.map);
    if (!ofMap) this.#maps.set(operation.map, ofMap = new Map());
    ofMap.set(operation.kind === "mapValue" ? operation.offset : -1, value);
  }
}

type Shareable = Extract<Operation, { kind: "constant" | "mapValue" | "mapReference" }>;
