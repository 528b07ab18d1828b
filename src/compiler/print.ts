/**
 * The IR as text, for tests and for people; `parse.ts` reads it back.
 *
 * ```text
 * function count
 * b0:
 *   v1 = context
 *   v2 = packetStart 0 (v1)
 *   v3 = load.u16.packet +12 (v2) in 0..65535
 *   v4 = constant 8
 *   if64 eq v3, v4 then b1(v3) else b2
 * b1(v5):
 *   return v5
 * ```
 *
 * @module
 */

import type { Block, Edge, IrFunction, Operation, Terminator, Value } from "./ir.ts";

/** A function as text. */
export function printFunction(fn: IrFunction): string {
  return `function ${fn.name}\n${fn.blocks.map(printBlock).join("")}`;
}

/** A block as text, its label first. */
export function printBlock({ id, parameters, instructions, terminator }: Block): string {
  const head = parameters.length > 0
    ? `b${id}(${parameters.map((one) => name(one) + range(one)).join(", ")})`
    : `b${id}`;
  const lines = [...instructions.map(printValue), terminator ? printTerminator(terminator) : "?"];
  return `${head}:\n${lines.map((line) => `  ${line}\n`).join("")}`;
}

/** An instruction as text. */
export function printValue(value: Value): string {
  const inputs = value.inputs.length > 0 ? ` (${value.inputs.map(name).join(", ")})` : "";
  return `${name(value)} = ${printOperation(value.operation)}${inputs}${range(value)}`;
}

function name({ id }: Value): string {
  return `v${id}`;
}

/** A constant's range says nothing new. */
function range({ operation, range }: Value): string {
  return range && operation.kind !== "constant" ? ` in ${range.min}..${range.max}` : "";
}

/** What an instruction does, apart from its inputs. */
function printOperation(operation: Operation): string {
  const write = WRITERS[operation.kind] as (operation: Operation) => string;
  return write(operation);
}

const WRITERS: { readonly [Kind in Operation["kind"]]: (operation: Extract<Operation, { kind: Kind }>) => string } = {
  constant: ({ value }) => `constant ${value}`,
  parameter: () => "parameter",
  binary: ({ operator, width }) => `${operator}${width}`,
  negate: ({ width }) => `negate${width}`,
  extend: ({ bits, signed }) => `extend.${signed ? "s" : "u"}${bits}`,
  swap: ({ bits }) => `swap${bits}`,
  bounded: () => "bounded",
  launder: () => "launder",
  load: ({ size, signed, offset, region, fresh }) =>
    `load${fresh ? ".fresh" : ""}.${signed ? "s" : "u"}${size * 8}.${region} ${plus(offset)}`,
  store: ({ size, offset, region }) => `store.u${size * 8}.${region} ${plus(offset)}`,
  atomic: ({ operator, size, fetch, offset, region }) =>
    `atomic.${operator}${fetch ? ".fetch" : ""}.u${size * 8}.${region} ${plus(offset)}`,
  mapValue: ({ map, offset }) => `mapValue ${map.name} ${plus(offset)}`,
  mapReference: ({ map }) => `mapReference ${map.name}`,
  element: ({ part }) => `element ${part}`,
  context: () => "context",
  packetStart: ({ epoch }) => `packetStart ${epoch}`,
  packetEnd: ({ epoch }) => `packetEnd ${epoch}`,
  packetMeta: ({ epoch }) => `packetMeta ${epoch}`,
  stackSlot: ({ size }) => `stackSlot ${size}`,
  call: ({ callee }) => `call ${typeof callee === "number" ? callee : callee.name}`,
  argument: ({ index }) => `argument ${index}`,
  functionAddress: ({ callee }) => `functionAddress ${callee.name}`,
};

function plus(offset: number): string {
  return offset < 0 ? String(offset) : `+${offset}`;
}

function printTerminator(end: Terminator): string {
  switch (end.kind) {
    case "jump":
      return `goto ${printEdge(end.to)}`;
    case "return":
      return `return ${name(end.value)}`;
    case "branch": {
      const test = `${end.comparison} ${name(end.left)}, ${name(end.right)}`;
      return `${end.proof ? "proof" : "if"}${end.width} ${test} then ${printEdge(end.then)} else ${
        printEdge(end.else)
      }`;
    }
  }
}

function printEdge({ block, arguments: values }: Edge): string {
  return values.length > 0 ? `b${block.id}(${values.map(name).join(", ")})` : `b${block.id}`;
}
