/**
 * Steps that access memory. Each looks its region up and checks the limits; what does not pass goes the long way, which
 * knows contexts and explains faults.
 *
 * @module
 */

import type { AtomicOperation, Size } from "../bytecode/mod.ts";
import { atomicOperations, wideOperations } from "./arithmetic.ts";
import { origin, type Region, Taint } from "./region.ts";
import type { State, Step } from "./state.ts";

/** Reads a value into the register whose low half is at `d`. */
type Reader = (view: DataView, at: number, registers: Int32Array, d: number) => void;
/** Writes a value. */
type Writer = (view: DataView, at: number, low: number, high: number) => void;

const readers: Readonly<Record<Size, Reader>> = {
  1: (view, at, r, d) => {
    r[d] = view.getUint8(at);
    r[d + 1] = 0;
  },
  2: (view, at, r, d) => {
    r[d] = view.getUint16(at, true);
    r[d + 1] = 0;
  },
  4: (view, at, r, d) => {
    r[d] = view.getInt32(at, true);
    r[d + 1] = 0;
  },
  8: (view, at, r, d) => {
    r[d] = view.getInt32(at, true);
    r[d + 1] = view.getInt32(at + 4, true);
  },
};

const signedReaders: Readonly<Record<1 | 2 | 4, (view: DataView, at: number) => number>> = {
  1: (view, at) => view.getInt8(at),
  2: (view, at) => view.getInt16(at, true),
  4: (view, at) => view.getInt32(at, true),
};

const writers: Readonly<Record<Size, Writer>> = {
  1: (view, at, low) => view.setInt8(at, low),
  2: (view, at, low) => view.setInt16(at, low, true),
  4: (view, at, low) => view.setInt32(at, low, true),
  8: (view, at, low, high) => {
    view.setInt32(at, low, true);
    view.setInt32(at + 4, high, true);
  },
};

function signedReader(size: 1 | 2 | 4): Reader {
  const read = signedReaders[size];
  return (view, at, r, d) => {
    const value = read(view, at);
    r[d] = value;
    r[d + 1] = value >> 31;
  };
}

/** An access that is not to ordinary memory. */
function irregularLoad(state: State, base: number, offset: number, size: number, dst: number): void {
  const at = state.registers[2 * base] - origin + offset | 0;
  const region = state.find(state.registers[2 * base + 1]);
  if (region?.synthetic?.load(state, at, size, dst)) return;
  throw accessFault(state, base, region, at, `reads ${size} bytes`);
}

function accessFault(state: State, base: number, region: Region | undefined, at: number, what: string): Error {
  if (!region) return state.fault(`it ${what}, but r${base} is ${state.describe(base)}`);
  const readOnly = what.startsWith("writes") && region.writableEnd < region.end ? ", which is read-only" : "";
  return state.fault(`it ${what} at ${state.place(region, at)}${readOnly}`);
}

/** The parts of a load that its step needs. */
interface Load {
  readonly size: Size;
  readonly dst: number;
  readonly src: number;
  readonly offset: number;
  readonly next: number;
}

/** `dst = *(size *)(src + offset)`. */
export function loadStep(size: Size, signed: boolean, dst: number, src: number, offset: number, next: number): Step {
  const access = { size, dst, src, offset, next };
  if (signed && size !== 8) return anyLoad(access, signedReader(size));
  return size === 8 ? wideLoad(access) : size === 4 ? wordLoad(access) : anyLoad(access, readers[size]);
}

/** Sizes that are frequent have steps of their own: a call that always goes to the same function is a fast one. */
function wideLoad({ size, dst, src, offset, next }: Load): Step {
  const d = 2 * dst, s = 2 * src, distance = offset - origin;
  return (state) => {
    const { registers } = state;
    const region = state.find(registers[s + 1]);
    const at = registers[s] + distance | 0;
    if (region !== undefined && at >= region.start && at <= region.end - 8) {
      const { view } = region;
      registers[d] = view.getInt32(at, true);
      registers[d + 1] = view.getInt32(at + 4, true);
    } else irregularLoad(state, src, offset, size, dst);
    return next;
  };
}

function wordLoad({ size, dst, src, offset, next }: Load): Step {
  const d = 2 * dst, s = 2 * src, distance = offset - origin;
  return (state) => {
    const { registers } = state;
    const region = state.find(registers[s + 1]);
    const at = registers[s] + distance | 0;
    if (region !== undefined && at >= region.start && at <= region.end - 4) {
      registers[d] = region.view.getInt32(at, true);
      registers[d + 1] = 0;
    } else irregularLoad(state, src, offset, size, dst);
    return next;
  };
}

function anyLoad({ size, dst, src, offset, next }: Load, read: Reader): Step {
  const d = 2 * dst, s = 2 * src, distance = offset - origin;
  return (state) => {
    const { registers } = state;
    const region = state.find(registers[s + 1]);
    const at = registers[s] + distance | 0;
    if (region !== undefined && at >= region.start && at <= region.end - size) read(region.view, at, registers, d);
    else irregularLoad(state, src, offset, size, dst);
    return next;
  };
}

