/**
 * Computes with 32 bits where nobody looks at more, or where there are no more: shorter machine code, and the extensions that
 * JavaScript's bitwise operators ask for go away where only low bits are read.
 *
 * Values that feed addresses stay as they are: the verifier has followed them in 64 bits.
 *
 * Assumes: constants in the entry. Gains: extensions; prefixes in the machine code; immediates of 32 bits. Costs: linear.
 *
 * @module
 */

import { feedingUnmasked } from "../analysis/addresses.ts";
import type { Assumptions } from "../analysis/assumptions.ts";
import { isSignedOrder } from "../analysis/comparisons.ts";
import { type Demand, demandOf } from "../analysis/demand.ts";
import { type Fact, lowBits, signed, unsigned } from "../analysis/facts.ts";
import { Flow } from "../analysis/flow.ts";
import {
  type BinaryOperator,
  type Branch,
  constantOf,
  type IrFunction,
  isArithmetic,
  type Operation,
  replaceUses,
  type Value,
} from "../ir.ts";
import { contains, exactly, I32, ofInteger, type Range, U32 } from "../range.ts";
import { Constants } from "./constants.ts";

const OF_INTEREST: ReadonlySet<Operation["kind"]> = new Set(["extend", "negate", "binary"]);

export function narrow(fn: IrFunction, assumptions?: Assumptions): boolean {
  const flow = new Flow(fn, assumptions);
  // An XDP program's answer is an enum; other functions answer to functions.
  const isProgram = fn.blocks[0].instructions.some(({ operation }) => operation.kind === "context");
  const constants = new Constants(fn);
  const feeding = feedingUnmasked(fn);
  let changed = false;
  flow.walk({
    // First of all, for less is looked at of their operands then.
    instruction(value) {
      if (feeding[value.id] || !isShortUpwards(value, flow)) return;
      narrowOperation(value, constants);
      changed = true;
    },
    end({ terminator }) {
      if (terminator?.kind === "branch" && narrowTest(terminator, flow)) changed = true;
    },
  });
  const demand = demandOf(fn, isProgram ? 32 : 64);
  const replacement = new Map<Value, Value>();
  const isOfInterest = ({ operation: { kind } }: Value) => OF_INTEREST.has(kind);
  if (!fn.blocks.some(({ instructions }) => instructions.some(isOfInterest))) {
    return forgetRanges(fn, demand) || changed;
  }
  flow.walk({
    instruction(value) {
      // Where a mask follows, the verifier learns from that what there is to know.
      if (narrowLoad(value, demand)) changed = true;
      const extended = needlessExtension(value, demand);
      const input = extended ?? (feeding[value.id] ? undefined : needlessMask(value, demand));
      if (input) replacement.set(value, input);
      if (input || feeding[value.id]) return;
      if (isNarrow(value, demand, flow)) {
        narrowOperation(value, constants);
        changed = true;
      }
      if (shortenConstant(value, demand, constants)) changed = true;
    },
  });
  replaceUses(fn, replacement);
  return forgetRanges(fn, demand) || changed || replacement.size > 0;
}

/** Words that their low halves stand for are compared by their low halves; whether that is news. */
function narrowTest(test: Branch, flow: Flow): boolean {
  const { comparison, left, right, proof, width } = test;
  const isFollowed = ({ id, operation }: Value) => flow.feeding[id] === 1 && operation.kind !== "constant";
  if (proof || width === 32 || isFollowed(left) || isFollowed(right)) return false;
  const facts = [flow.of(left), flow.of(right)];
  const areUnsigned = facts.every((fact) => contains(U32, unsigned(fact)));
  const areSigned = facts.every((fact) => contains(I32, signed(fact)));
  const isEquality = comparison === "eq" || comparison === "ne";
  const isShort = isSignedOrder(comparison) ? areSigned : areUnsigned || isEquality && areSigned;
  if (isShort) test.width = 32;
  return isShort;
}

/** The input of an extension that makes bits which nobody looks at. */
function needlessExtension({ id, operation, inputs }: Value, demand: Demand): Value | undefined {
  return operation.kind === "extend" && demand[id] <= operation.bits ? inputs[0] : undefined;
}

