/**
 * The library's own methods as a program calls them: each has a body for runs as plain JavaScript, and a lowering here.
 *
 * @module
 */

import { helperId } from "../../bytecode/mod.ts";
import { ErrorCode } from "../../errors.ts";
import type { Span } from "../../syntax/ast.ts";
import { u32 } from "../../types/scalar.ts";
import type { Value } from "../ir.ts";
import { I32, type Range, U32, U64 } from "../range.ts";
import { ACTIONS, type Context } from "./context.ts";
import { describe } from "./describe.ts";
import { readMember } from "./members.ts";
import { converted, moved } from "./memory.ts";
import { known, type Operand, UNDEFINED, type WordType } from "./operand.ts";
import { PACKET_HELPERS } from "./packet_helpers.ts";
import { found, near } from "./place.ts";
import { SOCKET_HELPERS } from "./sockets.ts";
import { SYNCOOKIES } from "./syncookies.ts";

type Intrinsic = (context: Context, operands: readonly Operand[], span: Span) => Operand;

/** By the names that `Unit.intrinsics` uses. */
export const INTRINSICS: Readonly<Record<string, Intrinsic>> = {
  /** `this.exit(action)`: leaves the program from anywhere. */
  exit(context, [action = UNDEFINED], span) {
    context.builder.goto(context.returns, context.toAction(action, span));
    return UNDEFINED;
  },
  ktimeGetNs: (context) => callHelper(context, "ktime_get_ns", "bigint", U64),
  ktimeGetBootNs: (context) => callHelper(context, "ktime_get_boot_ns", "bigint", U64),
  ktimeGetCoarseNs: (context) => callHelper(context, "ktime_get_coarse_ns", "bigint", U64),
  ktimeGetTaiNs: (context) => callHelper(context, "ktime_get_tai_ns", "bigint", U64),
  jiffies64: (context) => callHelper(context, "jiffies64", "bigint", U64),
  getPrandomU32: (context) => callHelper(context, "get_prandom_u32", "number", U32),
  getSmpProcessorId: (context) => callHelper(context, "get_smp_processor_id", "number", U32),
  getNumaNodeId: (context) => callHelper(context, "get_numa_node_id", "number", U32),
  redirect(context, [ifindex = UNDEFINED], span) {
    const index = converted(context, u32, ifindex, span).value;
    return callHelper(context, "redirect", "number", ACTIONS, [index, context.builder.constant(0n)]);
  },
  fibLookup,
  read,
  ...PACKET_HELPERS,
  ...SOCKET_HELPERS,
  ...SYNCOOKIES,
};

/** `struct bpf_fib_lookup`, include/uapi/linux/bpf.h. */
const FIB_LOOKUP_BYTES = 64;

/** Calls a helper that gives a word; one of 32 bits leaves the upper half undefined. */
function callHelper(context: Context, name: string, type: WordType, range: Range, inputs: Value[] = []): Operand {
  const { builder } = context;
  const result = builder.emit({ kind: "call", callee: helperId(name) }, inputs);
  if (range !== U32 && range !== I32) return context.word(type, result, range);
  const extend = { kind: "extend", bits: 32, signed: range === I32 } as const;
  return context.word(type, builder.emit(extend, [result]), range);
}

/** `read(object, "key")`: loads that no others will do for. */
function read(context: Context, [object = UNDEFINED, key = UNDEFINED]: readonly Operand[], span: Span): Operand {
  if (key.kind !== "static") {
    return context.fail(
      ErrorCode.UnsupportedSyntax,
      span,
      "Cannot read a name known at run time only",
      "Write the name",
    );
  }
  const added = context.builder.mark();
  const operand = readMember(context, { object, name: String(key.value) }, span);
  for (const value of added()) {
    if (value.operation.kind === "load") value.operation = { ...value.operation, fresh: true };
  }
  return operand;
}

/** `this.bpf.fibLookup(route, flags)`: the struct's bytes are where the variable is. */
function fibLookup(context: Context, [route = UNDEFINED, flags = known(0)]: readonly Operand[], span: Span): Operand {
  const { builder } = context;
  const isVariable = route.kind === "view" && route.place.region !== "packet" &&
    route.place.type.kind === "struct" && route.place.type.size === FIB_LOOKUP_BYTES;
  if (!isVariable || flags.kind !== "static") {
    return context.fail(
      ErrorCode.TypeMismatch,
      span,
      isVariable ? "Cannot choose flags at run time" : `Cannot look for a route with ${describe(route)}`,
      "Give a variable: @localVar(FibLookup) accessor route!: Infer<typeof FibLookup>, and flags that are known",
    );
  }
  const { base, offset } = near(context, found(context, route.place));
  const size = builder.constant(BigInt(FIB_LOOKUP_BYTES));
  const inputs = [
    builder.programContext,
    moved(context, base, offset),
    size,
    builder.constant(BigInt(Number(flags.value))),
  ];
  return callHelper(context, "fib_lookup", "number", I32, inputs);
}
