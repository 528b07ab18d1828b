/**
 * Makes one load of several that are put together: `getUint16(34) << 16 | getUint16(36)` is `getUint32(34)`, in whichever
 * order the bytes are wanted.
 *
 * For each word it is known where in memory each of its bytes comes from; where those are neighbours, up or down, they are
 * loaded at once, where the last of them was loaded, and the bytes swapped if need be.
 *
 * Assumes: constants in the entry. Gains: loads, shifts and swaps. Costs: linear; a load of the packet may cross its natural
 * alignment, as others do.
 *
 * @module
 */

import { type Access, isAccess, splitAddress } from "../analysis/memory.ts";
import { type Block, type IrFunction, makeValue, readsOf, replaceUses, type Size, type Value } from "../ir.ts";
import { ofInteger } from "../range.ts";

export function combineLoads(fn: IrFunction): boolean {
  const homes = new Map<Value, Block>();
  let hasUnions = false;
  for (const block of fn.blocks) {
    for (const value of block.instructions) {
      if (isAccess(value)) homes.set(value, block);
      else hasUnions ||= isUnion(value);
    }
  }
  if (homes.size === 0 || !hasUnions) return false;
  const reads = readsOf(fn);
  const combiner = new Combiner(fn, reads, homes);
  const { blocks } = fn;
  for (const { instructions } of blocks) instructions.forEach((value) => combiner.trace(value));
  for (const block of blocks) {
    for (const value of block.instructions.toReversed()) combiner.consider(value);
  }
  replaceUses(fn, combiner.replacement);
  return combiner.changed;
}

/** Where one byte of a word comes from. */
interface Byte {
  readonly load: Access;
  /** Bytes from the load's base. */
  readonly at: number;
}

/** Eight bytes of a word, the lowest first; `undefined`: zero. */
type Bytes = readonly (Byte | undefined)[];

const ZEROS: Bytes = new Array(8).fill(undefined);

class Combiner {
  readonly #fn: IrFunction;
  readonly #reads: Uint32Array;
  readonly #homes: ReadonlyMap<Value, Block>;
  /** The bytes of words that come from memory. */
  readonly #known = new Map<Value, Bytes>();
  /** Parts of what has been combined already. */
  readonly #inner = new Set<Value>();
  readonly replacement = new Map<Value, Value>();
  changed = false;

  constructor(fn: IrFunction, reads: Uint32Array, homes: ReadonlyMap<Value, Block>) {
    this.#fn = fn;
    this.#reads = reads;
    this.#homes = homes;
  }

  /** Finds out where a word's bytes come from; of what it is computed from that is known. */
  trace(value: Value): void {
    const bytes = this.#bytesOf(value);
    if (bytes) this.#known.set(value, bytes);
  }

