/**
 * Replaces signed division and remainder by unsigned ones where the machine has only those (instruction sets before 4).
 *
 * Without branches: a sign is a mask of all ones or none, and `(x ^ sign) - sign` negates where it is all ones. The quotient's
 * sign is the operands' exclusive or, the remainder's is the dividend's. −2^63 is its own magnitude, read unsigned: its
 * quotient by −1 is right in its low 64 bits.
 *
 * Assumes: 64-bit operations; a divisor that is not zero. Gains: programs for kernels before 6.6. Costs: eight instructions
 * a division at most; an operand whose sign its range shows takes none.
 *
 * @module
 */

import type { BinaryOperator, IrFunction, Value } from "../ir.ts";
import { contains, I64 } from "../range.ts";

/** The first instruction set with `sdiv` and `smod`. */
const SIGNED_DIVISION = 4;

export function legalize(fn: IrFunction, cpu: number): void {
  if (cpu >= SIGNED_DIVISION) return;
  for (const block of fn.blocks) {
    if (block.instructions.some(isSignedDivision)) {
      block.instructions = block.instructions.flatMap((value) => isSignedDivision(value) ? expand(fn, value) : [value]);
    }
  }
}

function isSignedDivision({ operation }: Value): boolean {
  return operation.kind === "binary" && (operation.operator === "sdiv" || operation.operator === "smod");
}

/** What is known of an operand's sign: all ones or none, or a mask computed at run time. */
type Sign = "positive" | "negative" | Value;

/** The instructions that stand for a division: the last one is the division's own value, so that its readers stay. */
function expand(fn: IrFunction, division: Value): Value[] {
  const emitted: Value[] = [];
  const { origin } = division;

  const push = (operation: Value["operation"], inputs: Value[]): Value => {
    const value: Value = { id: fn.nextId++, operation, inputs, origin, range: undefined };
    emitted.push(value);
    return value;
  };
  const constant = (value: bigint) => push({ kind: "constant", value }, []);
  const emit = (operator: BinaryOperator, left: Value, right: Value) =>
    push({ kind: "binary", operator, width: 64 }, [left, right]);

  const signOf = (value: Value): Sign => {
    // A range beyond i64 is that of an unsigned reading, which says nothing about the sign bit.
    const range = value.range && contains(I64, value.range) ? value.range : I64;
    if (range.min >= 0n) return "positive";
    if (range.max <= 0n) return "negative";
    return emit("ashr", value, constant(63n));
  };
  const negatedIf = (sign: Sign, value: Value): Value => {
    if (sign === "positive") return value;
    if (sign === "negative") return push({ kind: "negate", width: 64 }, [value]);
    return emit("sub", emit("xor", value, sign), sign);
  };
  const product = (a: Sign, b: Sign): Sign => {
    if (a === "positive") return b;
    if (b === "positive") return a;
    if (a === "negative" && b === "negative") return "positive";
    return emit("xor", a === "negative" ? constant(-1n) : a, b === "negative" ? constant(-1n) : b);
  };

  const [dividend, divisor] = division.inputs;
  const [signs, isQuotient] = [division.inputs.map(signOf), isOperator(division, "sdiv")];
  const operator = isQuotient ? "udiv" : "umod";
  const magnitude = emit(operator, negatedIf(signs[0], dividend), negatedIf(signs[1], divisor));
  const result = negatedIf(isQuotient ? product(signs[0], signs[1]) : signs[0], magnitude);
  division.operation = result.operation;
  division.inputs = result.inputs;
  return [...emitted.filter((value) => value !== result), division];
}

function isOperator({ operation }: Value, operator: BinaryOperator): boolean {
  return operation.kind === "binary" && operation.operator === operator;
}
