/**
 * Conditional constant propagation with intervals and known bits, and the algebra of `rules.ts` and `tests.ts` on the way:
 * what is known decides tests, makes constants, and lets rules apply.
 *
 * Assumes: constants in the entry. Gains: less to compute; paths that cannot be taken disappear. Costs: one walk down the
 * dominator tree, and a few more where there are loops.
 *
 * @module
 */

import { addressOf } from "../analysis/addresses.ts";
import type { Assumptions } from "../analysis/assumptions.ts";
import { single } from "../analysis/facts.ts";
import { Flow } from "../analysis/flow.ts";
import { type Access, isAccess } from "../analysis/memory.ts";
import {
  type Block,
  type Comparison,
  type Edge,
  type IrFunction,
  makeValue,
  readsOf,
  replaceUses,
  reversePostorder,
  type Value,
} from "../ir.ts";
import type { Algebra } from "./algebra.ts";
import { Constants } from "./constants.ts";
import { simplest } from "./rules.ts";
import { lowPart } from "./swap_rules.ts";
import { simplifyTest } from "./tests.ts";

export function simplify(fn: IrFunction, assumptions?: Assumptions): boolean {
  const flow = new Flow(fn, assumptions);
  const constants = new Constants(fn);
  const replacement = new Map<Value, Value>();
  const reads = readsOf(fn);
  const added = new Map<Value, Value[]>();
  const algebra: Algebra = {
    constants,
    of: (value) => flow.of(value),
    feeds: (value) => flow.feeding[value.id] === 1,
    isReadOnce: ({ id }) => reads[id] === 1,
    before(value, operation, inputs) {
      const one = makeValue(fn, operation, inputs, value.origin);
      const others = added.get(value);
      if (others) others.push(one);
      else added.set(value, [one]);
      return one;
    },
  };
  const final = (value: Value): Value => replacement.get(value) ?? value;
  /** A constant in place of what is known altogether here. */
  const asKnown = (value: Value): Value => {
    if (value.operation.kind === "constant") return value;
    const number = single(flow.of(value));
    return number === undefined ? value : constants.of(number);
  };
  /** The operands as far as they are known: a constant comes second, or makes place for what is none. */
  const knowOperands = ({ operation, inputs }: Value): void => {
    inputs[1] = asKnown(inputs[1]);
    const isSum = operation.kind === "binary" && operation.operator === "add";
    if (isSum && inputs[1].operation.kind !== "constant") inputs[0] = asKnown(inputs[0]);
  };
  let changed = false;
  let decided = false;
  flow.walk({
    instruction(value) {
      const { operation, inputs } = value;
      if (inputs.length === 0) return;
      for (let i = 0; i < inputs.length; i++) inputs[i] = final(inputs[i]);
      const first = inputs[0];
      const second = inputs[1];
      if (operation.kind === "binary") knowOperands(value);
      if (isAccess(value)) foldDistance(value);
      if (value.operation.kind === "store") {
        inputs[1] = asKnown(lowPart(inputs[1], 8 * value.operation.size, algebra));
      }
      const simpler = simplest(value, algebra);
      if (simpler !== value) replacement.set(value, simpler);
      changed ||= value.operation !== operation || value.inputs !== inputs || inputs[0] !== first ||
        inputs[1] !== second;
    },
    end(block) {
      const { terminator: end } = block;
      if (end?.kind !== "branch") return;
      end.left = final(end.left);
      end.right = final(end.right);
      const { comparison, width, left, right } = end;
      decide(block, flow, () => simplifyTest(end, algebra));
      decided ||= block.terminator !== end;
      changed ||= end.comparison !== comparison || end.width !== width || end.left !== left || end.right !== right;
    },
  });
  if (added.size > 0) {
    for (const block of fn.blocks) {
      if (!block.instructions.some((value) => added.has(value))) continue;
      block.instructions = block.instructions.flatMap((value) => [...added.get(value) ?? [], value]);
    }
  }
  replaceUses(fn, replacement);
  if (decided) fn.blocks = reversePostorder(fn);
  return changed || decided || replacement.size > 0;
}

/** Takes a constant distance that is added to an address into the access. */
function foldDistance(access: Access): void {
  const { base, offset } = addressOf(access.inputs[0], access.operation.offset);
  if (base === access.inputs[0]) return;
  access.inputs[0] = base;
  access.operation = { ...access.operation, offset };
}

/** What holds of a value and itself; of the other orders, nothing does. */
const HOLDS_OF_EQUALS: ReadonlySet<Comparison> = new Set(["eq", "ule", "uge", "sle", "sge"]);

/** Whether only the order of the two sides matters, and not their bits. */
function isOrder(comparison: Comparison): boolean {
  return comparison !== "set" && comparison !== "clear";
}

/** Makes a jump of a branch that always goes the same way. */
function decide(block: Block, flow: Flow, otherwise: () => void): void {
  const end = block.terminator;
  if (end?.kind !== "branch") return;
  const goTo = (to: Edge) => {
    block.terminator = { kind: "jump", to, origin: end.origin };
  };
  if (!end.proof && end.left === end.right && isOrder(end.comparison)) {
    return goTo(HOLDS_OF_EQUALS.has(end.comparison) ? end.then : end.else);
  }
  if (!flow.isPossible(end.then, block)) return goTo(end.else);
  if (!flow.isPossible(end.else, block)) return goTo(end.then);
  otherwise();
}
