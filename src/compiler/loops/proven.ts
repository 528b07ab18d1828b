/**
 * What tests inside a loop have shown of the packet's length, and code behind the loop relies on: the verifier learns
 * nothing from a callback, so it is tested again.
 *
 * @module
 */

import {
  type Block,
  constantOf,
  definedIn,
  type Edge,
  type IrFunction,
  isSum,
  reversePostorder,
  successors,
  type Value,
} from "../ir.ts";
import type { Border, Exit } from "./border.ts";

/** So many bytes from an address on belong to the packet. */
export interface Proven {
  readonly address: Value;
  readonly bytes: bigint;
  /** What it was compared with: the packet's end. */
  readonly end: Value;
}

/**
 * The facts that hold at each way out and did not before the loop.
 *
 * @param pointers The function's pointers: a callback has got the packet's end from where it is called, as one of them.
 */
export function provenInside(
  fn: IrFunction,
  { loop, entries, exits, results }: Border,
  pointers: ReadonlySet<Value>,
): ReadonlyMap<Exit, readonly Proven[]> {
  const found = new Map<Exit, Proven[]>(exits.map((exit) => [exit, []]));
  const facts = tested([...loop.blocks], pointers);
  if (facts.size === 0) return found;
  const accessed = accessedAddresses(fn.blocks.filter((block) => !loop.blocks.has(block)));
  const inside = definedIn(loop.blocks);
  for (const { address, end } of facts.values()) {
    if (!accessed.has(address) || inside.has(address) && !results.includes(address)) continue;
    const at = provenOn(fn, address, pointers);
    const before = least(entries.map(at));
    for (const exit of exits) {
      const bytes = least(exit.edges.map(at));
      if (bytes > before) found.get(exit)!.push({ address, bytes, end });
    }
  }
  return found;
}

/** What some blocks address the packet from. */
function accessedAddresses(blocks: readonly Block[]): Set<Value> {
  const found = new Set<Value>();
  for (const { instructions } of blocks) {
    for (const { operation, inputs: [address] } of instructions) {
      if ("region" in operation && operation.region === "packet") found.add(split(address).address);
    }
  }
  return found;
}

/** Each address that is tested in some blocks, once. */
function tested(blocks: readonly Block[], pointers: ReadonlySet<Value>): Map<Value, Proven> {
  return new Map(
    blocks.flatMap((block) => successors(block).flatMap((edge) => shownBy(block, edge, pointers) ?? []))
      .map((fact) => [fact.address, fact]),
  );
}

/** What going over an edge shows. */
function shownBy({ terminator }: Block, edge: Edge, pointers: ReadonlySet<Value>): Proven | undefined {
  if (terminator?.kind !== "branch" || !pointers.has(terminator.right)) return undefined;
  const { comparison, left, right } = terminator;
  const shows = comparison === "ugt" ? terminator.else : comparison === "ule" ? terminator.then : undefined;
  return shows === edge ? { ...split(left), end: right } : undefined;
}

/** An address as another one and a constant distance from there. */
function split(value: Value): { address: Value; bytes: bigint } {
  const by = isSum(value) ? constantOf(value.inputs[1]) : undefined;
  if (by === undefined) return { address: value, bytes: 0n };
  const { address, bytes } = split(value.inputs[0]);
  return { address, bytes: bytes + by };
}

/** How many bytes from an address on are proven on an edge, on all ways to it. */
function provenOn(fn: IrFunction, address: Value, pointers: ReadonlySet<Value>): (edge: Edge) => bigint {
  const order = reversePostorder(fn);
  const edges = new Map<Edge, bigint>();
  const entering = new Map<Block, Edge[]>(order.map((block) => [block, []]));
  for (const block of order) for (const edge of successors(block)) entering.get(edge.block)!.push(edge);
  for (let changed = true; changed;) {
    changed = false;
    for (const block of order) {
      // Edges not reached yet do not count.
      const before = block === order[0] ? 0n : least(entering.get(block)!.filter((edge) => edges.has(edge)).map(at));
      for (const edge of successors(block)) {
        const shown = shownBy(block, edge, pointers);
        const bytes = shown?.address === address && shown.bytes > before ? shown.bytes : before;
        if (edges.get(edge) === bytes) continue;
        edges.set(edge, bytes);
        changed = true;
      }
    }
  }
  return at;

  function at(edge: Edge): bigint {
    return edges.get(edge) ?? 0n;
  }
}

function least(values: readonly bigint[]): bigint {
  return values.reduce((a, b) => a < b ? a : b, values[0] ?? 0n);
}
