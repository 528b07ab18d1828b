/**
 * Values that live long, more of them at once than there is room for in registers and on the stack: each is stored when it
 * is there, and loaded where it is needed.
 *
 * @module
 */

import { feedingAddresses } from "../analysis/addresses.ts";
import { dominatorsOf } from "../analysis/dominators.ts";
import { sourcesOf } from "../analysis/incoming.ts";
import { depthsOf } from "../analysis/loops.ts";
import { pointersOf } from "../analysis/pointers.ts";
import {
  type Block,
  eachEdge,
  eachTerminatorInput,
  type Edge,
  type IrFunction,
  makeBlock,
  makeValue,
  type Operation,
  reversePostorder,
  type Value,
} from "../ir.ts";
import { contains, U32 } from "../range.ts";

type Origin = Value["origin"];

/** What can be made anew anywhere, and so takes nothing. */
const FREE: ReadonlySet<Operation["kind"]> = new Set([
  "constant",
  "stackSlot",
  "mapValue",
  "mapReference",
  "functionAddress",
]);

/**
 * The values of a function to be moved so that fewer bytes of them are there at any one time: of those that the verifier
 * need not know, the ones that live longest for how often they are read.
 *
 * @param bytes How many fewer, if there are as many.
 */
export function wordsToMove(fn: IrFunction, bytes: number): readonly Value[] {
  const lives = livesOf(fn);
  const load = new Load(lives);
  const target = load.peak().bytes - bytes;
  const movable = movableOf(fn, lives);
  const chosen: Value[] = [];
  for (let peak = load.peak(); peak.bytes > target; peak = load.peak()) {
    let best: Life | undefined;
    for (const life of movable) {
      if (life.from < peak.at && peak.at < life.to && !(best && best.gain > life.gain)) best = life;
    }
    if (!best) break;
    movable.delete(best);
    load.remove(best);
    chosen.push(best.value);
  }
  return chosen;
}

/** From where to where a value lives, if one went through the blocks in order. */
interface Life {
  readonly value: Value;
  readonly bytes: number;
  readonly from: number;
  readonly to: number;
  /** For how long, for each that reads it. */
  readonly gain: number;
}

/** How much lives at each place. */
class Load {
  readonly #bytes: Int32Array;

  constructor(lives: readonly Life[]) {
    this.#bytes = new Int32Array(lives.reduce((most, { to }) => Math.max(most, to), 0) + 1);
    for (const life of lives) this.#add(life, life.bytes);
  }

  remove(life: Life): void {
    this.#add(life, -life.bytes);
  }

