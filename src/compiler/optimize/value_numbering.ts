/**
 * Value numbering over the dominator tree: what is computed or loaded again is taken from where it was before, and what was
 * stored is not loaded back (rule 14: never across a loop's back edge or a call).
 *
 * Memory is numbered, too: each cell (`memory.ts`) has a version that stores change, and so do the blocks where different
 * versions meet; loads of the same address in the same version are one. Where a value feeds an address, a test that the
 * verifier has followed counts as a change of the tested value: what was computed before it is not as well known to the
 * verifier as what is computed after. What is known after a test serves for all.
 *
 * Assumes: constants in the entry. Gains: loads, address arithmetic, repeated expressions. Costs: near linear.
 *
 * @module
 */

import { type Feeding, feedingAddresses } from "../analysis/addresses.ts";
import { Assumptions } from "../analysis/assumptions.ts";
import { type Dominators, dominatorsOf } from "../analysis/dominators.ts";
import { frontiersOf, meetingPoints } from "../analysis/frontiers.ts";
import { type Access, isAccess, type Memory, splitAddress } from "../analysis/memory.ts";
import {
  type Block,
  type IrFunction,
  isArithmetic,
  isCommutative,
  type Operation,
  replaceUses,
  type Value,
} from "../ir.ts";
import { contains, ofInteger } from "../range.ts";

export function numberValues(fn: IrFunction, assumptions = new Assumptions()): boolean {
  return new Numbering(fn, assumptions.memoryOf(fn)).run();
}

/** The version that a call, or a loop's next turn, changes for all that others can touch. */
const WORLD = 0;
/** In place of a version, where there is none. */
const NOTHING = -1;
const NONE: readonly number[] = [];

/** What a cell is known to hold: the word that was loaded from there or stored. */
interface Content {
  readonly value: Value;
  readonly form: "unsigned" | "signed" | "stored";
}

class Numbering {
  readonly #fn: IrFunction;
  readonly #dominators: Dominators;
  readonly #memory: Memory;
  readonly #feeding: Feeding;
  readonly #replacement = new Map<Value, Value>();
  /** Whether loads have become extensions of what is known to be there. */
  #isExtended = false;
  readonly #values = new Map<string, Value>();
  readonly #contents = new Map<string, Content>();
  /** Versions of the world and of the cells. */
  readonly #versions: Int32Array;
  /** Counted up at each test of a value, by id. */
  readonly #tested: Int32Array;
  #fresh = 1;
  /** Takes back what holds in a part of the tree only. */
  readonly #undo: (() => void)[] = [];
  /** Memory variables whose versions meet in a block. */
  readonly #meetings: readonly (readonly number[])[];

  constructor(fn: IrFunction, memory: Memory) {
    this.#fn = fn;
    this.#dominators = dominatorsOf(fn);
    this.#memory = memory;
    this.#feeding = feedingAddresses(fn);
    this.#versions = new Int32Array(this.#memory.count + 1);
    this.#tested = new Int32Array(fn.nextId);
    this.#meetings = this.#findMeetings();
  }

