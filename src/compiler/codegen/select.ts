/**
 * Instruction selection: IR to machine instructions on virtual registers. Constants go into the instructions that take
 * them, address arithmetic into offsets, block arguments into moves.
 *
 * @module
 */

import type { Comparison as MachineComparison } from "../../bytecode/opcodes.ts";
import type { Block, Comparison, Edge, IrFunction, Operation, Origin, Terminator, Value, Width } from "../ir.ts";
import { reversePostorder, terminatorInputs } from "../ir.ts";
import { contains, I32, type Range, U32 } from "../range.ts";
import {
  FIRST_VIRTUAL,
  type MachineBlock,
  type MachineEnd,
  type MachineFunction,
  type MachineOperation,
  type VirtualRegister,
} from "./machine.ts";

/** Selects instructions for a function. */
export function select(fn: IrFunction, cpu: number): MachineFunction {
  return new Selector(fn, cpu).run();
}

const EXIT: MachineEnd = { kind: "exit", origin: undefined };

class Selector {
  readonly #fn: IrFunction;
  readonly #cpu: number;
  readonly #machine: MachineFunction;
  readonly #registers = new Map<Value, VirtualRegister>();
  readonly #blocks = new Map<Block, MachineBlock>();
  readonly #used = new Set<Value>();
  /** The stack slots of the values that are their addresses. */
  readonly #slots = new Map<Value, number>();
  /** Constants that the current block has in a register already. */
  #constants = new Map<string, VirtualRegister>();
  #into!: MachineBlock;
  #origin: Origin | undefined;

  constructor(fn: IrFunction, cpu: number) {
    this.#fn = fn;
    this.#cpu = cpu;
    this.#machine = { source: fn, blocks: [], registers: FIRST_VIRTUAL, slots: [] };
  }

  run(): MachineFunction {
    const order = reversePostorder(this.#fn);
    for (const { instructions, terminator } of order) {
      for (const { inputs } of [...instructions, { inputs: terminatorInputs(terminator!) }]) {
        for (const input of inputs) this.#used.add(input);
      }
    }
    for (const block of order) this.#blocks.set(block, this.#newBlock());
    for (const block of order) {
      this.#into = this.#blocks.get(block)!;
      this.#machine.blocks.push(this.#into);
      this.#constants = new Map();
      for (const instruction of block.instructions) this.#select(instruction);
      this.#end(block.terminator!);
    }
    return this.#machine;
  }

  #newBlock(): MachineBlock {
    return { id: this.#blocks.size, instructions: [], end: EXIT };
  }

  #newRegister(): VirtualRegister {
    return this.#machine.registers++;
  }

