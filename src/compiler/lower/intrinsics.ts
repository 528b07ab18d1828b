/**
 * The library's own methods as a program calls them: each has a body for runs as plain JavaScript, and a lowering here.
 *
 * @module
 */

import type { Span } from "../../syntax/ast.ts";
import { helperId } from "../../bytecode/mod.ts";
import { type Range, U32, U64 } from "../range.ts";
import type { Context } from "./context.ts";
import { type Operand, UNDEFINED, type WordType } from "./operand.ts";

type Intrinsic = (context: Context, operands: readonly Operand[], span: Span) => Operand;

/** By the names that `Unit.intrinsics` uses. */
export const INTRINSICS: Readonly<Record<string, Intrinsic>> = {
  /** `this.exit(action)`: leaves the program from anywhere. */
  exit(context, [action = UNDEFINED], span) {
    context.builder.goto(context.returns, context.toAction(action, span));
    return UNDEFINED;
  },
  ktimeGetNs: (context) => callHelper(context, "ktime_get_ns", "bigint", U64),
  getPrandomU32: (context) => callHelper(context, "get_prandom_u32", "number", U32),
  getSmpProcessorId: (context) => callHelper(context, "get_smp_processor_id", "number", U32),
};

/** Calls a helper that takes nothing and gives a word; one of 32 bits leaves the upper half undefined. */
function callHelper(context: Context, name: string, type: WordType, range: Range): Operand {
  const { builder } = context;
  const result = builder.emit({ kind: "call", callee: helperId(name) });
  if (range !== U32) return context.word(type, result, range);
  return context.word(type, builder.emit({ kind: "extend", bits: 32, signed: false }, [result]), range);
}