  /** Combines the loads that a sum of parts is made of. */
  consider(value: Value): void {
    if (!isUnion(value) || this.#inner.has(value)) return;
    const bytes = this.#known.get(value);
    const plan = bytes && planOf(bytes);
    if (!plan) return;
    const parts = new Set<Value>();
    this.#gather(value, parts);
    const needless = [...parts].filter((part) => this.#reads[part.id] === 1).length;
    if (needless + 1 <= (plan.isSwapped ? 2 : 1)) return;
    const last = this.#lastOf(plan.loads);
    if (!last) return;
    parts.forEach((part) => this.#inner.add(part));
    this.#replace(value, plan, last);
  }

  /** The parts of an expression, itself apart. */
  #gather(value: Value, parts: Set<Value>): void {
    for (const input of value.inputs) {
      if (input.operation.kind === "constant" || parts.has(input)) continue;
      parts.add(input);
      if (!isAccess(input)) this.#gather(input, parts);
    }
  }

  /** The last of some loads, if they stand in one block and nothing between them changes memory. */
  #lastOf(loads: ReadonlySet<Access>): Access | undefined {
    const [block, ...others] = new Set([...loads].map((load) => this.#homes.get(load)));
    if (!block || others.length > 0) return undefined;
    let left = loads.size;
    for (const value of block.instructions) {
      if (loads.has(value as Access) && --left === 0) return value as Access;
      const isBetween = left < loads.size;
      if (isBetween && value.operation.kind !== "load" && (isAccess(value) || value.operation.kind === "call")) {
        return undefined;
      }
    }
  }

  #replace(value: Value, { at, size, isSwapped }: Plan, last: Access): void {
    this.changed = true;
    const { inputs: [address], operation: { region }, origin } = last;
    const block = this.#homes.get(last)!;
    const offset = at - splitAddress(address).distance;
    const range = size < 8 ? ofInteger(size, false) : undefined;
    const wide = makeValue(this.#fn, { kind: "load", size, signed: false, offset, region }, [address], origin, range);
    block.instructions.splice(block.instructions.indexOf(last) + 1, 0, wide);
    if (isSwapped) {
      value.operation = { kind: "swap", bits: 8 * size as 16 | 32 | 64 };
      value.inputs = [wide];
    } else this.replacement.set(value, wide);
  }

  #bytesOf(value: Value): Bytes | undefined {
    if (isAccess(value)) return bytesOfLoad(value);
    const { operation, inputs } = value;
    const input = (i: number) => this.#known.get(inputs[i]);
    switch (operation.kind) {
      case "extend":
        return operation.signed ? undefined : low(input(0), operation.bits / 8);
      case "swap": {
        const count = operation.bits / 8;
        const bytes = low(input(0), count);
        return bytes && [...bytes.slice(0, count).reverse(), ...ZEROS].slice(0, 8);
      }
      case "binary": {
        const bytes = isUnion(value)
          ? united(input(0), input(1))
          : changed(operation.operator, input(0), inputs[1], operation.width);
        return low(bytes, operation.width / 8);
      }
    }
  }
}

/** A union of bits, if its operands have none in common. */
function isUnion({ operation }: Value): boolean {
  if (operation.kind !== "binary") return false;
  const { operator } = operation;
  return operator === "or" || operator === "add" || operator === "xor";
}

function bytesOfLoad(load: Access): Bytes | undefined {
  const { operation, inputs: [address] } = load;
  if (operation.kind !== "load" || operation.signed || operation.region !== "packet" || operation.size === 8) {
    return undefined;
  }
  const from = splitAddress(address).distance + operation.offset;
  return ZEROS.map((_, i) => i < operation.size ? { load, at: from + i } : undefined);
}

function low(bytes: Bytes | undefined, count: number): Bytes | undefined {
  return bytes && count < 8 ? bytes.map((byte, i) => i < count ? byte : undefined) : bytes;
}

function united(a: Bytes | undefined, b: Bytes | undefined): Bytes | undefined {
  if (!a || !b || a.some((byte, i) => byte && b[i])) return undefined;
  return a.map((byte, i) => byte ?? b[i]);
}

function changed(operator: string, bytes: Bytes | undefined, { operation }: Value, width: number): Bytes | undefined {
  if (!bytes || operation.kind !== "constant") return undefined;
  const constant = operation.value;
  if (operator === "and") {
    const masks = ZEROS.map((_, i) => constant >> BigInt(8 * i) & 0xffn);
    if (!masks.every((mask, i) => mask === 0n || mask === 0xffn || !bytes[i])) return undefined;
    return bytes.map((byte, i) => masks[i] === 0n ? undefined : byte);
  }
  const by = Number(constant) / 8;
  if (!Number.isInteger(by) || by < 0 || by >= width / 8) return undefined;
  const whole = low(bytes, width / 8)!;
  if (operator === "shl") return [...ZEROS.slice(0, by), ...whole].slice(0, 8);
  return operator === "lshr" ? [...whole.slice(by), ...ZEROS].slice(0, 8) : undefined;
}

/** The load that gives a word all of its bytes. */
interface Plan {
  readonly at: number;
  readonly size: Size;
  readonly isSwapped: boolean;
  readonly loads: ReadonlySet<Access>;
}

function planOf(bytes: Bytes): Plan | undefined {
  const size = bytes.findLastIndex((byte) => byte !== undefined) + 1;
  if (size !== 2 && size !== 4 && size !== 8) return undefined;
  const used = bytes.slice(0, size).filter((byte) => byte !== undefined);
  const [first] = used;
  if (used.length < size) return undefined;
  const base = ({ load }: Byte) => splitAddress(load.inputs[0]).base;
  const follow = (step: number) =>
    used.every((byte, i) => byte.at === first.at + step * i && base(byte) === base(first));
  const loads = new Set(used.map(({ load }) => load));
  if (follow(1)) return { at: first.at, size, isSwapped: false, loads };
  return follow(-1) ? { at: first.at - size + 1, size, isSwapped: true, loads } : undefined;
}
