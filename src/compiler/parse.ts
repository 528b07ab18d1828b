/**
 * Reads what `print.ts` writes: tests give passes their input as text.
 *
 * @module
 */

import type { MapReference } from "../bytecode/instruction.ts";
import type {
  AtomicOperator,
  BinaryOperator,
  Block,
  Comparison,
  Edge,
  IrFunction,
  Operation,
  Region,
  Size,
  Terminator,
  Value,
  Width,
} from "./ir.ts";
import { exactly, type Range } from "./range.ts";

/** Reads a function. Maps are known by their names. */
export function parseFunction(text: string): IrFunction {
  return new Reader(text).read();
}

const BLOCK = /^b(\d+)(?:\((.*)\))?:$/;
const INSTRUCTION = /^v(\d+) = (\S+)(?: (?!in |\()(.+?))?(?: \(([^)]*)\))?(?: in (-?\d+)\.\.(-?\d+))?$/;
const PARAMETER = /^v(\d+)(?: in (-?\d+)\.\.(-?\d+))?$/;
const BRANCH = /^(if|proof)(32|64) (\w+) v(\d+), v(\d+) then (\S+?(?:\(.*?\))?) else (.+)$/;
const EDGE = /^b(\d+)(?:\((.*)\))?$/;
const MEMORY = /^(?:([a-z]+)\.)?(?:(fetch)\.)?([us])(8|16|32|64)\.(packet|map|stack|context)$/;

class Reader {
  readonly #lines: readonly string[];
  readonly #values = new Map<number, Value>();
  readonly #blocks = new Map<number, Block>();
  readonly #maps = new Map<string, MapReference>();
  readonly #functions = new Map<string, IrFunction>();

  constructor(text: string) {
    this.#lines = text.split("\n").map((line) => line.trim()).filter((line) => line !== "");
  }

  read(): IrFunction {
    const [head, ...lines] = this.#lines;
    const name = /^function (.*)$/.exec(head)?.[1] ?? this.#fail(head);
    const blocks: Block[] = [];
    for (const line of lines) {
      if (BLOCK.test(line)) blocks.push(this.#beginBlock(line));
      else this.#readLine(line, blocks[blocks.length - 1] ?? this.#fail(line));
    }
    const nextId = Math.max(...this.#values.keys(), ...this.#blocks.keys()) + 1;
    return { name, blocks, nextId };
  }

  #fail(line: string): never {
    throw new Error(`cannot read as IR: ${line}`);
  }

  #beginBlock(line: string): Block {
    const [, id, parameters] = BLOCK.exec(line)!;
    const block = this.#block(Number(id));
    for (const text of parameters ? parameters.split(", ") : []) {
      const [, number, min, max] = PARAMETER.exec(text) ?? this.#fail(line);
      block.parameters.push(this.#define(Number(number), { kind: "parameter" }, [], rangeOf(min, max)));
    }
    return block;
  }

  #readLine(line: string, block: Block): void {
    const found = INSTRUCTION.exec(line);
    if (!found) {
      block.terminator = this.#terminator(line);
      return;
    }
    const [, id, name, details = "", inputs, min, max] = found;
    const operation = this.#operation(name, details) ?? this.#fail(line);
    const range = operation.kind === "constant" ? exactly(operation.value) : rangeOf(min, max);
    block.instructions.push(this.#define(Number(id), operation, this.#list(inputs), range));
  }

  #operation(name: string, details: string): Operation | undefined {
    const [head, ...rest] = name.split(".");
    const memory = MEMORY.exec(rest.join("."));
    if (memory) return memoryOperation(head, memory, Number(details));
    const [word, bits] = /^([a-z]+)(16|32|64)$/.exec(name)?.slice(1) ?? [];
    const width = Number(bits);
    const extension = /^extend\.([us])(8|16|32)$/.exec(name);
    if (extension) {
      return { kind: "extend", bits: Number(extension[2]) as 8 | 16 | 32, signed: extension[1] === "s" };
    }
    if (word === "negate") return { kind: "negate", width: width as Width };
    if (word === "swap") return { kind: "swap", bits: width as 16 | 32 | 64 };
    if (word) return { kind: "binary", operator: word as BinaryOperator, width: width as Width };
    return this.#plainOperation(name, details);
  }