/** The input of a mask that takes away bits which nobody looks at. */
function needlessMask({ id, operation, inputs }: Value, demand: Demand): Value | undefined {
  if (operation.kind !== "binary" || operation.operator !== "and") return undefined;
  const mask = constantOf(inputs[1]);
  const seen = lowBits(demand[id]);
  if (mask === undefined) return undefined;
  return ((operation.width === 32 ? BigInt.asUintN(32, mask) : mask) & seen) === seen ? inputs[0] : undefined;
}

function isNarrow(value: Value, demand: Demand, flow: Flow): boolean {
  const { id, operation, inputs } = value;
  if (operation.kind === "negate") return operation.width === 64 && demand[id] <= 32;
  if (operation.kind !== "binary" || operation.width === 32) return false;
  const isWanted = demand[id] <= 32;
  if (isUpwards(value, flow)) return isWanted;
  const [left, right] = inputs.map((input) => flow.of(input));
  const isShort = (fact: Fact) => contains(U32, unsigned(fact));
  switch (operation.operator) {
    case "lshr":
      return unsigned(right).max < 32n && isShort(left);
    case "ashr":
      return unsigned(right).max < 32n && isWanted && contains(I32, signed(left));
    default:
      return operation.operator[0] === "u" && isShort(left) && isShort(right);
  }
}

/** Whether a word is short whose low half is computed of low halves. */
function isShortUpwards(value: Value, flow: Flow): boolean {
  const { operation } = value;
  if (operation.kind !== "binary" || operation.width === 32) return false;
  return isUpwards(value, flow) && contains(U32, unsigned(flow.of(value)));
}

/** Whether an operation's low half is computed of low halves. */
function isUpwards({ operation, inputs }: Value, flow: Flow): boolean {
  if (operation.kind !== "binary") return false;
  const { operator } = operation;
  return UPWARDS.has(operator) || operator === "sub" || operator === "mul" ||
    operator === "shl" && unsigned(flow.of(inputs[1])).max < 32n;
}

function narrowOperation(value: Value, constants: Constants): void {
  const { operation } = value;
  if (operation.kind !== "binary" && operation.kind !== "negate") return;
  value.operation = { ...operation, width: 32 };
  value.inputs = value.inputs.map((input) =>
    input.operation.kind === "constant" ? constants.of(BigInt.asIntN(32, input.operation.value)) : input
  );
}

/** Loads no more than is looked at, of memory that others fill: what was put on the stack the verifier knows as a whole. */
function narrowLoad(value: Value, demand: Demand): boolean {
  const { id, operation } = value;
  if (operation.kind !== "load" || operation.region !== "packet" && operation.region !== "map") return false;
  const size = ([1, 2, 4] as const).find((bytes) => demand[id] <= 8 * bytes);
  if (demand[id] === 0 || size === undefined || size >= operation.size) return false;
  value.operation = { ...operation, size, signed: false };
  value.range = ofInteger(size, false);
  return true;
}

/** Operators whose low bits do not depend on the upper bits of their operands. */
const UPWARDS: ReadonlySet<BinaryOperator> = new Set(["add", "and", "or", "xor"]);
/** Constants of which machines have a form of one byte. */
const I8: Range = { min: -0x80n, max: 0x7fn };

/** Has a constant stand for another one, of which only the low bits are looked at: `x ^ 0xffff` is `x ^ −1` then. */
function shortenConstant(value: Value, demand: Demand, constants: Constants): boolean {
  const { id, operation, inputs: [left, right] } = value;
  if (operation.kind !== "binary" || !UPWARDS.has(operation.operator)) return false;
  const constant = constantOf(right);
  if (constant === undefined || contains(I8, exactly(constant)) || demand[id] === 0) return false;
  const short = BigInt.asIntN(demand[id], constant);
  if (!contains(I8, exactly(short))) return false;
  value.inputs = [left, constants.of(short)];
  return true;
}

/** What the lowering knew of a word may not hold for its upper bits any more, which nobody looks at; whether it knew any. */
function forgetRanges(fn: IrFunction, demand: Demand): boolean {
  let changed = false;
  const forget = (value: Value) => {
    if (demand[value.id] >= 64 || !value.range) return;
    value.range = undefined;
    changed = true;
  };
  for (const { parameters, instructions } of fn.blocks) {
    parameters.forEach(forget);
    for (const value of instructions) if (isArithmetic(value.operation)) forget(value);
  }
  return changed;
}