  run(): boolean {
    const { blocks, children } = this.#dominators;
    const path = [0];
    const next = [children.first[0]];
    const undo = [0];
    this.#visit(blocks[0], 0);
    while (path.length > 0) {
      const child = next[next.length - 1];
      if (child < 0) {
        for (const before = undo.pop()!; this.#undo.length > before;) this.#undo.pop()!();
        path.pop();
        next.pop();
        continue;
      }
      next[next.length - 1] = children.next[child];
      path.push(child);
      next.push(children.first[child]);
      undo.push(this.#undo.length);
      this.#visit(blocks[child], child);
    }
    if (this.#replacement.size === 0) return this.#isExtended;
    replaceUses(this.#fn, this.#replacement);
    for (const block of this.#fn.blocks) {
      block.instructions = block.instructions.filter((value) => !this.#replacement.has(value));
    }
    return true;
  }

  /** Where the versions that blocks leave behind meet. */
  #findMeetings(): readonly (readonly number[])[] {
    const { blocks, predecessors } = this.#dominators;
    const changedIn: Set<number>[] = Array.from({ length: this.#memory.count + 1 }, () => new Set<number>());
    let isChanged = false;
    const change = (variable: number, at: number) => {
      changedIn[variable].add(at);
      isChanged = true;
    };
    blocks.forEach(({ instructions }, at) => {
      if (predecessors[at].some((from) => from >= at)) change(WORLD, at);
      for (const value of instructions) {
        const changed = this.#changedBy(value);
        if (changed !== NOTHING) change(changed, at);
      }
    });
    if (!isChanged) return [];
    const meetings: number[][] = blocks.map(() => []);
    const frontiers = frontiersOf(this.#dominators);
    changedIn.forEach((changed, variable) => {
      if (changed.size === 0) return;
      for (const at of meetingPoints(frontiers, changed)) meetings[at].push(variable);
    });
    return meetings;
  }

  /** The version that an instruction changes. */
  #changedBy(value: Value): number {
    if (value.operation.kind === "call") return WORLD;
    return isAccess(value) && value.operation.kind !== "load" ? this.#memory.cellOf(value) + 1 : NOTHING;
  }

  #change(variable: number): void {
    const before = this.#versions[variable];
    this.#versions[variable] = this.#fresh++;
    this.#undo.push(() => this.#versions[variable] = before);
  }

  #visit(block: Block, at: number): void {
    const { predecessors, blocks } = this.#dominators;
    if (predecessors[at].some((from) => from >= at)) this.#change(WORLD);
    for (const variable of this.#meetings[at] ?? NONE) this.#change(variable);
    if (predecessors[at].length === 1) this.#noteTest(blocks[predecessors[at][0]]);
    for (const value of block.instructions) {
      for (let i = 0; i < value.inputs.length; i++) value.inputs[i] = this.#final(value.inputs[i]);
      const changed = this.#changedBy(value);
      if (changed !== NOTHING) this.#change(changed);
      if (isAccess(value)) this.#access(value);
      else if (isNumbered(value.operation)) this.#number(value);
    }
  }

  #final(value: Value): Value {
    return this.#replacement.get(value) ?? value;
  }

  /** The verifier knows more of what a branch has tested. */
  #noteTest({ terminator }: Block): void {
    if (terminator?.kind !== "branch") return;
    this.#test(this.#final(terminator.left));
    this.#test(this.#final(terminator.right));
  }

  /** Only of what feeds addresses it matters. */
  #test({ id }: Value): void {
    if (!this.#feeding[id]) return;
    const before = this.#tested[id];
    this.#tested[id] = this.#fresh++;
    this.#undo.push(() => this.#tested[id] = before);
  }

  #number(value: Value): void {
    const { operation, inputs, id } = value;
    const names = inputs.map((input) => input.id);
    if (operation.kind === "binary" && isCommutative(operation.operator) && names[0] > names[1]) names.reverse();
    const key = `${describe(value)} ${names.join()}`;
    const isTested = names.some((name) => this.#tested[name] > 0);
    const tested = isTested ? `${key} ${names.map((name) => this.#tested[name]).join()}` : key;
    const known = this.#values.get(this.#feeding[id] ? tested : key);
    if (known) {
      this.#replacement.set(value, known);
      // From here on, tests of it are tests of what feeds an address.
      if (this.#feeding[id]) this.#feeding[known.id] = 1;
      return;
    }
    this.#know(key, value);
    if (isTested) this.#know(tested, value);
  }

  /** The first that is computed so is taken for all others. */
  #know(key: string, value: Value): void {
    if (this.#values.has(key)) return;
    this.#values.set(key, value);
    this.#undo.push(() => this.#values.delete(key));
  }

  #access(access: Access): void {
    const { operation, inputs } = access;
    const { base, distance } = splitAddress(inputs[0]);
    const cell = this.#memory.cellOf(access);
    const world = this.#memory.isPrivate(cell) ? 0 : this.#versions[WORLD];
    const place = `${base.id} ${distance + operation.offset} ${operation.size} ${world} ${this.#versions[cell + 1]}`;
    if (operation.kind === "atomic") return;
    if (operation.kind === "store") return this.#remember(place, { value: inputs[1], form: "stored" });
    const content = this.#contents.get(place);
    if (content) this.#takeFrom(access, content);
    else this.#remember(place, { value: access, form: operation.signed ? "signed" : "unsigned" });
  }

  #remember(place: string, content: Content): void {
    const before = this.#contents.get(place);
    this.#contents.set(place, content);
    this.#undo.push(() => before ? this.#contents.set(place, before) : this.#contents.delete(place));
  }

  /** Makes a load what is known to be there: the same word, or that word cut to the access's size. */
  #takeFrom(access: Access, { value, form }: Content): void {
    const { operation } = access;
    if (operation.kind !== "load" || operation.fresh) return;
    const { size, signed } = operation;
    // The verifier may know less of what was stored than of what is loaded.
    const fits = !this.#feeding[access.id] && value.range && contains(ofInteger(size, signed), value.range);
    const isSame = size === 8 || form === (signed ? "signed" : "unsigned") || form === "stored" && fits;
    if (isSame) {
      this.#replacement.set(access, value);
      return;
    }
    const extension: Value = access;
    extension.operation = { kind: "extend", bits: size * 8 as 8 | 16 | 32, signed };
    extension.inputs = [value];
    this.#isExtended = true;
  }
}

const LIMITS: ReadonlySet<string> = new Set(["packetStart", "packetEnd", "packetMeta"]);

/** Whether two of them with the same inputs are the same value. */
function isNumbered(operation: Operation): boolean {
  return isArithmetic(operation) || LIMITS.has(operation.kind);
}

function describe({ operation, range }: Value): string {
  switch (operation.kind) {
    case "bounded":
      return `bounded${range!.min},${range!.max}`;
    case "binary":
      return `${operation.operator}${operation.width}`;
    case "negate":
      return `negate${operation.width}`;
    case "extend":
      return `extend${operation.signed}${operation.bits}`;
    case "swap":
      return `swap${operation.bits}`;
    case "packetStart":
    case "packetEnd":
    case "packetMeta":
      return `${operation.kind}${operation.epoch}`;
    default:
      throw new Error(`no value number for ${operation.kind}`);
  }
}
