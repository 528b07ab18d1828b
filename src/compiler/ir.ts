/**
 * The intermediate representation: SSA with block arguments. `lower/` builds it, `optimize/` rewrites it, `codegen/` selects
 * from it. Everything is one 64-bit word; a 32-bit operation zero-extends its result, as the machine does.
 *
 * @module
 */

import { helperId } from "../bytecode/helpers.ts";
import type { MapReference } from "../bytecode/instruction.ts";
import type { Range } from "./range.ts";
import type { SourceLocation } from "../errors.ts";

/** Bytes of a memory access. */
export type Size = 1 | 2 | 4 | 8;
/** Bits that an operation works on. */
export type Width = 32 | 64;
/** What memory an address points into: the verifier tracks it, and so do the passes. */
export type Region = "packet" | "map" | "stack" | "context" | "socket";

// deno-fmt-ignore
export type BinaryOperator =
  | "add" | "sub" | "mul" | "udiv" | "sdiv" | "umod" | "smod"
  | "and" | "or" | "xor" | "shl" | "lshr" | "ashr";
export type AtomicOperator = "add" | "and" | "or" | "xor" | "xchg";
/** `set`: the two have a bit in common (`jset`); `clear` is its negation, which the machine lacks. */
export type Comparison =
  | "eq"
  | "ne"
  | "ult"
  | "ule"
  | "ugt"
  | "uge"
  | "slt"
  | "sle"
  | "sgt"
  | "sge"
  | "set"
  | "clear";

/** What a value computes from its inputs. */
export type Operation =
  | { readonly kind: "constant"; readonly value: bigint }
  | { readonly kind: "parameter" }
  | { readonly kind: "binary"; readonly operator: BinaryOperator; readonly width: Width }
  | { readonly kind: "negate"; readonly width: Width }
  | { readonly kind: "extend"; readonly bits: 8 | 16 | 32; readonly signed: boolean }
  | { readonly kind: "swap"; readonly bits: 16 | 32 | 64 }
  /**
   * inputs: an index that the branch which leads here has compared (`proof`), or a pointer. The same value; but passes look
   * neither through it nor move it up, since the verifier knows of the comparison only in the register compared.
   */
  | { readonly kind: "bounded" }
  /** inputs: address */
  | {
    readonly kind: "load";
    readonly size: Size;
    readonly signed: boolean;
    readonly offset: number;
    readonly region: Region;
    /** What is there now is wanted: nothing that is known of it will do. */
    readonly fresh?: true;
  }
  /** inputs: address, value */
  | { readonly kind: "store"; readonly size: Size; readonly offset: number; readonly region: Region }
  /** inputs: address, operand; the value is what was there before, if `fetch` */
  | {
    readonly kind: "atomic";
    readonly operator: AtomicOperator;
    readonly size: 4 | 8;
    readonly fetch: boolean;
    readonly offset: number;
    readonly region: Region;
  }
  /** An address inside the one value of an array map (BPF_PSEUDO_MAP_VALUE). */
  | { readonly kind: "mapValue"; readonly map: MapReference; readonly offset: number }
  /** The map itself, as helpers take it. */
  | { readonly kind: "mapReference"; readonly map: MapReference }
  /**
   * inputs: a map. The address of an element's value or key, in the block that a loop over all elements begins with; behind
   * the last one null. Such a loop becomes a function that the kernel calls with each element (`loops/elements.ts`).
   */
  | { readonly kind: "element"; readonly part: "value" | "key" }
  /** The same number, but the verifier knows nothing of it any more. */
  | { readonly kind: "launder" }
  /** The program's context, what r1 holds at entry of the main function. */
  | { readonly kind: "context" }
  /** What another function is called with: the argument that is in r1 + index at its entry, where this stands, too. */
  | { readonly kind: "argument"; readonly index: number }
  /** inputs: context; the packet's first byte and the byte after its last, good within one epoch. */
  | { readonly kind: "packetStart"; readonly epoch: number }
  | { readonly kind: "packetEnd"; readonly epoch: number }
  | { readonly kind: "packetMeta"; readonly epoch: number }
  /** The address of `size` bytes of stack that are this function's own. */
  | { readonly kind: "stackSlot"; readonly size: number }
  /** inputs: the arguments, at most five. Calls a helper of the kernel by its number, or a function of this program. */
  | { readonly kind: "call"; readonly callee: number | IrFunction }
  /** A function of this program, for a helper that calls it back. */
  | { readonly kind: "functionAddress"; readonly callee: IrFunction };

/** Where in the user's text a value comes from; resolved only when someone asks. */
export interface Origin {
  readonly offset: number;
  readonly source: { locate(offset: number): SourceLocation | undefined };
}

/** A value in SSA form: defined once, in one block (or as a block's parameter). */
export interface Value {
  /** Unique among values and blocks, below the function's `nextId`: passes keep what they find in arrays by id. */
  id: number;
  operation: Operation;
  inputs: Value[];
  readonly origin: Origin | undefined;
  /** What the number read as an exact integer can be, if more is known than its size says. */
  range: Range | undefined;
}

