/**
 * Runs the intermediate representation, so that what a pass breaks shows where it breaks, and so that what the compiler
 * believes of a value can be compared with the value.
 *
 * @module
 */

import { helperId } from "../../src/bytecode/helpers.ts";
import type { MapReference } from "../../src/bytecode/instruction.ts";
import type { Range } from "../../src/compiler/range.ts";
import { compareWords, computeWord } from "./words.ts";
import { swapBytes } from "../../src/compiler/analysis/transfer.ts";
import { loopsOf, type NaturalLoop } from "../../src/compiler/analysis/loops.ts";
import {
  beginsElements,
  type Block,
  type Edge,
  type IrFunction,
  type Operation,
  type Value,
} from "../../src/compiler/ir.ts";

/** What a function runs on. */
export interface World {
  /** The packet's bytes, which the program may change. */
  readonly packet: Uint8Array;
  /** The bytes of a map's one value. */
  map(map: MapReference): Uint8Array;
  /** What a helper of the kernel gives whose first argument is a map. */
  help?(helper: number, map: MapReference, inputs: readonly bigint[], memory: Memory): bigint;
  /** The elements of a map, one after the other: the addresses of their keys and values. */
  elements?(map: MapReference, memory: Memory): Iterator<Element>;
  /** Told of what has been computed, an instruction or a whole block; `read` gives values' words at this point. */
  watch?(what: Value | Block, read: (value: Value) => bigint): void;
}

/** A helper that nothing here stands for. */
export class UnknownHelper extends Error {}

/** The memory of a program, for helpers. */
export interface Memory {
  /** So many bytes at an address. */
  bytes(address: bigint, size: number): Uint8Array<ArrayBuffer>;
  /** Gives bytes an address. */
  place(name: string, bytes: Uint8Array): bigint;
}

/** An element of a map that is gone over. */
export interface Element {
  readonly key: bigint;
  readonly value: bigint;
}

/** What a program's main function gives. Throws where a program does what cannot be. */
export function interpret(main: IrFunction, world: World): number {
  const machine = new Interpreter(world);
  return Number(BigInt.asUintN(32, machine.call(main, [])));
}

/** Whether some integer of the range has the word as its low 64 bits; ranges wider than a word have every word. */
export function isWithin({ min, max }: Range, word: bigint): boolean {
  return BigInt.asUintN(64, word - min) <= max - min;
}

/** Addresses of different regions are this far apart. */
const DISTANCE = 1n << 32n;
/** Steps after which a program is taken to run for ever. */
const MOST_STEPS = 5_000_000;
const LOOP = helperId("loop");
const FOR_EACH = helperId("for_each_map_elem");

interface Region {
  readonly name: string;
  readonly bytes: DataView;
}

class Interpreter {
  readonly #world: World;
  readonly #regions: Region[] = [];
  readonly #maps = new Map<MapReference, bigint>();
  readonly #references = new Map<bigint, MapReference>();
  readonly #functions: IrFunction[] = [];
  /** Of functions with loops over elements: their loops' blocks, by the first one. */
  readonly #turns = new Map<IrFunction, ReadonlyMap<Block, ReadonlySet<Block>>>();
  readonly #packet: bigint;
  #steps = 0;

  constructor(world: World) {
    this.#world = world;
    this.#packet = this.#place("packet", world.packet);
  }

  call(fn: IrFunction, given: readonly bigint[]): bigint {
    const activation: Activation = { given, words: new Map(), slots: new Map(), elements: new Map() };
    const loops = this.#elementLoops(fn);
    const read = (value: Value) => this.#read(value, activation);
    let block = fn.blocks[0];
    for (;;) {
      if (this.#steps++ > MOST_STEPS) throw new Error(`${fn.name} does not end`);
      for (const value of block.instructions) {
        this.#know(value, this.#evaluate(value, activation), activation);
        this.#world.watch?.(value, read);
      }
      this.#world.watch?.(block, read);
      const end = block.terminator!;
      if (end.kind === "return") return read(end.value);
      let edge: Edge;
      if (end.kind === "jump") edge = end.to;
      else {
        const isSo = compareWords(end.comparison, end.width, read(end.left), read(end.right));
        edge = isSo ? end.then : end.else;
      }
      const brought = edge.arguments.map(read);
      // Whoever comes from outside begins anew.
      if (loops.get(edge.block)?.has(block) === false) activation.elements.delete(edge.block);
      block = edge.block;
      activation.head = block;
      activation.elements.get(block)?.next();
      if (brought.length !== block.parameters.length) throw new Error(`b${block.id} has other parameters`);
      block.parameters.forEach((parameter, i) => this.#know(parameter, brought[i], activation));
    }
  }

  #know(value: Value, word: bigint, { words }: Activation): void {
    const { range } = value;
    if (range && !isWithin(range, word)) {
      throw new Error(`v${value.id} is ${word}, not in ${range.min}..${range.max}`);
    }
    words.set(value, word);
  }

  #read(value: Value, { words }: Activation): bigint {
    const word = words.get(value);
    if (word === undefined) throw new Error(`v${value.id} is read before it is computed`);
    return word;
  }

