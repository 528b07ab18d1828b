/**
 * Compares packet fields in network order: `swap(x) === constant` becomes `x === swapped constant`, and so do words of fewer
 * bytes that are shifted down behind the swap, such as a MAC address. Where ways meet that all
 * bring swapped words, the words are brought as they are, and swapped there if at all; so it is with one and constants, if what
 * they bring is swapped again.
 *
 * Sound for equality and tests of bits only, and for fields whose value fits the bits that are swapped: a bijection on them.
 * Assumes: constants in the entry; the swapped value is read by such comparisons alone, else the swap is needed anyway. Gains:
 * one instruction a field. Costs: linear.
 *
 * @module
 */

import { feedingAddresses } from "../analysis/addresses.ts";
import type { Assumptions } from "../analysis/assumptions.ts";
import { lowBits, MASK } from "../analysis/facts.ts";
import { Flow } from "../analysis/flow.ts";
import { swapBytes } from "../analysis/transfer.ts";
import {
  type Block,
  type Branch,
  eachEdge,
  eachTerminatorInput,
  type Edge,
  type IrFunction,
  makeValue,
  readsOf,
  type Value,
} from "../ir.ts";
import { Constants } from "./constants.ts";

export function foldByteSwaps(fn: IrFunction, assumptions?: Assumptions): boolean {
  if (!fn.blocks.some(({ instructions }) => instructions.some(isSwap))) return false;
  const constants = new Constants(fn);
  const { whole, shifted } = swapsOfAllBits(fn, assumptions);
  swapWhereWaysMeet(fn, constants, whole);
  const readers = new Map<Value, (Branch | undefined)[]>();
  const note = (value: Value, reader: Branch | undefined) => {
    if (!isSwap(value) && !shifted.has(value)) return;
    const known = readers.get(value);
    if (known) known.push(reader);
    else readers.set(value, [reader]);
  };
  for (const { instructions, terminator } of fn.blocks) {
    for (const { inputs } of instructions) for (const input of inputs) note(input, undefined);
    const end = terminator!;
    // The left side comes first; the same value may also be brought over an edge.
    let branch = end.kind === "branch" && (isFoldable(end, whole) || isFoldableShifted(end, shifted)) ? end : undefined;
    eachTerminatorInput(end, (input) => {
      note(input, branch);
      branch = undefined;
    });
  }
  for (const [value, branches] of readers) {
    if (branches.includes(undefined)) continue;
    for (const branch of branches) fold(constants, branch!, value);
  }
  return true;
}

function isSwap({ operation }: Value): boolean {
  return operation.kind === "swap";
}

/** What comparisons can do without, if they take the constant swapped. */
interface Foldable {
  /** The swaps of words that have no bits which the swap would not see. */
  readonly whole: Set<Value>;
  /** `swap(x) >>> n` of such swaps, where the shift takes away only what is 0. */
  readonly shifted: ReadonlySet<Value>;
}

function swapsOfAllBits(fn: IrFunction, assumptions?: Assumptions): Foldable {
  return swapsOfLoads(fn) ?? swapsByFacts(fn, assumptions);
}

/** The swaps of a function, if all are of words as they are loaded, which have no other bits, and none is shifted. */
function swapsOfLoads({ blocks }: IrFunction): Foldable | undefined {
  const whole = new Set<Value>();
  for (const { instructions } of blocks) {
    for (const value of instructions) {
      const { operation, inputs } = value;
      if (operation.kind === "swap") {
        const from = inputs[0].operation;
        if (from.kind !== "load" || from.signed || from.size * 8 > operation.bits) return undefined;
        whole.add(value);
      } else if (operation.kind === "binary" && operation.operator === "lshr" && isSwap(inputs[0])) return undefined;
    }
  }
  return { whole, shifted: new Set() };
}

function swapsByFacts(fn: IrFunction, assumptions?: Assumptions): Foldable {
  const whole = new Set<Value>();
  const shifted = new Set<Value>();
  const flow = new Flow(fn, assumptions);
  flow.walk({
    instruction(value) {
      const { operation, inputs } = value;
      if (operation.kind === "swap" && (flow.of(inputs[0]).zeros | lowBits(operation.bits)) === MASK) whole.add(value);
      if (operation.kind !== "binary" || operation.operator !== "lshr" || operation.width !== 64) return;
      const [swap, count] = inputs;
      if (!whole.has(swap) || count.operation.kind !== "constant") return;
      const lost = lowBits(Number(count.operation.value));
      if ((flow.of(swap).zeros & lost) === lost) shifted.add(value);
    },
  });
  return { whole, shifted };
}

const COMPARED: ReadonlySet<string> = new Set(["eq", "ne", "set", "clear"]);

