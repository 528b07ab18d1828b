/**
 * Which accesses may touch the same bytes. Memory is divided into cells such that accesses of different cells never do.
 *
 * @module
 */

import type { MapReference } from "../../bytecode/instruction.ts";
import { eachTerminatorInput, type IrFunction, type Operation, type Region, type Value } from "../ir.ts";
import { exactly } from "../range.ts";

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
}

export function isAccess(value: Value): value is Access {
  const { kind } = value.operation;
  return kind === "load" || kind === "store" || kind === "atomic";
}

/** An address as a base and a constant distance from there. */
export function splitAddress(address: Value): { readonly base: Value; readonly distance: number } {
  let base = address;
  let distance = 0;
  for (;;) {
    const { operation, inputs: [left, right] } = base;
    const isSum = operation.kind === "binary" && operation.operator === "add" && operation.width === 64;
    if (!isSum || right.operation.kind !== "constant") return { base, distance };
    distance += Number(right.operation.value);
    base = left;
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
  const escaped = escapedSlots(fn);
  const looked = lookedUpMaps(fn);
  const byTarget = new Map<Target, { readonly id: number; readonly extent: Extent }[]>();
  for (const { instructions } of fn.blocks) {
    for (const access of instructions) {
      if (!isAccess(access)) continue;
      const extent = extentOf(access, looked);
      const known = byTarget.get(extent.target);
      if (known) known.push({ id: access.id, extent });
      else byTarget.set(extent.target, [{ id: access.id, extent }]);
    }
  }
  const cells = new Int32Array(fn.nextId).fill(-1);
  const privacy: boolean[] = [];
  for (const [target, list] of byTarget) {
    const isPrivate = isSlot(target) && !escaped.has(target);
    let end = -Infinity;
    for (const { id, extent } of list.sort((a, b) => a.extent.from - b.extent.from)) {
      if (extent.from >= end) privacy.push(isPrivate);
      end = Math.max(end, extent.to);
      cells[id] = privacy.length - 1;
    }
  }
  return { count: privacy.length, cellOf: ({ id }) => cells[id], isPrivate: (cell) => privacy[cell] };
}

function isSlot(target: Target): target is Value {
  return typeof target === "object" && "operation" in target;
}

/** Stack slots whose address others get to know. */
function escapedSlots(fn: IrFunction): Set<Value> {
  const escaped = new Set<Value>();
  const note = (value: Value) => {
    const target = pointee(value)?.target;
    if (target !== undefined && isSlot(target)) escaped.add(target);
  };
  for (const { instructions, terminator } of fn.blocks) {
    for (const { operation, inputs } of instructions) {
      if (operation.kind === "call") inputs.forEach(note);
      if (operation.kind === "store" || operation.kind === "atomic") note(inputs[1]);
    }
    eachTerminatorInput(terminator!, note);
  }
  return escaped;
}

/** Maps into whose values helpers give pointers, besides those that are addressed directly. */
function lookedUpMaps(fn: IrFunction): Set<MapReference> {
  const maps = new Set<MapReference>();
  for (const { instructions } of fn.blocks) {
    for (const { operation } of instructions) if (operation.kind === "mapReference") maps.add(operation.map);
  }
  return maps;
}

function extentOf({ operation, inputs: [address] }: Access, looked: ReadonlySet<MapReference>): Extent {
  const { offset, size, region } = operation;
  const found = pointee(address);
  if (!found) return { target: UNKNOWN[region], from: -Infinity, to: Infinity };
  const { target, from, to } = found;
  if (looked.has(target as MapReference)) return { target: "elsewhere", from: -Infinity, to: Infinity };
  return { target, from: from + offset, to: to + offset + size };
}

const UNKNOWN: Readonly<Record<Region, Target>> = {
  packet: "packet",
  map: "elsewhere",
  stack: "elsewhere on the stack",
  context: "context",
  socket: "socket",
};

/** The target of a pointer, and the distances from its start at which the pointer may be. */
function pointee(pointer: Value): Extent | undefined {
  const { operation, inputs: [left, right] } = pointer;
  switch (operation.kind) {
    case "mapValue":
      return { target: operation.map, from: operation.offset, to: operation.offset };
    case "packetStart":
      return { target: "packet", from: 0, to: 0 };
    case "context":
      return { target: "context", from: 0, to: 0 };
    case "stackSlot":
      return { target: pointer, from: 0, to: 0 };
    case "binary": {
      if (operation.operator !== "add" || operation.width !== 64) return undefined;
      const base = pointee(left);
      if (base) return moved(base, right);
      const other = pointee(right);
      return other && moved(other, left);
    }
  }
}

function moved({ target, from, to }: Extent, { operation, range }: Value): Extent {
  const by = operation.kind === "constant" ? exactly(operation.value) : range;
  if (!by || by.min < -FAR || by.max > FAR) return { target, from: -Infinity, to: Infinity };
  return { target, from: from + Number(by.min), to: to + Number(by.max) };
}

/** Farther than any map's value reaches. */
const FAR = 2n ** 40n;