  #plainOperation(name: string, details: string): Operation | undefined {
    switch (name) {
      case "constant":
        return { kind: "constant", value: BigInt(details) };
      case "context":
      case "bounded":
      case "launder":
        return { kind: name };
      case "packetStart":
      case "packetEnd":
      case "packetMeta":
        return { kind: name, epoch: Number(details) };
      case "stackSlot":
        return { kind: "stackSlot", size: Number(details) };
      case "argument":
        return { kind: "argument", index: Number(details) };
      case "call":
        return { kind: "call", callee: /^\d+$/.test(details) ? Number(details) : this.#function(details) };
      case "functionAddress":
        return { kind: "functionAddress", callee: this.#function(details) };
      case "element":
        return { kind: "element", part: details === "key" ? "key" : "value" };
      case "mapReference":
        return { kind: "mapReference", map: this.#map(details) };
      case "mapValue": {
        const [map, offset] = details.split(" ");
        return { kind: "mapValue", map: this.#map(map), offset: Number(offset) };
      }
    }
  }

  #terminator(line: string): Terminator {
    const origin = undefined;
    const [word, rest] = [line.slice(0, line.indexOf(" ")), line.slice(line.indexOf(" ") + 1)];
    if (word === "goto") return { kind: "jump", to: this.#edge(rest), origin };
    if (word === "return") return { kind: "return", value: this.#value(Number(rest.slice(1))), origin };
    const [, kind, width, comparison, left, right, then, otherwise] = BRANCH.exec(line) ?? this.#fail(line);
    return {
      kind: "branch",
      comparison: comparison as Comparison,
      width: Number(width) as Width,
      left: this.#value(Number(left)),
      right: this.#value(Number(right)),
      then: this.#edge(then),
      else: this.#edge(otherwise),
      proof: kind === "proof",
      origin,
    };
  }

  #edge(text: string): Edge {
    const [, id, values] = EDGE.exec(text) ?? this.#fail(text);
    return { block: this.#block(Number(id)), arguments: this.#list(values) };
  }

  #list(text: string | undefined): Value[] {
    return text ? text.split(", ").map((name) => this.#value(Number(name.slice(1)))) : [];
  }

  #block(id: number): Block {
    let block = this.#blocks.get(id);
    if (!block) {
      this.#blocks.set(id, block = { id, parameters: [], instructions: [], terminator: undefined });
    }
    return block;
  }

  /** Values may be read before the line that defines them. */
  #value(id: number): Value {
    let value = this.#values.get(id);
    if (!value) {
      value = { id, operation: { kind: "parameter" }, inputs: [], origin: undefined, range: undefined };
      this.#values.set(id, value);
    }
    return value;
  }

  #define(id: number, operation: Operation, inputs: Value[], range: Range | undefined): Value {
    return Object.assign(this.#value(id), { operation, inputs, range });
  }

  /** Other functions are known by their names, and empty. */
  #function(name: string): IrFunction {
    let fn = this.#functions.get(name);
    if (!fn) this.#functions.set(name, fn = { name, blocks: [], nextId: 0 });
    return fn;
  }

  #map(name: string): MapReference {
    let map = this.#maps.get(name);
    if (!map) this.#maps.set(name, map = { name });
    return map;
  }
}

function rangeOf(min: string | undefined, max: string | undefined): Range | undefined {
  return min === undefined ? undefined : { min: BigInt(min), max: BigInt(max!) };
}

function memoryOperation(head: string, found: RegExpExecArray, offset: number): Operation | undefined {
  const [, operator, fetch, sign, bits, place] = found;
  const [size, region] = [Number(bits) / 8 as Size, place as Region];
  if (head === "load") {
    const load = { kind: "load", size, signed: sign === "s", offset, region } as const;
    return operator === "fresh" ? { ...load, fresh: true } : load;
  }
  if (head === "store") return { kind: "store", size, offset, region };
  if (head !== "atomic") return undefined;
  const what = { operator: operator as AtomicOperator, size: size as 4 | 8, fetch: fetch !== undefined };
  return { kind: "atomic", ...what, offset, region };
}
