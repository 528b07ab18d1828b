/**
 * Which accesses may touch the same bytes. Memory is divided into cells such that accesses of different cells never do.
 *
 * @module
 */

import { helperId } from "../../bytecode/helpers.ts";
import type { MapReference } from "../../bytecode/instruction.ts";
import {
  constantOf,
  eachEdge,
  type Edge,
  type IrFunction,
  isSum,
  type Operation,
  type Region,
  type Value,
} from "../ir.ts";
import { exactly } from "../range.ts";
import { Incoming } from "./incoming.ts";

/** An operation that reads or writes memory at an address. */
export type Access = Value & { readonly operation: Extract<Operation, { kind: "load" | "store" | "atomic" }> };

/** Cells by the ids of the values that access them. */
export interface Memory {
  /** How many cells there are. */
  readonly count: number;
  /** The access's cell. */
  cellOf(access: Access): number;
  /** Whether nobody but this function's plain accesses can touch the cell: calls leave it alone. */
  isPrivate(cell: number): boolean;
  /**
   * The stack slot or the record reserved in a ring buffer that an address points into, if only calls that are given such
   * addresses can touch it, besides this function's own accesses.
   */
  ownerOf(address: Value): Value | undefined;
}

/** What calls give memory that is the program's own, until it is submitted or discarded. */
const RESERVE = helperId("ringbuf_reserve");
/** Bytes of a record that are looked at one by one. */
const LARGEST_RECORD = 4096n;

export function isAccess(value: Value): value is Access {
  const { kind } = value.operation;
  return kind === "load" || kind === "store" || kind === "atomic";
}

/** An address as a base and a constant distance from there. */
export function splitAddress(address: Value): { readonly base: Value; readonly distance: number } {
  let base = address;
  let distance = 0;
  for (;;) {
    if (!isSum(base)) return { base, distance };
    const by = constantOf(base.inputs[1]);
    if (by === undefined) return { base, distance };
    distance += Number(by);
    base = base.inputs[0];
  }
}

/** What a pointer points into: accesses of different ones never touch the same bytes. */
type Target = MapReference | Value | "packet" | "context" | "socket" | "elsewhere on the stack" | "elsewhere";

/** Bytes of a target, from the first to before the last. */
interface Extent {
  readonly target: Target;
  readonly from: number;
  readonly to: number;
}

/** Divides the memory that a function accesses. */
export function memoryOf(fn: IrFunction): Memory {
  const pointees = new Pointees();
  const accesses = accessesOf(fn);
  const spread = spreadOf(fn, pointees);
  const isOpen = openMaps(fn, accesses, pointees, spread);
  const byTarget = new Map<Target, { readonly id: number; readonly extent: Extent }[]>();
  for (const access of accesses) {
    const extent = extentOf(access, pointees, isOpen, spread);
    const known = byTarget.get(extent.target);
    if (known) known.push({ id: access.id, extent });
    else byTarget.set(extent.target, [{ id: access.id, extent }]);
  }
  const cells = new Int32Array(fn.nextId).fill(-1);
  const privacy: boolean[] = [];
  for (const [target, list] of byTarget) {
    const isPrivate = isOwn(target) && target.operation.kind === "stackSlot" && !spread.given.has(target);
    let end = -Infinity;
    for (const { id, extent } of list.sort((a, b) => a.extent.from - b.extent.from)) {
      if (extent.from >= end) privacy.push(isPrivate);
      end = Math.max(end, extent.to);
      cells[id] = privacy.length - 1;
    }
  }
  return {
    count: privacy.length,
    cellOf: ({ id }) => cells[id],
    isPrivate: (cell) => privacy[cell],
    ownerOf: (address) => {
      const target = pointees.of(address)?.target;
      return target !== undefined && isOwn(target) && !spread.lost.has(target) ? target : undefined;
    },
  };
}

function accessesOf({ blocks }: IrFunction): readonly Access[] {
  const accesses: Access[] = [];
  for (const { instructions } of blocks) {
    for (let i = 0; i < instructions.length; i++) {
      const value = instructions[i];
      if (isAccess(value)) accesses.push(value);
    }
  }
  return accesses;
}

/** Whether it is a stack slot or a record. */
function isOwn(target: Target): target is Value {
  return typeof target === "object" && "operation" in target;
}

/** Who gets to know the addresses of a function's own memory, and of maps' values. */
interface Spread {
  /** Calls are given them. */
  readonly given: ReadonlySet<Target>;
  /** They are stored, meet others where paths meet, or become others that nobody follows. */
  readonly lost: ReadonlySet<Target>;
}

