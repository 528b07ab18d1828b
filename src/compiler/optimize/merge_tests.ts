/**
 * Merges tests of different bits of one word that fail alike: `x >>> 4 === 4 && (x & 15) === 5` is `x === 0x45`. So are
 * `(x & 1) !== 0 || (x & 2) !== 0` one test for two bits.
 *
 * Between the two there may be other tests that fail in the same way, and nothing that has an effect: which of them fails
 * first, nobody sees.
 *
 * Assumes: constants in the entry; simplified tests. Gains: a test, and the shift or mask of each. Costs: a few steps for each
 * test of bits; a path that fails does so a little later.
 *
 * @module
 */

import type { Assumptions } from "../analysis/assumptions.ts";
import { NEGATED } from "../analysis/comparisons.ts";
import { bitLength, MASK } from "../analysis/facts.ts";
import { Flow } from "../analysis/flow.ts";
import {
  type Block,
  type Branch,
  type Comparison,
  constantOf,
  eachEdge,
  type Edge,
  type IrFunction,
  isPure,
  isSameEdge,
  makeValue,
  reversePostorder,
  type Value,
} from "../ir.ts";
import { Constants } from "./constants.ts";

/** How many tests further on a partner is looked for. */
const FARTHEST = 4;

export function mergeTests(fn: IrFunction, assumptions?: Assumptions): boolean {
  if (!testsAnyWordTwice(fn)) return false;
  const flow = new Flow(fn, assumptions);
  const parts = new Map<Block, readonly Part[]>();
  const entries = new Uint32Array(fn.nextId);
  const enter = ({ block: { id } }: Edge) => void entries[id]++;
  flow.walk({
    end(block) {
      eachEdge(block, enter);
      const { terminator: end } = block;
      if (end?.kind !== "branch" || end.proof || flow.feeding[end.left.id]) return;
      const found = partsOf(end, flow);
      if (found.length > 0) parts.set(block, found);
    },
  });
  if (parts.size === 0) return false;
  const constants = new Constants(fn);
  let changed = false;
  // Backwards, so that a test which has taken in another one can itself be taken in.
  for (const block of fn.blocks.toReversed()) {
    const merged = partner(block, parts, entries);
    if (!merged) continue;
    changed = true;
    rewrite(fn, merged.block, merged.part, constants);
    parts.set(merged.block, [merged.part]);
    parts.delete(block);
    block.terminator = { kind: "jump", to: merged.go, origin: block.terminator!.origin };
  }
  if (changed) fn.blocks = reversePostorder(fn);
  return changed;
}

/** Whether bits of one word are tested at two places: it need not be known then what they can be. */
function testsAnyWordTwice({ blocks }: IrFunction): boolean {
  const words = new Set<Value>();
  for (const { terminator: end } of blocks) {
    if (end?.kind !== "branch" || end.proof || end.right.operation.kind !== "constant") continue;
    const { word } = wordOf(end.left);
    if (words.has(word)) return true;
    words.add(word);
  }
  return false;
}

/** What a branch asks of a word's bits. */
interface Part {
  readonly word: Value;
  /** Bits that the word can have at all. */
  readonly possible: bigint;
  readonly mask: bigint;
  /** `are`: the branch goes on where those bits are `bits`; `any`: where one of them is set. */
  readonly kind: "are" | "any";
  readonly bits: bigint;
  /** The edge of the merged answer, and the other one. */
  readonly hit: "then" | "else";
}

/** The ways to read a test as one of bits: at most one of each kind. */
function partsOf(end: Branch, flow: Flow): Part[] {
  const constant = constantOf(end.right);
  if (constant === undefined || constant < 0n) return [];
  const { word, shift, mask } = wordOf(end.left);
  const possible = MASK & ~flow.of(word).zeros;
  const part = (kind: Part["kind"], bits: bigint, of: bigint, hit: Part["hit"]): Part => ({
    word,
    possible,
    mask: of << shift & possible,
    kind,
    bits: bits << shift,
    hit,
  });
  switch (end.comparison) {
    case "eq":
    case "ne": {
      // A test of 32 bits of a longer word sees the word's low half alone.
      const seen = end.width === 32 ? mask & 0xffffffffn : mask;
      return [part("are", constant, seen, end.comparison === "eq" ? "then" : "else")];
    }
    case "set":
    case "clear": {
      if (shift !== 0n || mask !== MASK) return [];
      const seen = end.width === 32 ? constant & 0xffffffffn : constant;
      const [set, clear] = end.comparison === "set" ? ["then", "else"] as const : ["else", "then"] as const;
      const isOne = (seen & (seen - 1n)) === 0n;
      const both = [part("are", 0n, seen, clear), part("any", 0n, seen, set)];
      return isOne ? [...both, part("are", seen, seen, set)] : both;
    }
    case "ult":
    case "uge": {
      const isPower = constant !== 0n && (constant & (constant - 1n)) === 0n;
      if (shift !== 0n || mask !== MASK || !isPower || end.width === 32) return [];
      return [part("are", 0n, MASK & ~(constant - 1n), end.comparison === "ult" ? "then" : "else")];
    }
    default:
      return [];
  }
}

