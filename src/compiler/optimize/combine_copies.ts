/**
 * Copies neighbouring bytes of the packet by few wide loads and stores: the addresses of an Ethernet header that moves are one
 * word of eight bytes and one of four, not four, four, two and two. So an answer, or a packet in another one, keeps fewer words
 * in registers while a helper runs.
 *
 * The loads are moved to the last of them, the stores to the last of those; that is done only where nothing in between changes
 * or sees what they are about.
 *
 * Assumes: swaps that cancel each other are gone. Gains: loads, stores and registers. Costs: linear, but for a sort of what is
 * copied from one place to another; accesses of the packet may cross their natural alignment, as others do.
 *
 * @module
 */

import { type Access, isAccess, splitAddress } from "../analysis/memory.ts";
import { type Block, type IrFunction, makeValue, readsOf, type Size, type Value } from "../ir.ts";
import { ofInteger } from "../range.ts";

export function combineCopies(fn: IrFunction): boolean {
  let changed = false;
  for (const copies of groupsOf(fn)) {
    for (const run of runsOf(copies)) {
      const chunks = chunksOf(run);
      if (chunks.length >= run.length || !areTogether(run)) continue;
      replace(fn, run, chunks);
      changed = true;
    }
  }
  return changed;
}

/** Bytes that are loaded and stored, and nothing else. */
interface Copy {
  readonly load: Access;
  readonly store: Access;
  readonly from: Block;
  readonly to: Block;
  /** Bytes from the bases that the addresses have in common with others. */
  readonly loadedAt: number;
  readonly storedAt: number;
  readonly size: Size;
}

/** What is copied between the same two blocks, from one base to another, by the same distance. */
function groupsOf(fn: IrFunction): Copy[][] {
  const homes = new Map<Value, Block>();
  const groups = new Map<string, Copy[]>();
  const reads = readsOf(fn);
  for (const block of fn.blocks) {
    for (const load of block.instructions) if (isInPacket(load, "load") && reads[load.id] === 1) homes.set(load, block);
  }
  if (homes.size < 2) return [];
  for (const to of fn.blocks) {
    for (const store of to.instructions) {
      const load = isInPacket(store, "store") ? store.inputs[1] : undefined;
      const from = load && homes.get(load);
      if (!from || !isInPacket(load!, "load") || !isInPacket(store, "store")) continue;
      if (load.operation.size !== store.operation.size) continue;
      const [source, target] = [splitAddress(load.inputs[0]), splitAddress(store.inputs[0])];
      const loadedAt = source.distance + load.operation.offset;
      const storedAt = target.distance + store.operation.offset;
      const key = [from.id, source.base.id, to.id, target.base.id, storedAt - loadedAt].join();
      const known = groups.get(key);
      const copy = { load, store, from, to, loadedAt, storedAt, size: load.operation.size };
      if (known) known.push(copy);
      else groups.set(key, [copy]);
    }
  }
  return [...groups.values()].filter(({ length }) => length > 1);
}

function isInPacket(value: Value, kind: "load" | "store"): value is Access {
  return isAccess(value) && value.operation.kind === kind && value.operation.region === "packet";
}

/** Copies of bytes that follow each other. */
function runsOf(copies: readonly Copy[]): Copy[][] {
  const runs: Copy[][] = [];
  let end = NaN;
  for (const copy of [...copies].sort((a, b) => a.loadedAt - b.loadedAt)) {
    if (copy.loadedAt === end) runs[runs.length - 1].push(copy);
    else runs.push([copy]);
    end = copy.loadedAt + copy.size;
  }
  return runs;
}

/** The sizes of the fewest accesses for a run. */
function chunksOf(run: readonly Copy[]): Size[] {
  const chunks: Size[] = [];
  let left = run.reduce((sum, { size }) => sum + size, 0);
  for (const size of [8, 4, 2, 1] as const) {
    for (; left >= size; left -= size) chunks.push(size);
  }
  return chunks;
}

/** Whether all loads can be made where the last of them is, and all stores where the last of those is. */
function areTogether(run: readonly Copy[]): boolean {
  const [{ from, to, store, storedAt }] = run;
  const { base } = splitAddress(store.inputs[0]);
  const end = run[run.length - 1].storedAt + run[run.length - 1].size;
  const isHarmless = (value: Value) => {
    if (value.operation.kind === "call") return false;
    if (!isAccess(value) || value.operation.region !== "packet") return true;
    if (value.operation.kind !== "store") return false;
    const target = splitAddress(value.inputs[0]);
    const at = target.distance + value.operation.offset;
    return target.base === base && (at >= end || at + value.operation.size <= storedAt);
  };
  const isReading = (value: Value) =>
    value.operation.kind === "load" || !isAccess(value) && value.operation.kind !== "call";
  return between(from, new Set(run.map(({ load }) => load)), isReading) &&
    between(to, new Set(run.map((copy) => copy.store)), isHarmless);
}

/** Whether all that stands between some instructions of a block is harmless. */
function between(block: Block, those: ReadonlySet<Value>, isHarmless: (value: Value) => boolean): boolean {
  let left = those.size;
  for (const value of block.instructions) {
    if (those.has(value)) {
      if (--left === 0) return true;
    } else if (left < those.size && !isHarmless(value)) return false;
  }
  return false;
}

function replace(fn: IrFunction, run: readonly Copy[], chunks: readonly Size[]): void {
  const [first] = run;
  const lastOf = (block: Block, those: readonly Access[]) =>
    block.instructions.findLast((value) => those.includes(value as Access)) as Access;
  const load = lastOf(first.from, run.map((copy) => copy.load));
  const store = lastOf(first.to, run.map((copy) => copy.store));
  const loads: Value[] = [];
  const stores: Value[] = [];
  let done = 0;
  for (const size of chunks) {
    const range = size < 8 ? ofInteger(size, false) : undefined;
    const offset = (at: number, { inputs }: Access) => at + done - splitAddress(inputs[0]).distance;
    const loaded = makeValue(
      fn,
      { kind: "load", size, signed: false, offset: offset(first.loadedAt, load), region: "packet" },
      [load.inputs[0]],
      load.origin,
      range,
    );
    loads.push(loaded);
    stores.push(makeValue(
      fn,
      { kind: "store", size, offset: offset(first.storedAt, store), region: "packet" },
      [store.inputs[0], loaded],
      store.origin,
    ));
    done += size;
  }
  exchange(first.from, load, loads, new Set(run.map((copy) => copy.load)));
  exchange(first.to, store, stores, new Set(run.map((copy) => copy.store)));
}

/** Puts some instructions after one of those whose place they take. */
function exchange(block: Block, last: Value, by: readonly Value[], those: ReadonlySet<Value>): void {
  block.instructions = block.instructions.flatMap((value) => value === last ? by : those.has(value) ? [] : [value]);
}