function isFoldable({ comparison, width, left, right, proof }: Branch, whole: ReadonlySet<Value>): boolean {
  if (!COMPARED.has(comparison) || proof || !whole.has(left) || right.operation.kind !== "constant") return false;
  const { operation } = left;
  if (operation.kind !== "swap" || operation.bits > width) return false;
  return operation.bits === 64 || right.operation.value >= 0n && right.operation.value <= lowBits(operation.bits);
}

function isFoldableShifted({ comparison, width, left, right, proof }: Branch, shifted: ReadonlySet<Value>): boolean {
  if (!shifted.has(left) || proof || width !== 64 || comparison !== "eq" && comparison !== "ne") return false;
  const [swap, count] = left.inputs;
  if (swap.operation.kind !== "swap" || count.operation.kind !== "constant") return false;
  const most = lowBits(swap.operation.bits - Number(count.operation.value));
  return right.operation.kind === "constant" && right.operation.value >= 0n && right.operation.value <= most;
}

function fold(constants: Constants, branch: Branch, value: Value): void {
  const { right } = branch;
  if (right.operation.kind !== "constant") return;
  const [swap, count] = isSwap(value) ? [value, undefined] : value.inputs;
  if (swap.operation.kind !== "swap") return;
  const { bits } = swap.operation;
  const by = count?.operation.kind === "constant" ? count.operation.value : 0n;
  branch.left = swap.inputs[0];
  branch.right = constants.of(swapBytes(BigInt.asUintN(bits, right.operation.value) << by, bits));
}

function swapWhereWaysMeet(fn: IrFunction, constants: Constants, whole: Set<Value>): void {
  const feeding = feedingAddresses(fn);
  const reads = readsOf(fn);
  const readAsIs = new Uint8Array(fn.nextId);
  const readHere = ({ id }: Value) => void (readAsIs[id] = 1);
  const entering = new Map<Block, Edge[]>();
  const enter = (edge: Edge) => {
    if (edge.arguments.length === 0) return;
    const known = entering.get(edge.block);
    if (known) known.push(edge);
    else entering.set(edge.block, [edge]);
  };
  for (const block of fn.blocks) {
    const end = block.terminator!;
    for (const value of block.instructions) if (!isSwap(value)) value.inputs.forEach(readHere);
    eachTerminatorInput(end, readHere);
    eachEdge(block, enter);
    // Comparisons that take the constant swapped do not need the swap.
    if (end.kind === "branch" && isFoldable(end, whole)) reads[end.left.id]--;
  }
  for (const block of fn.blocks) {
    block.parameters.forEach((parameter, i) => {
      if (feeding[parameter.id]) return;
      const edges = entering.get(block)!;
      const least = readAsIs[parameter.id] ? 2 : 1;
      const bits = bitsBrought(parameter, edges.map((edge) => edge.arguments[i]), reads, least);
      if (bits === undefined) return;
      const raw = makeValue(fn, { kind: "parameter" }, [], parameter.origin);
      block.parameters[i] = raw;
      parameter.operation = { kind: "swap", bits };
      parameter.inputs = [raw];
      block.instructions.unshift(parameter);
      if (edges.every((edge) => isWhole(edge.arguments[i], parameter, whole))) whole.add(parameter);
      for (const edge of edges) edge.arguments[i] = unswapped(edge.arguments[i], raw, bits, constants);
    });
  }
}

function isWhole(brought: Value, parameter: Value, whole: ReadonlySet<Value>): boolean {
  return brought === parameter || brought.operation.kind === "constant" || whole.has(brought);
}

/** How many bits of a parameter all ways bring swapped, if enough of them do and the others bring constants. */
function bitsBrought(
  parameter: Value,
  values: readonly Value[],
  reads: Uint32Array,
  least: number,
): 16 | 32 | 64 | undefined {
  const swaps = values.filter((value) => isSwap(value) && reads[value.id] === 1);
  const [first] = swaps;
  if (swaps.length < least || first.operation.kind !== "swap") return undefined;
  const { bits } = first.operation;
  const isBrought = (value: Value) => {
    const { operation } = value;
    if (operation.kind === "constant") return operation.value >= 0n && operation.value <= lowBits(Math.min(bits, 63));
    return value === parameter || operation.kind === "swap" && operation.bits === bits && swaps.includes(value);
  };
  return values.every(isBrought) ? bits : undefined;
}

function unswapped(value: Value, raw: Value, bits: 16 | 32 | 64, constants: Constants): Value {
  const { operation, inputs } = value;
  if (operation.kind === "constant") return constants.of(swapBytes(operation.value, bits));
  return operation.kind === "swap" && inputs[0] !== raw ? inputs[0] : raw;
}
