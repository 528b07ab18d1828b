/**
 * Instruction selection: IR to machine instructions on virtual registers. Constants go into the instructions that take
 * them, address arithmetic into offsets, block arguments into moves. Constants that need a register get one for the whole
 * function; `materialize.ts` decides where it is written.
 *
 * @module
 */

import { addressOf, type Feeding, feedingAddresses } from "../analysis/addresses.ts";
import { besidePointers, pointersOf } from "../analysis/pointers.ts";
import {
  type Edge,
  type IrFunction,
  isCommutative,
  type Operation,
  type Origin,
  readsOf,
  reversePostorder,
  type Terminator,
  type Value,
} from "../ir.ts";
import { contains, I32, U32 } from "../range.ts";
import { type Compared, testOf } from "./branches.ts";
import { inOrder } from "./copies.ts";
import {
  FIRST_VIRTUAL,
  type MachineBlock,
  type MachineEnd,
  type MachineFunction,
  type MachineOperation,
  slotsOfConstant,
  type VirtualRegister,
} from "./machine.ts";
import { isConstant, narrowed } from "./operands.ts";

/** Selects instructions for a function. */
export function select(fn: IrFunction, cpu: number): MachineFunction {
  return new Selector(fn, cpu).run();
}

const EXIT: MachineEnd = { kind: "exit", origin: undefined };
/** The low 16 bits: half as long in machine code as a mask, but the verifier does not follow it. */
const LOW_HALF: MachineOperation = { kind: "swap", operation: "le", bits: 16 };
/** The instruction set from which on there is sign extension. */
const SIGN_EXTENSION = 4;

