/**
 * Drops proofs of what the verifier knows already: from a mask, from the size of a load, or from a test on the way.
 *
 * Only what the verifier itself concludes counts, by its own rules (kernel/bpf/verifier.c), and never what passes know from
 * the language's ranges.
 *
 * Without their proofs, addresses that are computed alike are one.
 *
 * Assumes: no later pass takes tests out of the way. Gains: a test an access. Costs: a walk up the dominator tree a proof.
 *
 * @module
 */

import { type Dominators, dominatorsOf } from "../analysis/dominators.ts";
import {
  type Block,
  type Branch,
  eachEdge,
  type IrFunction,
  replaceUses,
  reversePostorder,
  type Terminator,
  type Value,
} from "../ir.ts";
import { numberValues } from "./value_numbering.ts";

export function dropProofs(fn: IrFunction): boolean {
  if (!fn.blocks.some(({ terminator }) => isProof(terminator))) return false;
  const limits = new Limits(fn);
  const known = new Map<Value, Value>();
  for (const block of fn.blocks) {
    const end = block.terminator;
    if (!isProof(end) || end.right.operation.kind !== "constant") continue;
    if (limits.of(end.left, block) < end.right.operation.value) {
      block.terminator = { kind: "jump", to: end.then, origin: end.origin };
    }
  }
  for (const { instructions } of fn.blocks) {
    for (const value of instructions) if (limits.isNeedless(value)) known.set(value, value.inputs[0]);
  }
  replaceUses(fn, known);
  // Where the proofs that are gone led to, nothing may go any more.
  fn.blocks = reversePostorder(fn);
  if (known.size > 0) numberValues(fn);
  return true;
}

function isProof(end: Terminator | undefined): end is Branch {
  return end?.kind === "branch" && end.proof === true && end.comparison === "ult";
}

/** What the verifier takes for possible at most of a word without a sign. */
const ANYTHING = (1n << 64n) - 1n;
const ANY_32 = (1n << 32n) - 1n;

class Limits {
  readonly #dominators: Dominators;
  /** Where each value is computed, by id. */
  readonly #home = new Map<Value, Block>();
  /** What blocks' parameters can be at most, of those that were asked for. */
  readonly #parameters = new Map<Value, bigint>();

  constructor(fn: IrFunction) {
    this.#dominators = dominatorsOf(fn);
    for (const block of fn.blocks) {
      for (const value of block.parameters) this.#home.set(value, block);
      for (const value of block.instructions) this.#home.set(value, block);
    }
  }

  /** The largest that a value can be at the end of a block. */
  of(value: Value, block: Block): bigint {
    const computed = this.#computed(value);
    const tested = this.#tested(value, block);
    return computed < tested ? computed : tested;
  }

  /** Whether a value stands for what is no larger by itself, tested or not. */
  isNeedless({ operation, inputs: [index], range }: Value): boolean {
    return operation.kind === "bounded" && this.#computed(index) <= range!.max;
  }

  /** By the instruction that computes it, with what its inputs could be there. */
  #computed(value: Value): bigint {
    const { operation, inputs, range } = value;
    const home = this.#home.get(value);
    const input = (i: number) => home ? this.of(inputs[i], home) : ANYTHING;
    switch (operation.kind) {
      case "constant":
        return BigInt.asUintN(64, operation.value);
      case "load":
        return operation.signed ? ANYTHING : lowBits(8 * operation.size);
      case "extend":
        return operation.signed ? ANYTHING : lowBits(operation.bits);
      case "bounded":
        return range!.max;
      case "parameter":
        return this.#brought(value);
      case "binary": {
        const whole = operation.width === 32 ? ANY_32 : ANYTHING;
        return smaller(whole, COMPUTED[operation.operator]?.(input(0), input(1), inputs[1]) ?? whole);
      }
      default:
        return ANYTHING;
    }
  }

  /** By what the ways to a block bring, each of which the verifier goes by itself; of what grows in a loop it knows nothing. */
  #brought(parameter: Value): bigint {
    const known = this.#parameters.get(parameter);
    if (known !== undefined) return known;
    this.#parameters.set(parameter, ANYTHING);
    const home = this.#home.get(parameter)!;
    const index = home.parameters.indexOf(parameter);
    const { blocks, position, predecessors } = this.#dominators;
    let most = index < 0 ? ANYTHING : 0n;
    for (const from of predecessors[position[home.id]]) {
      eachEdge(blocks[from], (edge) => {
        if (edge.block === home && index >= 0) most = larger(most, this.of(edge.arguments[index], blocks[from]));
      });
    }
    this.#parameters.set(parameter, most);
    return most;
  }

  /** By the tests whose outcome leads to a block. */
  #tested(value: Value, block: Block): bigint {
    const { blocks, position, parent, predecessors } = this.#dominators;
    let limit = ANYTHING;
    for (let at = position[block.id]; at > 0; at = parent[at]) {
      const from = predecessors[at];
      if (from.length === 1) limit = smaller(limit, shown(blocks[from[0]], blocks[at], value));
    }
    return limit;
  }
}

/** Operator → what comes out at most, for what goes in. */
const COMPUTED: Readonly<Record<string, (left: bigint, right: bigint, operand: Value) => bigint>> = {
  and: smaller,
  add: (left, right) => left <= ANY_32 && right <= ANY_32 ? left + right : ANYTHING,
  mul: (left, right) => left <= ANY_32 && right <= ANY_32 ? left * right : ANYTHING,
  shl: (left, count, { operation }) =>
    operation.kind === "constant" && left <= ANY_32 && count < 32n ? left << count : ANYTHING,
  // Of shifts by a count that it does not know the verifier concludes nothing.
  lshr: (left, count, { operation }) => operation.kind === "constant" ? left >> count : ANYTHING,
};

/** What going from one block to the next shows of a value. */
function shown({ terminator: end }: Block, next: Block, value: Value): bigint {
  if (end?.kind !== "branch" || end.width !== 64 || end.left !== value || end.right.operation.kind !== "constant") {
    return ANYTHING;
  }
  const constant = end.right.operation.value;
  if (constant < 0n) return ANYTHING;
  switch (end.then.block === next ? end.comparison : OPPOSITE[end.comparison]) {
    case "ult":
      return constant - 1n;
    case "ule":
    case "eq":
      return constant;
    default:
      return ANYTHING;
  }
}

const OPPOSITE: Readonly<Record<string, string>> = { uge: "ult", ugt: "ule", ne: "eq" };

function lowBits(bits: number): bigint {
  return (1n << BigInt(bits)) - 1n;
}

function larger(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}

function smaller(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}