  #evaluate({ operation, inputs, id }: Value, activation: Activation): bigint {
    const input = (i: number) => this.#read(inputs[i], activation);
    switch (operation.kind) {
      case "constant":
        return BigInt.asUintN(64, operation.value);
      case "binary":
        return computeWord(operation.operator, operation.width, input(0), input(1));
      case "negate":
        return BigInt.asUintN(operation.width, -input(0));
      case "extend":
        return extended(operation, input(0));
      case "swap":
        return BigInt.asUintN(64, swapBytes(input(0), operation.bits));
      case "bounded":
      case "launder":
        return input(0);
      case "load":
        return this.#load(operation, input(0));
      case "store":
        this.#store(operation.size, input(0) + BigInt(operation.offset), input(1));
        return 0n;
      case "atomic":
        return this.#atomic(operation, input(0), input(1));
      case "mapValue":
        return this.#mapAddress(operation.map) + BigInt(operation.offset);
      case "mapReference": {
        const address = this.#place(operation.map.name, new Uint8Array(0));
        this.#references.set(address, operation.map);
        return address;
      }
      case "context":
        return 1n;
      case "argument":
        return activation.given[operation.index];
      case "packetStart":
        return this.#packet;
      case "packetEnd":
        return this.#packet + BigInt(this.#world.packet.length);
      case "stackSlot":
        return this.#slot(id, operation.size, activation);
      case "call":
        return this.#callee(operation.callee, inputs.map((_, i) => input(i)));
      case "element":
        return this.#element(input(0), activation)[operation.part];
      case "functionAddress":
        return BigInt(this.#functions.push(operation.callee) - 1);
      default:
        throw new Error(`v${id} is no instruction: ${operation.kind}`);
    }
  }

  #callee(callee: number | IrFunction, given: readonly bigint[]): bigint {
    if (typeof callee !== "number") return this.call(callee, given);
    if (callee === FOR_EACH) return this.#forEach(given);
    if (callee !== LOOP) return this.#help(callee, given);
    const [turns, fn, context] = given;
    let turn = 0n;
    while (turn < turns && this.call(this.#functions[Number(fn)], [turn++, context]) === 0n);
    return turn;
  }

  #help(helper: number, [reference, ...inputs]: readonly bigint[]): bigint {
    const map = this.#references.get(reference);
    if (!map || !this.#world.help) throw new UnknownHelper(`there is no helper ${helper} here`);
    return BigInt.asUintN(64, this.#world.help(helper, map, inputs, this.#memory));
  }

  get #memory(): Memory {
    return {
      bytes: (address, size) => {
        const { bytes: { buffer, byteOffset }, at } = this.#find(address, size);
        return new Uint8Array(buffer as ArrayBuffer, byteOffset + at, size);
      },
      place: (name, bytes) => this.#place(name, bytes),
    };
  }

  #forEach([reference, fn, context]: readonly bigint[]): bigint {
    const elements = this.#elementsOf(reference);
    let turns = 0n;
    for (;;) {
      const { value: element, done } = elements.next();
      if (done) return turns;
      turns++;
      const { key, value } = element;
      if (this.call(this.#functions[Number(fn)], [reference, key, value, context]) !== 0n) return turns;
    }
  }

  #elementsOf(reference: bigint): Iterator<Element> {
    const map = this.#references.get(reference);
    if (!map || !this.#world.elements) throw new Error("there are no elements here");
    return this.#world.elements(map, this.#memory);
  }

  /** The element that a loop is at; nothing behind the last one. */
  #element(reference: bigint, activation: Activation): Element {
    const { elements, head } = activation;
    let cursor = elements.get(head!);
    if (!cursor) {
      elements.set(head!, cursor = new Cursor(this.#elementsOf(reference)));
      cursor.next();
    }
    return cursor.at;
  }

  #elementLoops(fn: IrFunction): ReadonlyMap<Block, ReadonlySet<Block>> {
    let loops = this.#turns.get(fn);
    if (!loops) this.#turns.set(fn, loops = new Map(fn.blocks.some(beginsElements) ? elementLoops(loopsOf(fn)) : []));
    return loops;
  }

  #load({ size, signed, offset }: Operation & { readonly kind: "load" }, address: bigint): bigint {
    const { bytes, at } = this.#find(address + BigInt(offset), size);
    let word = 0n;
    for (let i = size - 1; i >= 0; i--) word = word << 8n | BigInt(bytes.getUint8(at + i));
    return signed ? BigInt.asUintN(64, BigInt.asIntN(size * 8, word)) : word;
  }

  #store(size: number, address: bigint, word: bigint): void {
    const { bytes, at } = this.#find(address, size);
    for (let i = 0; i < size; i++) bytes.setUint8(at + i, Number(word >> BigInt(8 * i) & 0xffn));
  }