function spreadOf(fn: IrFunction, pointees: Pointees): Spread {
  const [given, lost] = [new Set<Target>(), new Set<Target>()];
  const note = (set: Set<Target>, value: Value) => {
    const target = pointees.of(value)?.target;
    if (typeof target === "object") set.add(target);
  };
  const noteAll = (set: Set<Target>, values: readonly Value[], from = 0) => {
    for (let i = from; i < values.length; i++) note(set, values[i]);
  };
  const ofEdge = (edge: Edge) => noteAll(lost, edge.arguments);
  for (const block of fn.blocks) {
    for (const value of block.instructions) {
      const { operation, inputs } = value;
      if (operation.kind === "call") noteAll(given, inputs);
      else if (isAccess(value)) noteAll(lost, inputs, 1);
      else if (!pointees.of(value)) noteAll(lost, inputs);
    }
    const end = block.terminator!;
    if (end.kind === "return") note(lost, end.value);
    eachEdge(block, ofEdge);
  }
  return { given, lost };
}

/** Tells of maps whether pointers that nobody follows may point into their values, too. */
function openMaps(
  fn: IrFunction,
  accesses: readonly Access[],
  pointees: Pointees,
  { lost }: Spread,
): (target: Target) => boolean {
  if (hasForeignPointers(fn, accesses, pointees)) return isMap;
  // Helpers look up in maps that they are given.
  const looked = new Set<Target>();
  for (const { instructions } of fn.blocks) {
    for (const { operation } of instructions) if (operation.kind === "mapReference") looked.add(operation.map);
  }
  return (target) => isMap(target) && (looked.has(target) || lost.has(target));
}

function isMap(target: Target): target is MapReference {
  return typeof target === "object" && !("operation" in target);
}

/** Whether maps are accessed through pointers that other functions give to this one, or that come from memory. */
function hasForeignPointers(fn: IrFunction, accesses: readonly Access[], pointees: Pointees): boolean {
  const seen = new Set<Value>();
  const add = (value: Value) => seen.add(splitAddress(value).base);
  for (const { operation, inputs } of accesses) {
    if (operation.region === "map" && !pointees.of(inputs[0])) add(inputs[0]);
  }
  const incoming = new Incoming(fn);
  // A set goes on to what is added on the way.
  for (const pointer of seen) {
    const { operation: { kind }, range } = pointer;
    // What has a range is a number.
    if (range) continue;
    if (kind === "argument" || kind === "load") return true;
    if (kind === "parameter") incoming.each(pointer, add);
    else if (kind === "binary" || kind === "bounded") pointer.inputs.forEach(add);
  }
  return false;
}

function extentOf(
  { operation, inputs }: Access,
  pointees: Pointees,
  isOpen: (target: Target) => boolean,
  { lost }: Spread,
): Extent {
  const { offset, size, region } = operation;
  const found = pointees.of(inputs[0]);
  if (!found || isOpen(found.target) || lost.has(found.target)) {
    return { target: UNKNOWN[region], from: -Infinity, to: Infinity };
  }
  const { target, from, to } = found;
  return { target, from: from + offset, to: to + offset + size };
}

const UNKNOWN: Readonly<Record<Region, Target>> = {
  packet: "packet",
  map: "elsewhere",
  stack: "elsewhere on the stack",
  context: "context",
  socket: "socket",
};

/** The targets of pointers, and the distances from their starts at which the pointers may be. */
class Pointees {
  /** Of sums, which may be found on many ways. */
  readonly #known = new Map<Value, Extent | undefined>();

  of(pointer: Value): Extent | undefined {
    const { operation } = pointer;
    switch (operation.kind) {
      case "mapValue":
        return { target: operation.map, from: operation.offset, to: operation.offset };
      case "packetStart":
        return { target: "packet", from: 0, to: 0 };
      case "context":
        return { target: "context", from: 0, to: 0 };
      case "stackSlot":
        return { target: pointer, from: 0, to: 0 };
      case "call":
        return operation.callee === RESERVE && isSmall(pointer) ? { target: pointer, from: 0, to: 0 } : undefined;
      case "binary": {
        if (operation.operator !== "add" || operation.width !== 64) return undefined;
        if (!this.#known.has(pointer)) this.#known.set(pointer, this.#ofSum(pointer));
        return this.#known.get(pointer);
      }
    }
  }

  #ofSum({ inputs }: Value): Extent | undefined {
    const base = this.of(inputs[0]);
    if (base) return moved(base, inputs[1]);
    const other = this.of(inputs[1]);
    return other && moved(other, inputs[0]);
  }
}

function isSmall({ inputs: [, { operation }] }: Value): boolean {
  return operation.kind === "constant" && operation.value <= LARGEST_RECORD;
}

function moved({ target, from, to }: Extent, { operation, range }: Value): Extent {
  const by = operation.kind === "constant" ? exactly(operation.value) : range;
  if (!by || by.min < -FAR || by.max > FAR) return { target, from: -Infinity, to: Infinity };
  return { target, from: from + Number(by.min), to: to + Number(by.max) };
}

/** Farther than any map's value reaches. */
const FAR = 2n ** 40n;