/** A way from one block to another, with the values of the target's parameters. */
export interface Edge {
  block: Block;
  arguments: Value[];
}

/** How a block ends. */
export type Terminator =
  | { readonly kind: "jump"; readonly to: Edge; readonly origin: Origin | undefined }
  | {
    readonly kind: "branch";
    comparison: Comparison;
    width: Width;
    left: Value;
    right: Value;
    readonly then: Edge;
    readonly else: Edge;
    /**
     * The verifier learns from it that an index is inside: it stays, 64 bits wide and before the scaling, even where ranges
     * decide it, for the verifier may not know them.
     */
    readonly proof?: boolean;
    readonly origin: Origin | undefined;
  }
  | { readonly kind: "return"; value: Value; readonly origin: Origin | undefined };

/** A basic block. */
export interface Block {
  id: number;
  readonly parameters: Value[];
  /** In order; terminator apart. */
  instructions: Value[];
  /** `undefined` only while the block is being built. */
  terminator: Terminator | undefined;
  /** Of a loop's first block: what is known of the loop. */
  loop?: LoopFacts;
}

/** What the lowering has proven of a loop. */
export interface LoopFacts {
  /** How often the first block is come back to, at most. */
  readonly turns: bigint;
  /** Whether the verifier needs a counter to see that. */
  readonly needsCounter?: boolean;
  readonly origin: Origin | undefined;
}

/** A function: its first block is the entry. A program is its main function and those that this one refers to. */
export interface IrFunction {
  readonly name: string;
  /** In reverse postorder when a pass begins; it leaves them so. */
  blocks: Block[];
  nextId: number;
  /** Whether it is called by functions of this program, which look at its result. */
  readonly isCalled?: boolean;
}

/** A new value; it is in no block yet. */
export function makeValue(
  fn: IrFunction,
  operation: Operation,
  inputs: Value[],
  origin: Origin | undefined,
  range?: Range,
): Value {
  return { id: fn.nextId++, operation, inputs, origin, range };
}

/** A new block at the end of the function. */
export function makeBlock(fn: IrFunction): Block {
  const block: Block = { id: fn.nextId++, parameters: [], instructions: [], terminator: undefined };
  fn.blocks.push(block);
  return block;
}

/** A function and all that it refers to, itself first. */
export function reachableFunctions(main: IrFunction): IrFunction[] {
  const found = new Set([main]);
  for (const fn of found) {
    for (const { instructions } of fn.blocks) {
      for (const { operation } of instructions) {
        const isReference = operation.kind === "call" || operation.kind === "functionAddress";
        if (isReference && typeof operation.callee !== "number") found.add(operation.callee);
      }
    }
  }
  return [...found];
}

/** What blocks compute: their parameters and instructions. */
export function definedIn(blocks: Iterable<Block>): Set<Value> {
  const found = new Set<Value>();
  for (const { parameters, instructions } of blocks) {
    for (const value of parameters) found.add(value);
    for (const value of instructions) found.add(value);
  }
  return found;
}

/** The edges that leave a block. */
export function successors(block: Block): readonly Edge[] {
  const end = block.terminator;
  if (end?.kind === "jump") return [end.to];
  if (end?.kind === "branch") return [end.then, end.else];
  return [];
}

/** Whether two edges lead to the same block with the same values. */
export function isSameEdge(a: Edge, b: Edge): boolean {
  return a.block === b.block && a.arguments.every((value, i) => value === b.arguments[i]);
}

/** The values that a terminator reads, edges' arguments included. */
export function terminatorInputs(end: Terminator): Value[] {
  switch (end.kind) {
    case "jump":
      return end.to.arguments;
    case "branch":
      return [end.left, end.right, ...end.then.arguments, ...end.else.arguments];
    case "return":
      return [end.value];
  }
}

/** Visits the edges that leave a block, without a list of them. */
export function eachEdge({ terminator: end }: Block, visit: (edge: Edge) => void): void {
  if (end?.kind === "jump") visit(end.to);
  else if (end?.kind === "branch") {
    visit(end.then);
    visit(end.else);
  }
}

/** Visits the values that a terminator reads: what {@linkcode terminatorInputs} lists. */
export function eachTerminatorInput(end: Terminator, visit: (value: Value) => void): void {
  if (end.kind === "return") return visit(end.value);
  if (end.kind === "jump") return end.to.arguments.forEach(visit);
  visit(end.left);
  visit(end.right);
  end.then.arguments.forEach(visit);
  end.else.arguments.forEach(visit);
}

/** Visits all that a block reads, in order, each value as often as it is read. */
export function eachRead({ instructions, terminator }: Block, visit: (value: Value) => void): void {
  for (let i = 0; i < instructions.length; i++) {
    const { inputs } = instructions[i];
    for (let k = 0; k < inputs.length; k++) visit(inputs[k]);
  }
  if (terminator) eachTerminatorInput(terminator, visit);
}