/** `x`, `x & m`, `x >>> n` and `(x >>> n) & m` as a word and the bits of it that are seen. */
function wordOf(value: Value): { readonly word: Value; readonly shift: bigint; readonly mask: bigint } {
  let word = value;
  let mask = MASK;
  const inner = operandOf(word, "and");
  if (inner !== undefined && inner >= 0n) [word, mask] = [word.inputs[0], inner];
  const count = operandOf(word, "lshr");
  if (count === undefined || count < 0n || count > 63n) return { word, shift: 0n, mask };
  return { word: word.inputs[0], shift: count, mask: mask & MASK >> count };
}

/** The constant right operand of an operation. */
function operandOf({ operation, inputs }: Value, operator: "and" | "lshr"): bigint | undefined {
  if (operation.kind !== "binary" || operation.operator !== operator || operation.width !== 64) return undefined;
  return constantOf(inputs[1]);
}

interface Merged {
  /** The later block, which gets the merged test. */
  readonly block: Block;
  readonly part: Part;
  /** Where the earlier block goes on. */
  readonly go: Edge;
}

/** The later test that a block's test can be merged into. */
function partner(
  block: Block,
  parts: ReadonlyMap<Block, readonly Part[]>,
  entries: Uint32Array,
): Merged | undefined {
  const end = block.terminator;
  if (end?.kind !== "branch") return undefined;
  for (const part of parts.get(block) ?? []) {
    const [go, leave] = part.kind === "are" ? [part.hit, other(part.hit)] : [other(part.hit), part.hit];
    let at: Edge = end[go];
    for (let steps = 0; steps < FARTHEST; steps++) {
      const next = at.block;
      const after = next.terminator;
      if (entries[next.id] !== 1 || after?.kind !== "branch") break;
      if (!next.instructions.every(({ operation }) => isPure(operation))) break;
      for (const later of parts.get(next) ?? []) {
        const both = together(part, later);
        const isLeave = later.kind === "are" ? other(later.hit) : later.hit;
        if (both && isSameEdge(end[leave], after[isLeave])) return { block: next, part: both, go: end[go] };
      }
      if (after.proof) break;
      if (isSameEdge(after.then, end[leave])) at = after.else;
      else if (isSameEdge(after.else, end[leave])) at = after.then;
      else break;
    }
  }
}

function other(edge: "then" | "else"): "then" | "else" {
  return edge === "then" ? "else" : "then";
}

/** One test in place of two; `undefined` if there is none. */
function together(a: Part, b: Part): Part | undefined {
  if (a.word !== b.word || a.kind !== b.kind) return undefined;
  const common = a.mask & b.mask;
  if (a.kind === "are" && (a.bits & common) !== (b.bits & common)) return undefined;
  // Bits that are asked for outside of the mask are never there: such a test is decided elsewhere.
  if ((a.bits & ~a.mask) !== 0n || (b.bits & ~b.mask) !== 0n) return undefined;
  const [mask, bits] = [a.mask | b.mask, a.bits | b.bits];
  // What the later test knew of the word it may have known from the earlier one.
  const { possible } = a;
  return bitLength(mask) <= 31 || mask === possible && bitLength(mask) <= 32
    ? { ...b, possible, mask, bits }
    : undefined;
}

/** Makes a block's test the merged one. */
function rewrite(fn: IrFunction, block: Block, part: Part, constants: Constants): void {
  const end = block.terminator as Branch;
  const { word, possible, mask, bits, kind, hit } = part;
  end.width = 64;
  if (kind === "any") {
    Object.assign(end, { left: word, right: constants.of(mask), comparison: compared("set", hit) });
    return;
  }
  if (mask === possible) {
    Object.assign(end, { left: word, right: constants.of(bits), comparison: compared("eq", hit) });
    return;
  }
  if (bits === 0n) {
    Object.assign(end, { left: word, right: constants.of(mask), comparison: compared("clear", hit) });
    return;
  }
  const masked = makeValue(fn, { kind: "binary", operator: "and", width: 64 }, [word, constants.of(mask)], end.origin);
  block.instructions.push(masked);
  Object.assign(end, { left: masked, right: constants.of(bits), comparison: compared("eq", hit) });
}

/** The comparison that goes over `hit` where this one holds. */
function compared(comparison: Comparison, hit: "then" | "else"): Comparison {
  return hit === "then" ? comparison : NEGATED[comparison];
}
