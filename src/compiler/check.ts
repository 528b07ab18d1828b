/**
 * The IR's checker: what every pass may rely on and has to leave true. Tests run it after each pass.
 *
 * @module
 */

import { dominates, type Dominators, dominatorsOf, nestingOf } from "./analysis/dominators.ts";
import {
  type Block,
  type IrFunction,
  type Operation,
  type Region,
  reversePostorder,
  successors,
  type Terminator,
  terminatorInputs,
  type Value,
} from "./ir.ts";
import { printBlock, printValue } from "./print.ts";

/**
 * Checks a function.
 *
 * @throws {Error} That names the first thing wrong and shows the block.
 */
export function checkFunction(fn: IrFunction): void {
  checkBlocks(fn);
  const definitions = checkDefinitions(fn);
  checkDominance(fn, definitions);
  checkTypes(fn);
}

/** Of blocks in any order. */
function dominators(fn: IrFunction): Dominators {
  return dominatorsOf({ ...fn, blocks: reversePostorder(fn) });
}

function wrong(block: Block, what: string): never {
  throw new Error(`the IR is wrong: ${what} in\n${block.terminator ? printBlock(block) : `b${block.id}`}`);
}

/**
 * Every block is listed once, ends, can be reached, and is entered with as many arguments as it has parameters; loops are
 * entered at their first blocks only.
 */
function checkBlocks(fn: IrFunction): void {
  const [entry] = fn.blocks;
  const listed = new Set(fn.blocks);
  if (listed.size !== fn.blocks.length) wrong(entry, "a block listed twice");
  if (entry.parameters.length > 0) wrong(entry, "an entry with parameters");
  for (const block of fn.blocks) {
    if (!block.terminator) wrong(block, "a block without an end");
    for (const edge of successors(block)) {
      if (!listed.has(edge.block)) wrong(block, `an edge to b${edge.block.id}, which is not listed,`);
      if (edge.block === entry) wrong(block, "an edge back to the entry");
      if (edge.arguments.length !== edge.block.parameters.length) wrong(block, `the arguments of b${edge.block.id}`);
    }
    const end = block.terminator;
    if (end.kind === "branch" && end.then === end.else) wrong(block, "one edge used twice");
  }
  const { children, position } = dominators(fn);
  const nesting = nestingOf(children);
  for (const block of fn.blocks) {
    const from = position[block.id];
    if (from < 0) wrong(block, "an unreachable block");
    for (const { block: { id } } of successors(block)) {
      const isBack = position[id] <= from;
      if (isBack && !dominates(nesting, position[id], from)) wrong(block, `a second way into the loop of b${id}`);
    }
  }
}

interface Definition {
  readonly block: Block;
  /** −1: a parameter. */
  readonly index: number;
}

/** Every value is defined once, under an id of its own, with as many inputs as its operation takes. */
function checkDefinitions({ blocks, nextId }: IrFunction): Map<Value, Definition> {
  const definitions = new Map<Value, Definition>();
  const ids = new Set(blocks.map(({ id }) => id));
  const define = (value: Value, block: Block, index: number) => {
    if (ids.has(value.id) || value.id >= nextId) wrong(block, `the id of v${value.id}`);
    ids.add(value.id);
    definitions.set(value, { block, index });
    if ((value.operation.kind === "parameter") !== index < 0) wrong(block, `the place of v${value.id}`);
    const count = INPUTS[value.operation.kind];
    if (count !== undefined && value.inputs.length !== count) wrong(block, `the inputs of v${value.id}`);
    if (value.range && value.range.min > value.range.max) wrong(block, `the empty range of v${value.id}`);
  };
  for (const block of blocks) {
    block.parameters.forEach((value) => define(value, block, -1));
    block.instructions.forEach((value, i) => define(value, block, i));
  }
  return definitions;
}

/** Operation → how many inputs it takes; `undefined`: any number. */
const INPUTS: Readonly<Record<Operation["kind"], number | undefined>> = {
  constant: 0,
  parameter: 0,
  binary: 2,
  negate: 1,
  extend: 1,
  swap: 1,
  bounded: 1,
  launder: 1,
  load: 1,
  store: 2,
  atomic: 2,
  mapValue: 0,
  mapReference: 0,
  element: 1,
  context: 0,
  packetStart: 1,
  packetEnd: 1,
  packetMeta: 1,
  stackSlot: 0,
  call: undefined,
  argument: 0,
  functionAddress: 0,
};