function storeTo(
  state: State,
  write: Writer,
  access: { readonly size: number; readonly base: number; readonly offset: number },
  low: number,
  high: number,
): void {
  const { size, base, offset } = access;
  const { registers } = state;
  const region = state.find(registers[2 * base + 1]);
  const at = registers[2 * base] - origin + offset | 0;
  if (region !== undefined && at >= region.start && at <= region.writableEnd - size) write(region.view, at, low, high);
  else if (!region?.synthetic?.store(state, at, size, low, high)) {
    throw accessFault(state, base, region, at, `writes ${size} bytes`);
  }
}

/** `*(size *)(dst + offset) = src`. */
export function storeStep(size: Size, dst: number, offset: number, src: number, next: number): Step {
  const write = writers[size], access = { size, base: dst, offset }, s = 2 * src;
  return (state) => {
    storeTo(state, write, access, state.registers[s], state.registers[s + 1]);
    return next;
  };
}

/** `*(size *)(dst + offset) = value`. */
export function storeImmediateStep(size: Size, dst: number, offset: number, value: number, next: number): Step {
  const write = writers[size], access = { size, base: dst, offset }, high = value >> 31;
  return (state) => {
    storeTo(state, write, access, value, high);
    return next;
  };
}

/** The place of an atomic operation, aligned as the kernel demands. */
function atomicPlace(state: State, size: number, base: number, offset: number): { region: Region; at: number } {
  const region = state.find(state.registers[2 * base + 1]);
  const at = state.registers[2 * base] - origin + offset | 0;
  const fits = region !== undefined && at >= region.start && at <= region.writableEnd - size;
  if (!fits) throw accessFault(state, base, region, at, `writes ${size} bytes atomically`);
  // The stack's end is aligned, as is every other region's beginning.
  if (at % size !== 0) throw accessFault(state, base, region, at, `is misaligned: it writes ${size} bytes atomically`);
  return { region, at };
}

interface AtomicOperands {
  readonly size: Size;
  readonly dst: number;
  readonly offset: number;
  readonly src: number;
  readonly next: number;
}

/** The register that is none: atomics compute in it. Index of its low half. */
const scratch = 22;

/** The atomic operations, each as a step. Nothing else runs meanwhile. */
export function atomicStep(operation: AtomicOperation, operands: AtomicOperands): Step {
  const { size, dst, offset, src, next } = operands;
  if (operation === "loadAcquire") return loadStep(size, false, dst, src, offset, next);
  if (operation === "storeRelease") return storeStep(size, dst, offset, src, next);
  if (operation === "cmpxchg") return compareExchangeStep(operands);
  const { fetches, operation: name } = atomicOperations[operation];
  const compute = wideOperations[name], read = readers[size], write = writers[size], s = 2 * src;
  return (state) => {
    const { region, at } = atomicPlace(state, size, dst, offset);
    const { registers } = state;
    read(region.view, at, registers, scratch);
    const low = registers[scratch], high = registers[scratch + 1];
    compute(state, scratch, registers[s], registers[s + 1]);
    write(region.view, at, registers[scratch], registers[scratch + 1]);
    if (fetches) {
      registers[s] = low;
      registers[s + 1] = high;
    }
    return next;
  };
}

function compareExchangeStep({ size, dst, offset, src, next }: AtomicOperands): Step {
  const read = readers[size], write = writers[size], s = 2 * src;
  return (state) => {
    const { region, at } = atomicPlace(state, size, dst, offset);
    const { registers } = state;
    read(region.view, at, registers, scratch);
    const equal = registers[scratch] === registers[0] && (size === 4 || registers[scratch + 1] === registers[1]);
    if (equal) write(region.view, at, registers[s], registers[s + 1]);
    registers[0] = registers[scratch];
    registers[1] = registers[scratch + 1];
    return next;
  };
}

/** What a load from a place gives: the worst of its bytes; an address only if it is whole. */
export function loadedTaint(state: State, base: number, offset: number, size: number): number {
  const { registers } = state;
  const region = state.find(registers[2 * base + 1]);
  if (region === undefined) return Taint.Clean;
  const at = registers[2 * base] - origin + offset | 0;
  if (region.synthetic !== undefined) return region.synthetic.taint(at);
  if (region.shadow === undefined || at < region.start || at + size > region.end) return Taint.Clean;
  const taint = region.marked(at, size);
  return taint === Taint.Address && (size !== 8 || !whole(region, at)) ? Taint.Dirty : taint;
}

/** Marks the bytes of a place that is about to be written. */
export function storeTaint(state: State, base: number, offset: number, size: number, taint: number): void {
  const { registers } = state;
  const region = state.find(registers[2 * base + 1]);
  if (region === undefined || (region.shadow === undefined && taint === Taint.Clean)) return;
  const at = registers[2 * base] - origin + offset | 0;
  if (region.synthetic === undefined && at >= region.start && at <= region.end - size) region.mark(at, size, taint);
}

function whole({ shadow }: Region, at: number): boolean {
  for (let index = at; index < at + 8; index++) if (shadow![index] !== Taint.Address) return false;
  return true;
}
