/**
 * Compares the packet's length as a number where nothing goes by what the verifier learns from the pointers: `start + n > end`
 * is `length < n`, and the length is at hand where the program counts bytes.
 *
 * A test of a constant stays if some access that can be come to from it needs more bytes than the tests above it have shown, or
 * if pointers into the packet go anywhere but into accesses at constant distances. One of a number stays if anything else is
 * computed from its pointer.
 *
 * Assumes: checks are merged. Gains: two sums a test, and the packet's end in a register. Costs: linear, and a few rounds more
 * where there are loops.
 *
 * @module
 */

import { dominates, type Dominators, dominatorsOf, type Nesting, nestingOf } from "../analysis/dominators.ts";
import { isAccess, splitAddress } from "../analysis/memory.ts";
import { type Block, type Branch, eachEdge, type IrFunction, isSameEdge, isSum, readsOf, type Value } from "../ir.ts";
import { Constants } from "./constants.ts";

/** `start + distance + bytes` against the packet's end. */
interface LengthTest {
  readonly end: Branch;
  readonly start: Value;
  readonly distance: Value | undefined;
  readonly bytes: number;
}

export function compareLengths(fn: IrFunction): boolean {
  const lengths = new Map<Value, Length>();
  for (const block of fn.blocks) {
    for (const value of block.instructions) if (isLength(value)) lengths.set(value.inputs[1], { value, block });
  }
  if (lengths.size === 0) return false;
  return new Comparer(fn, lengths).run();
}

/** The packet's end less its start. */
function isLength({ operation, inputs }: Value): boolean {
  return operation.kind === "binary" && operation.operator === "sub" && operation.width === 64 &&
    inputs[0].operation.kind === "packetEnd" && inputs[1].operation.kind === "packetStart";
}

/** The length of a packet, and where it is computed. */
interface Length {
  readonly value: Value;
  readonly block: Block;
}

class Comparer {
  readonly #fn: IrFunction;
  /** By the packet's start. */
  readonly #lengths: ReadonlyMap<Value, Length>;
  readonly #dominators: Dominators;
  readonly #nesting: Nesting;
  readonly #reads: Uint32Array;
  /** How far the accesses go that can be come to from the beginning of each block, by position. */
  readonly #needs: Float64Array;

  constructor(fn: IrFunction, lengths: ReadonlyMap<Value, Length>) {
    this.#fn = fn;
    this.#lengths = lengths;
    this.#dominators = dominatorsOf(fn);
    this.#nesting = nestingOf(this.#dominators.children);
    this.#reads = readsOf(fn);
    this.#needs = needsOf(fn, this.#dominators);
  }