class Selector {
  readonly #fn: IrFunction;
  readonly #cpu: number;
  readonly #machine: MachineFunction;
  /** By id: the registers of values that have one, 0 of others; the blocks; how often values are read. */
  readonly #registers: Int32Array;
  readonly #blocks: MachineBlock[];
  readonly #reads: Uint32Array;
  readonly #constants = new Map<string | bigint, VirtualRegister>();
  readonly #maps = new Map<object, number>();
  /** The stack slots of the values that are their addresses. */
  readonly #slots = new Map<Value, number>();
  readonly #feeding: Feeding;
  readonly #pointers: ReadonlySet<Value>;
  readonly #telling: ReadonlySet<Value>;
  readonly #compared: Compared = {
    register: (value) => this.#register(value),
    lowHalf: (value, isSigned) => this.#lowHalf(value, isSigned),
  };
  #into!: MachineBlock;
  #origin: Origin | undefined;

  constructor(fn: IrFunction, cpu: number) {
    this.#fn = fn;
    this.#cpu = cpu;
    this.#feeding = feedingAddresses(fn);
    this.#pointers = pointersOf(fn);
    this.#telling = besidePointers(fn, this.#pointers);
    this.#registers = new Int32Array(fn.nextId);
    this.#blocks = new Array<MachineBlock>(fn.nextId);
    this.#reads = readsOf(fn);
    this.#machine = {
      source: fn,
      blocks: [],
      registers: FIRST_VIRTUAL,
      slots: [],
      constants: new Map(),
      short: new Set(),
    };
  }

  run(): MachineFunction {
    const order = reversePostorder(this.#fn);
    for (const { id } of order) this.#blocks[id] = this.#newBlock();
    for (const block of order) {
      this.#into = this.#blocks[block.id];
      this.#machine.blocks.push(this.#into);
      for (const instruction of block.instructions) this.#select(instruction);
      this.#end(block.terminator!);
    }
    return this.#machine;
  }

  #newBlock(): MachineBlock {
    return { instructions: [], end: EXIT, at: -1 };
  }

  #newRegister(): VirtualRegister {
    return this.#machine.registers++;
  }

  #emit(operation: MachineOperation, to: VirtualRegister | undefined, uses: VirtualRegister[] = []): void {
    this.#into.instructions.push({ operation, to, uses, origin: this.#origin });
  }

  /** The register of a value. */
  #register(value: Value): VirtualRegister {
    const operation = this.#constantOf(value);
    if (operation) return this.#constant(operation);
    let register = this.#registers[value.id];
    if (register === 0) {
      this.#registers[value.id] = register = this.#newRegister();
      // What the verifier has to know of an address it keeps only of whole words on the stack.
      if (!this.#isFollowed(value) && isShort(value)) this.#machine.short.add(register);
    }
    return register;
  }

  /** Whether the verifier has to know what the value can be. */
  #isFollowed(value: Value): boolean {
    return this.#feeding[value.id] === 1 || this.#telling.has(value);
  }

  /** What makes the value, if it can be made anywhere. */
  #constantOf(value: Value): MachineOperation | undefined {
    const { operation } = value;
    switch (operation.kind) {
      case "constant":
      case "mapValue":
      case "mapReference":
      case "functionAddress":
        return operation;
      case "stackSlot":
        return { kind: "slotAddress", slot: this.#slots.get(value)! };
    }
  }

  #constant(operation: MachineOperation): VirtualRegister {
    const key = this.#nameOf(operation);
    let register = this.#constants.get(key);
    if (register === undefined) {
      this.#constants.set(key, register = this.#newRegister());
      this.#machine.constants.set(register, operation);
    }
    return register;
  }

  #nameOf(operation: MachineOperation): string | bigint {
    switch (operation.kind) {
      case "constant":
        return operation.value;
      case "mapValue":
        return `${this.#numberOf(operation.map)}+${operation.offset}`;
      case "mapReference":
        return `map ${this.#numberOf(operation.map)}`;
      case "functionAddress":
        return `function ${this.#numberOf(operation.callee)}`;
      case "slotAddress":
        return `slot ${operation.slot}`;
      default:
        throw new Error(`no constant: ${operation.kind}`);
    }
  }

  #numberOf(object: object): number {
    let number = this.#maps.get(object);
    if (number === undefined) this.#maps.set(object, number = this.#maps.size);
    return number;
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
    const isPacketEnd = value.operation.kind === "packetEnd";
    const load = { kind: "load", size: 4, signed: false, offset, isContext: true, isPacketEnd } as const;
    this.#emit(load, this.#register(value), [this.#register(value.inputs[0])]);
  }

  binary(value: Value, operation: Operation & { kind: "binary" }): void {
    let [left, right] = value.inputs;
    const { operator } = operation;
    if (isCommutative(operator) && isConstant(left)) [left, right] = [right, left];
    const { width, immediate } = narrowed(operation.width, operator, left, right);
    const to = this.#register(value);
    const others = immediate === undefined ? [this.#register(right)] : [];
    this.#moveOrMake(to, left);
    // Of pointers the verifier takes no half, also where no more is needed.
    if (width === 64 || this.#pointers.has(left)) this.#holdsFirst(to, left);
    const isLowHalf = operator === "and" && immediate === 0xffff && width === 32;
    if (isLowHalf && !this.#isFollowed(value)) return this.#emit(LOW_HALF, to, [to]);
    this.#emit({ kind: "alu", operation: ALU[operator], width, immediate }, to, [to, ...others]);
  }

  /** Before an operation changes it in place, the register holds all of its operand: the upper half, too. */
  #holdsFirst(to: VirtualRegister, operand: Value): void {
    const { short } = this.#machine;
    const isShort = isConstant(operand)
      ? BigInt.asUintN(32, operand.operation.value) === operand.operation.value
      : short.has(this.#register(operand));
    if (!isShort) short.delete(to);
  }

  /** A constant that is going to be changed in place needs no register of its own. */
  #moveOrMake(to: VirtualRegister, from: Value): void {
    const constant = this.#constantOf(from);
    if (constant && slotsOfConstant(constant) === 1) this.#emit(constant, to);
    else this.#emit({ kind: "move", width: 64 }, to, [this.#register(from)]);
  }

  copy(value: Value): void {
    this.#emit({ kind: "move", width: 64 }, this.#register(value), [this.#register(value.inputs[0])]);
  }

  inPlace(value: Value, operation: MachineOperation): void {
    const to = this.#register(value);
    this.#emit({ kind: "move", width: 64 }, to, [this.#register(value.inputs[0])]);
    this.#holdsFirst(to, value.inputs[0]);
    this.#emit(operation, to, [to]);
  }

  extend(value: Value, { bits, signed }: Operation & { kind: "extend" }): void {
    const to = this.#register(value);
    const from = this.#register(value.inputs[0]);
    if (signed) return this.signExtend(to, from, bits);
    if (bits === 32) return this.#emit({ kind: "move", width: 32 }, to, [from]);
    this.#emit({ kind: "move", width: 64 }, to, [from]);
    if (bits === 16 && !this.#isFollowed(value)) return this.#emit(LOW_HALF, to, [to]);
    this.#emit({ kind: "alu", operation: "and", width: 32, immediate: bits === 8 ? 0xff : 0xffff }, to, [to]);
  }

  signExtend(to: VirtualRegister, from: VirtualRegister, bits: 8 | 16 | 32): void {
    if (this.#cpu >= SIGN_EXTENSION) return this.#emit({ kind: "signExtend", bits }, to, [from]);
    const immediate = 64 - bits;
    this.#machine.short.delete(to);
    this.#emit({ kind: "move", width: 64 }, to, [from]);
    this.#emit({ kind: "alu", operation: "lsh", width: 64, immediate }, to, [to]);
    this.#emit({ kind: "alu", operation: "arsh", width: 64, immediate }, to, [to]);
  }

  load(value: Value, operation: Operation & { kind: "load" }): void {
    const { size } = operation;
    const { slot, offset, uses } = this.#address(value.inputs[0], operation.offset);
    const to = this.#register(value);
    const signed = operation.signed && size < 8;
    const inLoad = signed && this.#cpu >= SIGN_EXTENSION;
    const isContext = operation.region === "context";
    this.#emit({ kind: "load", size, signed: inLoad, offset, slot, isContext }, to, uses);
    if (signed && !inLoad) this.signExtend(to, to, (size * 8) as 8 | 16 | 32);
  }

  store(value: Value, { size, offset: distance }: Operation & { kind: "store" }): void {
    const [address, what] = value.inputs;
    const { slot, offset, uses } = this.#address(address, distance);
    const constant = isConstant(what) ? BigInt.asIntN(size * 8, what.operation.value) : undefined;
    if (constant !== undefined && constant >= I32.min && constant <= I32.max) {
      return this.#emit({ kind: "storeImmediate", size, offset, value: Number(constant), slot }, undefined, uses);
    }
    this.#emit({ kind: "store", size, offset, slot }, undefined, [...uses, this.#register(what)]);
  }

  /** The memory operand of an address: a stack slot, or a register, and the distance from there. */
  #address(address: Value, distance: number): { slot?: number; offset: number; uses: VirtualRegister[] } {
    const { base, offset } = addressOf(address, distance);
    const slot = this.#slots.get(base);
    if (slot !== undefined) return { slot, offset, uses: [] };
    const { operation } = base;
    if (operation.kind !== "mapValue") return { offset, uses: [this.#register(base)] };
    const place = operation.offset + offset;
    const first = place - (place & 0x7fff);
    return { offset: place - first, uses: [this.#constant({ ...operation, offset: first })] };
  }

  /** A fetching operation leaves the old value in its operand's register. */
  atomic(value: Value, operation: Operation & { kind: "atomic" }): void {
    const { operator, size, fetch } = operation;
    const [address, what] = value.inputs;
    const { slot, offset, uses } = this.#address(address, operation.offset);
    const pointer = slot === undefined ? uses[0] : this.#constant({ kind: "slotAddress", slot });
    const isRead = fetch && this.#reads[value.id] > 0 || operator === "xchg";
    const machine = { kind: "atomic", operator, size, fetch: isRead, offset } as const;
    if (!isRead) return this.#emit(machine, undefined, [pointer, this.#register(what)]);
    const to = this.#register(value);
    this.#moveOrMake(to, what);
    this.#emit(machine, to, [to, pointer]);
  }

  stackSlot(value: Value, size: number): void {
    this.#slots.set(value, this.#machine.slots.push(size) - 1);
  }

  call(value: Value, callee: number | IrFunction): void {
    const inputs = value.inputs.map((input, i) => ({ to: i + 1, input, constant: this.#constantOf(input) }));
    for (const { to, input, constant } of inputs) {
      if (!constant) this.#emit({ kind: "move", width: 64 }, to, [this.#register(input)]);
    }
    for (const { to, constant } of inputs) if (constant) this.#emit(constant, to);
    this.#emit({ kind: "call", callee }, 0, inputs.map(({ to }) => to));
    if (this.#reads[value.id] > 0) this.#emit({ kind: "move", width: 64 }, this.#register(value), [0]);
  }

  #end(end: Terminator): void {
    this.#origin = end.origin;
    const into = this.#into;
    if (end.kind === "return") {
      this.#moveOrMake(0, end.value);
      into.end = { kind: "exit", origin: end.origin };
    } else if (end.kind === "jump") {
      this.#copies(end.to);
      into.end = { kind: "jump", to: this.#blocks[end.to.block.id], origin: end.origin };
    } else {
      const turned = end.comparison === "clear";
      const test = testOf(turned ? { ...end, comparison: "set" } : end, this.#cpu, this.#compared);
      const [yes, no] = [this.#edge(end.then), this.#edge(end.else)];
      into.end = { kind: "branch", ...test, then: turned ? no : yes, else: turned ? yes : no, origin: end.origin };
    }
  }

  #lowHalf(value: Value, isSigned: boolean): VirtualRegister {
    const to = this.#newRegister();
    if (isSigned) this.signExtend(to, this.#register(value), 32);
    else this.#emit({ kind: "move", width: 32 }, to, [this.#register(value)]);
    return to;
  }

  /** The block to go to over an edge: one of its own if there are arguments to be moved on the way. */
  #edge(edge: Edge): MachineBlock {
    const to = this.#blocks[edge.block.id];
    if (edge.arguments.length === 0) return to;
    const from = this.#into;
    const split = this.#into = this.#newBlock();
    this.#copies(edge);
    split.end = { kind: "jump", to, origin: this.#origin };
    this.#machine.blocks.push(split);
    this.#into = from;
    return split;
  }

  /** The moves of block arguments, as if all happened at once. */
  #copies({ block, arguments: values }: Edge): void {
    if (values.length === 0) return;
    const moves = values.map((value, i) => ({
      to: this.#register(block.parameters[i]),
      value,
      constant: this.#constantOf(value),
    }));
    const copies = moves.filter(({ constant }) => !constant)
      .map(({ to, value }) => ({ to, from: this.#register(value) }));
    for (const { to, from } of inOrder(copies, () => this.#newRegister())) {
      this.#emit({ kind: "move", width: 64 }, to, [from]);
    }
    for (const { to, constant } of moves) if (constant) this.#emit(constant, to);
  }
}

type Rule = (selector: Selector, value: Value, operation: never) => void;

/** Operation → how it is selected. Constants, map addresses and parameters are made where they are used. */
const RULES: Readonly<Record<Operation["kind"], Rule>> = {
  constant: () => {},
  parameter: () => {},
  mapValue: () => {},
  mapReference: () => {},
  functionAddress: () => {},
  context: (selector, value) => selector.argument(value, 0),
  argument: (selector, value, { index }: Operation & { kind: "argument" }) => selector.argument(value, index),
  packetStart: (selector, value) => selector.packetBound(value, 0),
  packetEnd: (selector, value) => selector.packetBound(value, 4),
  packetMeta: (selector, value) => selector.packetBound(value, 8),
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
  launder: () => {
    throw new Error("laundering is written out before");
  },
  element: () => {
    throw new Error("loops over elements are functions of their own by now");
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

/** Whether the upper half of a value's register is zero. */
function isShort({ operation, range }: Value): boolean {
  if (range && contains(U32, range)) return true;
  return (operation.kind === "binary" || operation.kind === "negate") && operation.width === 32;
}
