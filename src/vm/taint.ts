/**
 * Follows what a run's results depend on: addresses, memory that was never written, registers without a value. Each
 * instruction has a step that runs before the one that computes, and sees the same registers.
 *
 * @module
 */

import type { AluOperation, AtomicOperation, Comparison, Instruction, Operation, Size } from "../bytecode/mod.ts";
import { loadedTaint, storeTaint } from "./memory.ts";
import { Taint } from "./region.ts";
import type { State } from "./state.ts";

/** Looks at an instruction before it runs. */
export type TaintStep = (state: State) => void;

type Kind<K extends Operation["kind"]> = Extract<Operation, { kind: K }>;
type Factory<K extends Operation["kind"]> = (row: Kind<K>, instruction: Instruction) => TaintStep | undefined;

/** The taint of a register that is read. */
function used(state: State, register: number): number {
  const taint = state.taints[register];
  if (taint === Taint.None) throw state.fault(`r${register} has no value`);
  return taint;
}

/** Sums and differences of addresses and numbers are the only results that stay comparable. */
function combine(state: State, operation: AluOperation, dst: number, a: number, b: number, src: number): number {
  if (a === Taint.Clean && b === Taint.Clean) return Taint.Clean;
  if (operation === "add" && a + b === Taint.Address) return Taint.Address;
  if (operation === "sub" && a === Taint.Address && b === Taint.Clean) return Taint.Address;
  const { registers } = state;
  const together = src >= 0 && registers[2 * dst + 1] === registers[2 * src + 1];
  if (operation === "sub" && a === Taint.Address && b === Taint.Address && together) return Taint.Clean;
  return Taint.Dirty;
}

const alu: Factory<"alu"> = ({ operation, width, register }, { dst, src }) => {
  if (operation === "mov") {
    if (!register) return ({ taints }) => void (taints[dst] = Taint.Clean);
    if (width === 64) return (state) => void (state.taints[dst] = used(state, src));
    return (state) => void (state.taints[dst] = spoilt(used(state, src)));
  }
  const cancels = register && dst === src && (operation === "sub" || operation === "xor");
  return (state) => {
    const a = used(state, dst), b = register ? used(state, src) : Taint.Clean;
    if (cancels) state.taints[dst] = Taint.Clean;
    else if (width === 64) state.taints[dst] = combine(state, operation, dst, a, b, register ? src : -1);
    else state.taints[dst] = spoilt(Math.max(a, b));
  };
};

/** What is left of an address after anything but adding to it. */
function spoilt(taint: number): number {
  return taint === Taint.Clean ? Taint.Clean : Taint.Dirty;
}

/** `dst` becomes something made of `from`. */
function unary(dst: number, from: number): TaintStep {
  return (state) => void (state.taints[dst] = spoilt(used(state, from)));
}

function load(size: number, { dst, src, offset }: Instruction): TaintStep {
  return (state) => {
    const base = used(state, src);
    const loaded = loadedTaint(state, src, offset, size);
    state.taints[dst] = base === Taint.Dirty ? Taint.Dirty : loaded;
  };
}

/** Marks the bytes that are about to be written. */
function mark(state: State, { dst, offset }: Instruction, size: Size, taint: number): void {
  if (used(state, dst) === Taint.Dirty) state.depend("it writes to a place that is not comparable");
  storeTaint(state, dst, offset, size, taint === Taint.Address && size === 8 ? taint : spoilt(taint));
}

const atomic: Factory<"atomic"> = ({ operation, size }, instruction) => {
  const { dst, src, offset } = instruction;
  if (operation === "loadAcquire") return load(size, instruction);
  if (operation === "storeRelease") return (state) => mark(state, instruction, size, used(state, src));
  const exchange = operation === "cmpxchg", fetched = exchange ? 0 : src;
  return (state) => {
    const operand = used(state, src), base = used(state, dst);
    const old = base === Taint.Dirty ? Taint.Dirty : loadedTaint(state, dst, offset, size);
    if (exchange && (used(state, 0) | old) !== Taint.Clean) state.depend("it compares what is not comparable");
    const kept = operation === "xchg" ? operand : spoilt(operand | old);
    mark(state, instruction, size, kept);
    // Linux 6.18 forgets to clear r0's high half on some paths to a state that its verifier has seen before.
    const kernelDiffers = exchange && size === 4 && state.registers[1] !== 0;
    if (fetches(operation)) state.taints[fetched] = kernelDiffers ? Taint.Dirty : old;
  };
};

function fetches(operation: AtomicOperation): boolean {
  return !["add", "or", "and", "xor"].includes(operation);
}

/** Which way a branch goes is comparable if it compares numbers, places in one region, or an address with null. */
function decides(
  state: State,
  comparison: Comparison,
  width: number,
  left: number,
  right: number | undefined,
): boolean {
  const { registers, taints } = state;
  const a = taints[left], b = right === undefined ? Taint.Clean : taints[right];
  if (a === Taint.Clean && b === Taint.Clean) return true;
  if (a === Taint.Dirty || b === Taint.Dirty || width === 32) return false;
  const equality = comparison === "eq" || comparison === "ne";
  if (a === b) return equality || registers[2 * left + 1] === registers[2 * right! + 1];
  return equality;
}

const factories: { readonly [K in Operation["kind"]]?: Factory<K> } = {
  alu,
  negate: (_, { dst }) => unary(dst, dst),
  swap: (_, { dst }) => unary(dst, dst),
  signExtend: (_, { dst, src }) => unary(dst, src),
  load: ({ size }, instruction) => load(size, instruction),
  store: ({ size, register }, instruction) => (state) =>
    mark(state, instruction, size, register ? used(state, instruction.src) : Taint.Clean),
  atomic,
  constant: ({ constant }, { dst }) => ({ taints }) =>
    void (taints[dst] = constant === "value" ? Taint.Clean : Taint.Address),
  packet: ({ indirect }, { src }) => (state) => {
    used(state, 6);
    if (indirect && used(state, src) !== Taint.Clean) state.depend("it reads a place that is not comparable");
    state.taints[0] = Taint.Clean;
    state.taints.fill(Taint.None, 1, 6);
  },
  branch: ({ comparison, width, register }, { dst, src }) => (state) => {
    used(state, dst);
    if (register) used(state, src);
    if (!decides(state, comparison, width, dst, register ? src : undefined)) {
      state.depend("it branches on what is not comparable");
    }
  },
};

/**
 * The step that follows an instruction's taint.
 *
 * @param row What the instruction is.
 * @param instruction The instruction.
 * @returns `undefined` if there is nothing to follow.
 */
export function taintStep(row: Operation, instruction: Instruction): TaintStep | undefined {
  const factory = factories[row.kind] as Factory<Operation["kind"]> | undefined;
  return factory?.(row as never, instruction);
}