  #emit(operation: MachineOperation, to: VirtualRegister | undefined, uses: VirtualRegister[] = []): void {
    this.#into.instructions.push({ operation, to, uses, origin: this.#origin });
  }

  /** The register of a value; constants and addresses are made where they are first needed in a block. */
  #register(value: Value): VirtualRegister {
    const { operation } = value;
    if (operation.kind === "constant") return this.#constant(String(operation.value), operation);
    if (operation.kind === "mapValue") return this.#constant(`${operation.map.name}+${operation.offset}`, operation);
    if (operation.kind === "mapReference") return this.#constant(operation.map.name, operation);
    if (operation.kind === "functionAddress") return this.#constant(`&${operation.callee.name}`, operation);
    const slot = this.#slots.get(value);
    if (slot !== undefined) return this.#constant(`slot ${slot}`, { kind: "slotAddress", slot });
    let register = this.#registers.get(value);
    if (register === undefined) this.#registers.set(value, register = this.#newRegister());
    return register;
  }

  #constant(key: string, operation: MachineOperation): VirtualRegister {
    let register = this.#constants.get(key);
    if (register === undefined) {
      this.#constants.set(key, register = this.#newRegister());
      this.#emit(operation, register);
    }
    return register;
  }

  #select(value: Value): void {
    const { operation } = value;
    this.#origin = value.origin;
    const rule = RULES[operation.kind] as (selector: Selector, value: Value, operation: Operation) => void;
    rule(this, value, operation);
  }

  // The rules below are the table's entries; they are methods for the sake of the private state.

  argument(value: Value, index: number): void {
    this.#emit({ kind: "move", width: 64 }, this.#register(value), [1 + index]);
  }

  /** `data` and `data_end` of struct xdp_md (include/uapi/linux/bpf.h), which the verifier takes for pointers. */
  packetBound(value: Value, offset: number): void {
    const load = { kind: "load", size: 4, signed: false, offset } as const;
    this.#emit(load, this.#register(value), [this.#register(value.inputs[0])]);
  }

  binary(value: Value, operation: Operation & { kind: "binary" }): void {
    let [left, right] = value.inputs;
    const { operator } = operation;
    if (isCommutative(operator) && isConstant(left)) [left, right] = [right, left];
    const { width, immediate } = narrowed(operation.width, operator, left, right);
    const to = this.#register(value);
    const others = immediate === undefined ? [this.#register(right)] : [];
    this.#emit({ kind: "move", width: 64 }, to, [this.#register(left)]);
    this.#emit({ kind: "alu", operation: ALU[operator], width, immediate }, to, [to, ...others]);
  }

  copy(value: Value): void {
    this.#emit({ kind: "move", width: 64 }, this.#register(value), [this.#register(value.inputs[0])]);
  }

  inPlace(value: Value, operation: MachineOperation): void {
    const to = this.#register(value);
    this.#emit({ kind: "move", width: 64 }, to, [this.#register(value.inputs[0])]);
    this.#emit(operation, to, [to]);
  }

  extend(value: Value, { bits, signed }: Operation & { kind: "extend" }): void {
    const to = this.#register(value);
    const from = this.#register(value.inputs[0]);
    if (signed) return this.signExtend(to, from, bits);
    if (bits === 32) return this.#emit({ kind: "move", width: 32 }, to, [from]);
    this.#emit({ kind: "move", width: 64 }, to, [from]);
    this.#emit({ kind: "alu", operation: "and", width: 32, immediate: bits === 8 ? 0xff : 0xffff }, to, [to]);
  }

  signExtend(to: VirtualRegister, from: VirtualRegister, bits: 8 | 16 | 32): void {
    if (this.#cpu >= 4) return this.#emit({ kind: "signExtend", bits }, to, [from]);
    const immediate = 64 - bits;
    this.#emit({ kind: "move", width: 64 }, to, [from]);
    this.#emit({ kind: "alu", operation: "lsh", width: 64, immediate }, to, [to]);
    this.#emit({ kind: "alu", operation: "arsh", width: 64, immediate }, to, [to]);
  }

  load(value: Value, operation: Operation & { kind: "load" }): void {
    const { base, offset } = address(value.inputs[0], operation.offset);
    const { size } = operation;
    const to = this.#register(value);
    const signed = operation.signed && size < 8;
    const slot = this.#slots.get(base);
    const uses = slot === undefined ? [this.#register(base)] : [];
    this.#emit({ kind: "load", size, signed: signed && this.#cpu >= 4, offset, slot }, to, uses);
    if (signed && this.#cpu < 4) this.signExtend(to, to, (size * 8) as 8 | 16 | 32);
  }

  store(value: Value, { size, offset: first }: Operation & { kind: "store" }): void {
    const [to, what] = value.inputs;
    const { base, offset } = address(to, first);
    const slot = this.#slots.get(base);
    const uses = slot === undefined ? [this.#register(base)] : [];
    const constant = isConstant(what) ? BigInt.asIntN(size * 8, what.operation.value) : undefined;
    if (constant !== undefined && constant >= I32.min && constant <= I32.max) {
      return this.#emit({ kind: "storeImmediate", size, offset, value: Number(constant), slot }, undefined, uses);
    }
    this.#emit({ kind: "store", size, offset, slot }, undefined, [...uses, this.#register(what)]);
  }

  /** A fetching operation leaves the old value in its operand's register. */
  atomic(value: Value, operation: Operation & { kind: "atomic" }): void {
    const { operator, size, fetch } = operation;
    const { base, offset } = address(value.inputs[0], operation.offset);
    const pointer = this.#register(base);
    const operand = this.#register(value.inputs[1]);
    const isRead = fetch && this.#used.has(value) || operator === "xchg";
    const machine = { kind: "atomic", operator, size, fetch: isRead, offset } as const;
    if (!isRead) return this.#emit(machine, undefined, [pointer, operand]);
    const to = this.#register(value);
    this.#emit({ kind: "move", width: 64 }, to, [operand]);
    this.#emit(machine, to, [to, pointer]);
  }

  stackSlot(value: Value, size: number): void {
    this.#slots.set(value, this.#machine.slots.push(size) - 1);
  }

  call(value: Value, callee: number | IrFunction): void {
    const registers = value.inputs.map((input) => this.#register(input));
    const inputs = registers.map((from, i) => {
      this.#emit({ kind: "move", width: 64 }, i + 1, [from]);
      return i + 1;
    });
    this.#emit({ kind: "call", callee }, 0, inputs);
    if (this.#used.has(value)) this.#emit({ kind: "move", width: 64 }, this.#register(value), [0]);
  }

  #end(end: Terminator): void {
    this.#origin = end.origin;
    const into = this.#into;
    if (end.kind === "return") {
      if (isConstant(end.value)) this.#emit({ kind: "constant", value: end.value.operation.value }, 0);
      else this.#emit({ kind: "move", width: 64 }, 0, [this.#register(end.value)]);
      into.end = { kind: "exit", origin: end.origin };
    } else if (end.kind === "jump") {
      this.#copies(end.to);
      into.end = { kind: "jump", to: this.#blocks.get(end.to.block)!, origin: end.origin };
    } else {
      const turned = end.comparison === "clear";
      const test = this.#test(turned ? { ...end, comparison: "set" } : end);
      const [yes, no] = [this.#edge(end.then), this.#edge(end.else)];
      into.end = { kind: "branch", ...test, then: turned ? no : yes, else: turned ? yes : no, origin: end.origin };
    }
  }

  #test({ comparison, width, left, right }: Terminator & { kind: "branch" }): {
    comparison: MachineComparison;
    width: Width;
    uses: VirtualRegister[];
    immediate: number | undefined;
  } {
    if (isConstant(left) && !isConstant(right)) {
      [left, right, comparison] = [right, left, SWAPPED[comparison]];
    }
    const compared = comparedWidth(width, comparison, left, right);
    const immediate = isConstant(right) ? asImmediate(right.operation.value, compared) : undefined;
    const uses = [this.#register(left)];
    if (immediate === undefined) uses.push(this.#register(right));
    return { comparison: COMPARISONS[comparison as Exclude<Comparison, "clear">], width: compared, uses, immediate };
  }

  /** The block to go to over an edge: one of its own if there are arguments to be moved on the way. */
  #edge(edge: Edge): MachineBlock {
    const to = this.#blocks.get(edge.block)!;
    if (edge.arguments.length === 0) return to;
    const from = this.#into;
    const constants = this.#constants;
    const split = this.#into = this.#newBlock();
    this.#constants = new Map(constants);
    this.#copies(edge);
    split.end = { kind: "jump", to, origin: this.#origin };
    this.#machine.blocks.push(split);
    this.#into = from;
    this.#constants = constants;
    return split;
  }

  /** The moves of block arguments, as if all happened at once. */
  #copies({ block, arguments: values }: Edge): void {
    const moves = values.map((value, i) => ({ to: this.#register(block.parameters[i]), value }));
    const copies = moves.filter(({ value }) => !isConstant(value))
      .map(({ to, value }) => ({ to, from: this.#register(value) })).filter(({ to, from }) => to !== from);
    this.#parallel(copies);
    for (const { to, value } of moves) if (isConstant(value)) this.#emit(value.operation, to);
  }

  #parallel(copies: { to: VirtualRegister; from: VirtualRegister }[]): void {
    while (copies.length > 0) {
      const free = copies.findIndex(({ to }) => !copies.some(({ from }) => from === to));
      if (free >= 0) {
        const [{ to, from }] = copies.splice(free, 1);
        this.#emit({ kind: "move", width: 64 }, to, [from]);
        continue;
      }
      // Only cycles are left: one value steps aside.
      const aside = this.#newRegister();
      const { from } = copies[0];
      this.#emit({ kind: "move", width: 64 }, aside, [from]);
      copies = copies.map((copy) => copy.from === from ? { to: copy.to, from: aside } : copy);
    }
  }
}

type Rule = (selector: Selector, value: Value, operation: never) => void;

/** Operation → how it is selected. Constants, map addresses and parameters are made where they are used. */
const RULES: Readonly<Record<Operation["kind"], Rule>> = {
  constant: () => {},
  parameter: () => {},
  mapValue: () => {},
  mapReference: () => {},
  context: (selector, value) => selector.argument(value, 0),
  argument: (selector, value, { index }: Operation & { kind: "argument" }) => selector.argument(value, index),
  packetStart: (selector, value) => selector.packetBound(value, 0),
  packetEnd: (selector, value) => selector.packetBound(value, 4),
  binary: (selector, value, operation) => selector.binary(value, operation),
  negate: (selector, value, { width }: Operation & { kind: "negate" }) =>
    selector.inPlace(value, { kind: "negate", width }),
  bounded: (selector, value) => selector.copy(value),
  swap: (selector, value, { bits }: Operation & { kind: "swap" }) =>
    selector.inPlace(value, { kind: "swap", operation: "be", bits }),
  extend: (selector, value, operation) => selector.extend(value, operation),
  load: (selector, value, operation) => selector.load(value, operation),
  store: (selector, value, operation) => selector.store(value, operation),
  atomic: (selector, value, operation) => selector.atomic(value, operation),
  stackSlot: (selector, value, { size }: Operation & { kind: "stackSlot" }) => selector.stackSlot(value, size),
  call: (selector, value, { callee }: Operation & { kind: "call" }) => selector.call(value, callee),
  functionAddress: () => {},
  launder: () => {
    throw new Error("laundering is written out before");
  },
};

const ALU = {
  add: "add",
  sub: "sub",
  mul: "mul",
  udiv: "div",
  sdiv: "sdiv",
  umod: "mod",
  smod: "smod",
  and: "and",
  or: "or",
  xor: "xor",
  shl: "lsh",
  lshr: "rsh",
  ashr: "arsh",
} as const;

const COMPARISONS: Readonly<Record<Exclude<Comparison, "clear">, MachineComparison>> = {
  eq: "eq",
  ne: "ne",
  ult: "lt",
  ule: "le",
  ugt: "gt",
  uge: "ge",
  slt: "slt",
  sle: "sle",
  sgt: "sgt",
  sge: "sge",
  set: "set",
};

const SWAPPED: Readonly<Record<Comparison, Comparison>> = {
  eq: "eq",
  ne: "ne",
  set: "set",
  clear: "clear",
  ult: "ugt",
  ugt: "ult",
  ule: "uge",
  uge: "ule",
  slt: "sgt",
  sgt: "slt",
  sle: "sge",
  sge: "sle",
};

function isCommutative(operator: string): boolean {
  return ["add", "mul", "and", "or", "xor"].includes(operator);
}

function isConstant(value: Value): value is Value & { operation: { kind: "constant"; value: bigint } } {
  return value.operation.kind === "constant";
}

/** The constant as an immediate of the width; 64-bit operations sign-extend it. */
function asImmediate(constant: bigint, width: Width): number | undefined {
  if (constant >= I32.min && constant <= I32.max) return Number(constant);
  if (width === 32 && constant >= 0n && constant <= U32.max) return Number(BigInt.asIntN(32, constant));
  return undefined;
}

/** The width and immediate to compute with: 32 bits where they give the same 64-bit result and let the constant fit. */
function narrowed(width: Width, operator: string, left: Value, right: Value): { width: Width; immediate?: number } {
  if (!isConstant(right)) return { width };
  const constant = right.operation.value;
  const wide = asImmediate(constant, width);
  if (wide !== undefined) return { width, immediate: wide };
  const isSame = operator === "and" || (operator === "or" || operator === "xor") && within(left, U32);
  const narrow = isSame && constant >= 0n ? asImmediate(constant, 32) : undefined;
  return narrow === undefined ? { width } : { width: 32, immediate: narrow };
}

/** 32 bits suffice to compare what fits them, and let large unsigned constants be immediates. */
function comparedWidth(width: Width, comparison: Comparison, left: Value, right: Value): Width {
  if (width === 32 || !isConstant(right) || asImmediate(right.operation.value, 64) !== undefined) return width;
  return (comparison === "set" || !comparison.startsWith("s")) && within(left, U32) && within(right, U32) ? 32 : 64;
}

function within(value: Value, range: Range): boolean {
  return value.range !== undefined && contains(range, value.range);
}

/** The base and offset of an address, constants folded in. */
function address(value: Value, offset: number): { base: Value; offset: number } {
  const { operation } = value;
  if (operation.kind === "binary" && operation.operator === "add" && operation.width === 64) {
    const [left, right] = value.inputs;
    const sum = isConstant(right) ? offset + Number(right.operation.value) : NaN;
    if (sum >= -0x8000 && sum <= 0x7fff) return address(left, sum);
  }
  return { base: value, offset };
}