/** A test, and the two edges of which it takes one. */
export type Branch = Terminator & { kind: "branch" };

/** The number that a value is, if it is a constant. */
export function constantOf({ operation }: Value): bigint | undefined {
  return operation.kind === "constant" ? operation.value : undefined;
}

/** Whether a value is the sum of two words. */
export function isSum({ operation }: Value): boolean {
  return operation.kind === "binary" && operation.operator === "add" && operation.width === 64;
}

/** Gives blocks and values ids from 0 in the order in which they stand, so that arrays by id are as short as they can be. */
export function renumber(fn: IrFunction): void {
  fn.nextId = 0;
  for (const block of fn.blocks) {
    block.id = fn.nextId++;
    for (const value of block.parameters) value.id = fn.nextId++;
    for (const value of block.instructions) value.id = fn.nextId++;
  }
}

/** How often each value is read, by id. */
export function readsOf(fn: IrFunction): Uint32Array {
  const reads = new Uint32Array(fn.nextId);
  const count = ({ id }: Value) => void reads[id]++;
  for (const { instructions, terminator } of fn.blocks) {
    for (let i = 0; i < instructions.length; i++) {
      const { inputs } = instructions[i];
      for (let k = 0; k < inputs.length; k++) reads[inputs[k].id]++;
    }
    if (terminator) eachTerminatorInput(terminator, count);
  }
  return reads;
}

/** Replaces every read of some values by others, following chains. */
export function replaceUses(fn: IrFunction, replacement: ReadonlyMap<Value, Value>): void {
  if (replacement.size === 0) return;
  // By id, which is faster to ask than the map; values of other functions have none here.
  const next = new Array<Value | undefined>(fn.nextId).fill(undefined);
  for (const [value, by] of replacement) next[value.id] = by;
  const inEdge = ({ arguments: values }: Edge) => replaceAll(values, next);
  for (const block of fn.blocks) {
    const { instructions, terminator: end } = block;
    for (let i = 0; i < instructions.length; i++) replaceAll(instructions[i].inputs, next);
    if (end?.kind === "branch") {
      end.left = lastOf(end.left, next);
      end.right = lastOf(end.right, next);
    } else if (end?.kind === "return") end.value = lastOf(end.value, next);
    eachEdge(block, inEdge);
  }
}

function replaceAll(values: Value[], next: readonly (Value | undefined)[]): void {
  for (let i = 0; i < values.length; i++) {
    const by = next[values[i].id];
    if (by !== undefined) values[i] = lastOf(by, next);
  }
}

/** The end of a chain of replacements. */
function lastOf(value: Value, next: readonly (Value | undefined)[]): Value {
  let to = value;
  for (let by = next[to.id]; by !== undefined; by = next[to.id]) to = by;
  return to;
}

/** Blocks in reverse postorder from the entry: every block after its dominators; unreachable ones are left out. */
export function reversePostorder(fn: IrFunction): Block[] {
  const order: Block[] = [];
  const seen = new Uint8Array(fn.nextId);
  seen[fn.blocks[0].id] = 1;
  const stack = [fn.blocks[0]];
  /** Ways that each block on the stack has not gone yet; the last one is gone first. */
  const left = [waysOf(fn.blocks[0])];
  while (stack.length > 0) {
    const top = stack.length - 1;
    const block = stack[top];
    if (left[top] === 0) {
      order.push(block);
      stack.pop();
      left.pop();
      continue;
    }
    const end = block.terminator!;
    const way = --left[top];
    const to = (end.kind === "jump" ? end.to : way === 1 ? (end as Branch).else : (end as Branch).then).block;
    if (seen[to.id]) continue;
    seen[to.id] = 1;
    stack.push(to);
    left.push(waysOf(to));
  }
  return order.reverse();
}

function waysOf({ terminator }: Block): number {
  return terminator?.kind === "branch" ? 2 : terminator?.kind === "jump" ? 1 : 0;
}

/** Whether the value may be dropped when nobody reads it. */
export function isPure({ kind }: Operation): boolean {
  return kind !== "store" && kind !== "atomic" && kind !== "call";
}

/** Whether it computes with words alone. */
export function isArithmetic({ kind }: Operation): boolean {
  return kind === "binary" || kind === "negate" || kind === "extend" || kind === "swap" || kind === "bounded";
}

const COMMUTATIVE: ReadonlySet<string> = new Set<BinaryOperator>(["add", "mul", "and", "or", "xor"]);

/** Whether an operator's sides can be exchanged. */
export function isCommutative(operator: string): boolean {
  return COMMUTATIVE.has(operator);
}

/** Whether a block is where a loop over the elements of a map begins. */
export function beginsElements({ instructions }: Block): boolean {
  return instructions.some(({ operation }) => operation.kind === "element");
}

/** Whether a block may end the program by going on with another: only the main function can, for others it is a return. */
export function makesTailCall({ instructions }: Block): boolean {
  return instructions.some(({ operation }) => operation.kind === "call" && operation.callee === helperId("tail_call"));
}