/** Every value is defined on all paths to where it is read. */
function checkDominance(fn: IrFunction, definitions: ReadonlyMap<Value, Definition>): void {
  const { children, position } = dominators(fn);
  const nesting = nestingOf(children);
  for (const block of fn.blocks) {
    const read = (value: Value, index: number) => {
      const definition = definitions.get(value);
      if (!definition) wrong(block, `v${value.id}, which is nowhere defined, read`);
      const isBefore = definition.block === block
        ? definition.index < index
        : dominates(nesting, position[definition.block.id], position[block.id]);
      if (!isBefore) wrong(block, `v${value.id} read before it is defined`);
    };
    block.instructions.forEach(({ inputs }, i) => inputs.forEach((input) => read(input, i)));
    for (const input of terminatorInputs(block.terminator!)) read(input, Infinity);
  }
}

/** What sort of word a value is: passes and verifier treat pointers and numbers differently. */
type Sort = "integer" | "map" | "unknown" | Region;

/** Memory is accessed through pointers into the region that the access names; pointers are only moved and compared. */
function checkTypes(fn: IrFunction): void {
  const sorts = new Map<Value, Sort>();
  const order = reversePostorder(fn);
  for (const block of order) {
    for (const value of block.instructions) sorts.set(value, sortOf(value, (input) => sorts.get(input) ?? "unknown"));
  }
  const sort = (value: Value) => sorts.get(value) ?? "unknown";
  for (const block of order) {
    for (const value of block.instructions) checkValue(block, value, sort);
    checkEnd(block, block.terminator!, sort);
  }
}

function sortOf({ operation, inputs }: Value, sort: (value: Value) => Sort): Sort {
  switch (operation.kind) {
    case "mapValue":
      return "map";
    case "mapReference":
    case "element":
    case "call":
    case "argument":
    case "functionAddress":
      return "unknown";
    case "context":
      return "context";
    case "packetStart":
    case "packetEnd":
    case "packetMeta":
      return "packet";
    case "stackSlot":
      return "stack";
    case "load":
      return operation.size === 8 ? "unknown" : "integer";
    case "bounded":
      return sort(inputs[0]);
    case "binary": {
      const [left, right] = inputs.map(sort);
      if (operation.operator === "add") return left === "integer" ? right : left;
      return operation.operator === "sub" && right === "integer" ? left : "integer";
    }
    default:
      return "integer";
  }
}

function isPointer(sort: Sort): boolean {
  return sort !== "integer" && sort !== "unknown";
}

function checkValue(block: Block, value: Value, sort: (value: Value) => Sort): void {
  const { operation, inputs } = value;
  switch (operation.kind) {
    case "load":
    case "store":
    case "atomic": {
      const found = sort(inputs[0]);
      if (found !== operation.region && found !== "unknown") wrong(block, `the address of ${printValue(value)}`);
      return;
    }
    case "packetStart":
    case "packetEnd":
    case "packetMeta":
      if (sort(inputs[0]) !== "context" && sort(inputs[0]) !== "unknown") wrong(block, `the input of v${value.id}`);
      return;
    case "binary": {
      const pointers = inputs.filter((input) => isPointer(sort(input))).length;
      const isMove = operation.operator === "sub" && pointers === 2 ||
        operation.width === 64 && (operation.operator === "add" || operation.operator === "sub");
      if (pointers > 0 && !isMove) wrong(block, `arithmetic on a pointer, ${printValue(value)},`);
      if (pointers === 2 && operation.operator === "add") {
        wrong(block, `the sum of two pointers, ${printValue(value)},`);
      }
      return;
    }
    case "negate":
    case "extend":
    case "swap":
    case "launder":
      if (isPointer(sort(inputs[0]))) wrong(block, `arithmetic on a pointer, ${printValue(value)},`);
  }
}

function checkEnd(block: Block, end: Terminator, sort: (value: Value) => Sort): void {
  if (end.kind !== "branch" || end.width === 64) return;
  if (isPointer(sort(end.left)) || isPointer(sort(end.right))) wrong(block, "a pointer compared by its low half");
}