  #add({ from, to }: Life, bytes: number): void {
    for (let at = from + 1; at < to; at++) this.#bytes[at] += bytes;
  }

  /** Where the most lives. */
  peak(): { readonly at: number; readonly bytes: number } {
    let at = 0;
    for (let i = 1; i < this.#bytes.length; i++) if (this.#bytes[i] > this.#bytes[at]) at = i;
    return { at, bytes: this.#bytes[at] };
  }
}

function movableOf(fn: IrFunction, lives: readonly Life[]): Set<Life> {
  const pointers = pointersOf(fn, lives.map(({ value }) => value).filter(mayBePointer));
  const followed = followedBy(fn);
  return new Set(lives.filter(({ value }) => !pointers.has(value) && !followed(value)));
}

/** Whether the verifier follows a value: for addresses, to see a loop's end, and to see what a callback answers. */
function followedBy(fn: IrFunction): (value: Value) => boolean {
  const feeding = feedingAddresses(fn);
  const dominators = dominatorsOf(fn);
  const depths = depthsOf(fn, dominators);
  const deciding = sourcesOf(
    fn,
    dominators.blocks.flatMap(({ terminator: end }, at) => {
      if (end!.kind === "return") return [end!.value];
      return end!.kind === "branch" && (end!.proof || depths[at] > 0) ? [end!.left, end!.right] : [];
    }),
  );
  return ({ id }) => feeding[id] === 1 || deciding[id] === 1;
}

/** A whole word from the stack may be a pointer that was put there. */
function mayBePointer({ operation, range }: Value): boolean {
  return operation.kind === "load" && operation.size === 8 && operation.region === "stack" && range === undefined;
}

function livesOf(fn: IrFunction): Life[] {
  const spans = new Map<Value, { readonly from: number; to: number; reads: number }>();
  let at = 0;
  const read = (value: Value) => {
    const span = spans.get(value);
    // What comes from further down is a loop's, and is read where that goes back.
    if (!span) return;
    span.to = at;
    span.reads++;
  };
  for (const { parameters, instructions, terminator } of reversePostorder(fn)) {
    for (const value of parameters) spans.set(value, { from: at, to: at, reads: 0 });
    for (const value of instructions) {
      at++;
      value.inputs.forEach(read);
      spans.set(value, { from: at, to: at, reads: 0 });
    }
    at++;
    eachTerminatorInput(terminator!, read);
  }
  return [...spans].filter(([{ operation }, { reads }]) => reads > 0 && !FREE.has(operation.kind)).map(
    ([value, { from, to, reads }]) => ({ value, bytes: sizeOf(value), from, to, gain: (to - from) / reads }),
  );
}

function sizeOf({ range }: Value): 4 | 8 {
  return range && contains(U32, range) ? 4 : 8;
}

/** Keeps a value in so many bytes behind the address of scratch memory. */
export function moveWord(fn: IrFunction, value: Value, scratch: Value, offset: number): void {
  const size = sizeOf(value);
  const store = (what: Value, origin: Value["origin"]) =>
    makeValue(fn, { kind: "store", size, offset, region: "map" }, [scratch, what], origin);
  const load = (origin: Value["origin"]) =>
    makeValue(fn, { kind: "load", size, signed: false, offset, region: "map" }, [scratch], origin, value.range);
  for (const block of fn.blocks) {
    const instructions: Value[] = [];
    for (const one of block.instructions) {
      if (one.inputs.includes(value)) {
        const loaded = load(one.origin);
        instructions.push(loaded);
        one.inputs = one.inputs.map((input) => input === value ? loaded : input);
      }
      instructions.push(one);
      if (one === value) instructions.push(store(value, value.origin));
    }
    block.instructions = instructions;
    reloadAtEnd(block, value, load);
  }
  const home = fn.blocks.find(({ parameters }) => parameters.includes(value));
  if (home) bringByMemory(fn, home, value, store);
}

/** Loads a value for a block's end; but where it would be brought for itself, it is there. */
function reloadAtEnd({ instructions, terminator: end }: Block, value: Value, load: (origin: Origin) => Value): void {
  let loaded: Value | undefined;
  const instead = (one: Value) => {
    if (one !== value) return one;
    if (!loaded) instructions.push(loaded = load(end!.origin));
    return loaded;
  };
  const inEdge = (edge: Edge) => {
    edge.arguments = edge.arguments.map((one, i) => edge.block.parameters[i] === value ? one : instead(one));
  };
  if (end!.kind === "return") end!.value = instead(end!.value);
  else if (end!.kind === "jump") inEdge(end!.to);
  else {
    end!.left = instead(end!.left);
    end!.right = instead(end!.right);
    inEdge(end!.then);
    inEdge(end!.else);
  }
}

/**
 * Makes a parameter a value that each way to the block stores. The stores come last: all that needs what was there before
 * has been loaded. On a way that only some go, they have a block of their own.
 */
function bringByMemory(
  fn: IrFunction,
  home: Block,
  value: Value,
  store: (what: Value, origin: Origin) => Value,
): void {
  const index = home.parameters.indexOf(value);
  for (const block of [...fn.blocks]) {
    const end = block.terminator!;
    eachEdge(block, (edge) => {
      if (edge.block !== home) return;
      const [brought] = edge.arguments.splice(index, 1);
      if (brought === value) return;
      if (end.kind === "jump") return void block.instructions.push(store(brought, end.origin));
      const way = makeBlock(fn);
      way.instructions.push(store(brought, end.origin));
      way.terminator = { kind: "jump", to: { block: home, arguments: edge.arguments }, origin: end.origin };
      edge.block = way;
      edge.arguments = [];
    });
  }
  home.parameters.splice(index, 1);
}