  #atomic(operation: Operation & { readonly kind: "atomic" }, address: bigint, operand: bigint): bigint {
    const { operator, size, offset, fetch } = operation;
    const before = this.#load({ kind: "load", size, signed: false, offset, region: "map" }, address);
    const after = operator === "xchg" ? operand : computeWord(operator, 64, before, operand);
    this.#store(size, address + BigInt(offset), after);
    return fetch ? before : 0n;
  }

  #mapAddress(map: MapReference): bigint {
    let base = this.#maps.get(map);
    if (base === undefined) this.#maps.set(map, base = this.#place(map.name, this.#world.map(map)));
    return base;
  }

  #slot(id: number, size: number, { slots }: Activation): bigint {
    let base = slots.get(id);
    if (base === undefined) slots.set(id, base = this.#place("stack", new Uint8Array(size).fill(0xa5)));
    return base;
  }

  #place(name: string, { buffer, byteOffset, length }: Uint8Array): bigint {
    return BigInt(this.#regions.push({ name, bytes: new DataView(buffer, byteOffset, length) })) * DISTANCE;
  }

  #find(address: bigint, size: number): { readonly bytes: DataView; readonly at: number } {
    // A little below a region still belongs to it.
    const index = (address + DISTANCE / 2n) / DISTANCE;
    const region: Region | undefined = this.#regions[Number(index) - 1];
    const at = Number(address - index * DISTANCE);
    if (!region || at < 0 || at + size > region.bytes.byteLength) {
      throw new Error(`${size} bytes at ${at} of ${region?.name ?? "nothing"} are outside`);
    }
    return { bytes: region.bytes, at };
  }
}

/** One call of a function. */
interface Activation {
  readonly given: readonly bigint[];
  readonly words: Map<Value, bigint>;
  readonly slots: Map<number, bigint>;
  /** Where the loops over elements are, by their first blocks. */
  readonly elements: Map<Block, Cursor>;
  /** The block that has begun last. */
  head?: Block;
}

/** Where a loop over elements is. */
class Cursor {
  readonly #elements: Iterator<Element>;
  at: Element = NO_ELEMENT;

  constructor(elements: Iterator<Element>) {
    this.#elements = elements;
  }

  next(): void {
    const { value, done } = this.#elements.next();
    this.at = done ? NO_ELEMENT : value;
  }
}

const NO_ELEMENT: Element = { key: 0n, value: 0n };

/** The loops over elements, those in other loops too, by their first blocks. */
function elementLoops(loops: readonly NaturalLoop[]): [Block, ReadonlySet<Block>][] {
  return loops.flatMap(({ head, blocks, children }) => [
    ...beginsElements(head) ? [[head, blocks] as [Block, ReadonlySet<Block>]] : [],
    ...elementLoops(children),
  ]);
}

function extended({ bits, signed }: Operation & { readonly kind: "extend" }, word: bigint): bigint {
  return signed ? BigInt.asUintN(64, BigInt.asIntN(bits, word)) : BigInt.asUintN(bits, word);
}