  run(): boolean {
    const constants = new Constants(this.#fn);
    const { blocks, position } = this.#dominators;
    let changed = false;
    // From above: what a test has shown counts for those below only if it stays.
    for (const block of blocks) {
      const test = testOf(block);
      const length = test && this.#lengths.get(test.start);
      if (!length || !dominates(this.#nesting, position[length.block.id], position[block.id])) continue;
      if (!(test.distance ? this.#isOwn(test) : this.#isNeedless(test, block))) continue;
      const { end, distance, bytes } = test;
      const isShort = end.comparison === "ugt";
      const right = distance ? this.#unguarded(distance, end, block) : constants.of(BigInt(bytes));
      const comparison = distance ? isShort ? "ule" : "ugt" : isShort ? "ult" : "uge";
      Object.assign(end, { comparison, left: length.value, right });
      changed = true;
    }
    return changed;
  }

  /**
   * A distance that was first compared with how far the verifier follows pointers, without that test if it would go where the
   * packet is too short, too. Where anything else reads the number, it may be a distance that counts on that test.
   */
  #unguarded(distance: Value, end: Branch, block: Block): Value {
    const { blocks, position, predecessors } = this.#dominators;
    const [above, other] = predecessors[position[block.id]];
    const guard = blocks[above]?.terminator;
    const [word] = distance.inputs;
    const short = end.comparison === "ugt" ? end.then : end.else;
    if (distance.operation.kind !== "bounded" || this.#isReadElsewhere(distance, word) || other !== undefined) {
      return distance;
    }
    if (guard?.kind !== "branch" || !guard.proof || guard.left !== word || !isSameEdge(short, guard.else)) {
      return distance;
    }
    blocks[above].terminator = { kind: "jump", to: guard.then, origin: guard.origin };
    return word;
  }

  /** Whether the number is read by more than its test and the distance that it becomes. */
  #isReadElsewhere(distance: Value, word: Value): boolean {
    return this.#reads[distance.id] > 1 || this.#reads[word.id] > 2;
  }

  /** Whether nothing but the test itself is computed from its pointer: one byte behind a number. */
  #isOwn({ end: { left }, bytes }: LengthTest): boolean {
    return bytes === 1 && this.#reads[left.id] === 1 && this.#reads[left.inputs[0].id] === 1;
  }

  /** Whether all that can be come to is shown already. */
  #isNeedless({ end, start }: LengthTest, block: Block): boolean {
    const { blocks, position, parent, predecessors } = this.#dominators;
    const long = end.comparison === "ugt" ? end.else : end.then;
    const need = this.#needs[position[long.block.id]];
    for (let at = position[block.id]; need > 0 && at > 0; at = parent[at]) {
      const [from, other] = predecessors[at];
      const above = other === undefined ? testOf(blocks[from]) : undefined;
      if (!above || above.start !== start || above.distance) continue;
      const shows = (above.end.comparison === "ugt" ? above.end.else : above.end.then).block === blocks[at];
      if (shows && above.bytes >= need) return true;
    }
    return need === 0;
  }
}

function testOf({ terminator: end }: Block): LengthTest | undefined {
  if (end?.kind !== "branch" || end.width !== 64 || end.right.operation.kind !== "packetEnd") return undefined;
  if (end.comparison !== "ugt" && end.comparison !== "ule") return undefined;
  const { base, distance: bytes } = splitAddress(end.left);
  if (base.operation.kind === "packetStart") return { end, start: base, distance: undefined, bytes };
  const start = isSum(base) ? base.inputs.find(({ operation }) => operation.kind === "packetStart") : undefined;
  if (!start || end.left.inputs[0] !== base) return undefined;
  return { end, start, distance: base.inputs.find((input) => input !== start), bytes };
}

function needsOf(fn: IrFunction, { blocks, position }: Dominators): Float64Array {
  const derived = pointersOf(fn);
  const own = blocks.map(({ instructions }) =>
    instructions.reduce((most, value) => Math.max(most, needOf(value, derived)), 0)
  );
  const needs = Float64Array.from(own);
  let changed = true;
  while (changed) {
    changed = false;
    for (let at = blocks.length - 1; at >= 0; at--) {
      let most = needs[at];
      eachEdge(blocks[at], ({ block }) => {
        most = Math.max(most, needs[position[block.id]]);
      });
      changed ||= most > needs[at];
      needs[at] = most;
    }
  }
  return needs;
}

/** How many bytes of the packet an instruction needs. */
function needOf(value: Value, derived: Uint8Array): number {
  const { operation, inputs } = value;
  if (!inputs.some(({ id }) => derived[id])) return 0;
  if (operation.kind === "binary" || operation.kind === "bounded") return 0;
  if (!isAccess(value) || inputs[1] && derived[inputs[1].id]) return Infinity;
  const { base, distance } = splitAddress(inputs[0]);
  if (base.operation.kind !== "packetStart") return Infinity;
  return distance + value.operation.offset + value.operation.size;
}

/** What is computed from the packet's start, by id. */
function pointersOf({ blocks, nextId }: IrFunction): Uint8Array {
  const derived = new Uint8Array(nextId);
  let changed = true;
  const mark = (value: Value) => {
    if (derived[value.id]) return;
    derived[value.id] = 1;
    changed = true;
  };
  while (changed) {
    changed = false;
    for (const block of blocks) {
      for (const value of block.instructions) {
        const { kind } = value.operation;
        const passesOn = (kind === "binary" || kind === "bounded") && !isLength(value);
        if (kind === "packetStart" || passesOn && value.inputs.some(({ id }) => derived[id])) mark(value);
      }
      eachEdge(block, ({ block: { parameters }, arguments: values }) => {
        values.forEach((one, i) => derived[one.id] && mark(parameters[i]));
      });
    }
  }
  return derived;
}
