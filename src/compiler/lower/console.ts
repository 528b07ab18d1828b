/**
 * `console.log()` in a program: a line in the kernel's trace (`bpf_trace_printk`, Linux 4.1; read it in
 * /sys/kernel/tracing/trace_pipe). The text is known at generation, but for three integers.
 *
 * @module
 */

import { helperId } from "../../bytecode/mod.ts";
import { ErrorCode } from "../../errors.ts";
import type { Span } from "../../syntax/ast.ts";
import { onEachPath } from "./choices.ts";
import { lowerTruth } from "./conditions.ts";
import type { Context } from "./context.ts";
import { describe } from "./describe.ts";
import { known, type Operand, UNDEFINED, type Word } from "./operand.ts";
import { scratch } from "./scratch.ts";

/** What the name `console` denotes: no more of it than is here. */
export const CONSOLE: object = Object.freeze({});

/** What the helper takes besides the text. */
const MOST_VALUES = 3;
/** The stack is small. */
const MOST_BYTES = 128;

export function consoleMember(context: Context, name: string, span: Span): Operand {
  if (name !== "log") {
    context.fail(ErrorCode.UnsupportedSyntax, span, `Cannot use console.${name} in a program`, "It has console.log()");
  }
  const method = (operands: readonly Operand[], span: Span) => {
    log(context, operands, [], span);
    return UNDEFINED;
  };
  return { kind: "callable", owner: known(CONSOLE), name: "log", method };
}

/** Prints the parts that are ready, and then the others: one that may be several is so on a path of its own. */
function log(context: Context, operands: readonly Operand[], ready: readonly (string | Word)[], span: Span): void {
  const [first, ...rest] = operands;
  if (first === undefined) return print(context, ready, span);
  const next = (part: string | Word) => log(context, rest, [...ready, part], span);
  const { builder } = context;
  if (first.kind === "word" && first.type === "boolean") {
    const [yes, no, join] = [builder.label(), builder.label(), builder.label()];
    lowerTruth(context, first, span, yes, no);
    for (const [label, text] of [[yes, "true"], [no, "false"]] as const) {
      builder.place(label);
      if (builder.reachable) next(text);
      builder.goto(join);
    }
    builder.place(join);
    return;
  }
  if (first.kind === "choice") {
    const join = builder.label();
    onEachPath(context, first, (option) => {
      log(context, [option, ...rest], ready, span);
      builder.goto(join);
    });
    builder.place(join);
    return;
  }
  next(partOf(context, first, ready.length === 0, span));
}

function partOf(context: Context, operand: Operand, isFirst: boolean, span: Span): string | Word {
  if (operand.kind === "word" && (operand.type === "number" || operand.type === "bigint")) return operand;
  const value = operand.kind === "static" ? operand.value : undefined;
  if (operand.kind !== "static" || typeof value === "object" && value !== null || typeof value === "function") {
    return context.fail(
      ErrorCode.UnsupportedSyntax,
      span,
      `Cannot print ${describe(operand)} from a program`,
      'Print texts and integers: console.log("seen", this.count); of a number with decimals Math.trunc(x)',
    );
  }
  if (isFirst && typeof value === "string" && /%[sdifjoOc%]/.test(value)) {
    context.fail(
      ErrorCode.UnsupportedSyntax,
      span,
      "Cannot print with a format",
      'Give the values one after the other: console.log("seen", this.count)',
    );
  }
  return typeof value === "bigint" ? `${value}n` : Object.is(value, -0) ? "-0" : String(value);
}

function print(context: Context, parts: readonly (string | Word)[], span: Span): void {
  const { builder } = context;
  const words = parts.filter((part) => typeof part !== "string");
  if (words.length > MOST_VALUES) {
    context.fail(
      ErrorCode.TooLarge,
      span,
      `Cannot print ${words.length} values of the run at once: the kernel takes ${MOST_VALUES}`,
      "Print them in several lines",
    );
  }
  const format = parts.map((part) => typeof part === "string" ? part.replaceAll("%", "%%") : formatOf(part)).join(" ");
  const bytes = new TextEncoder().encode(format + "\0");
  if (bytes.length > MOST_BYTES || /[^\x20-\x7e]/.test(format)) {
    context.fail(
      bytes.length > MOST_BYTES ? ErrorCode.TooLarge : ErrorCode.UnsupportedSyntax,
      span,
      bytes.length > MOST_BYTES
        ? `Cannot print a text of ${bytes.length} bytes: ${MOST_BYTES} are the most`
        : "Cannot print this text: the kernel's trace takes printable ASCII, one line a call",
      "Make it shorter and plainer",
    );
  }
  const address = scratch(context, "console.log", bytes.length, span);
  const padded = new DataView(new ArrayBuffer(Math.ceil(bytes.length / 8) * 8));
  new Uint8Array(padded.buffer).set(bytes);
  for (let offset = 0; offset < padded.byteLength; offset += 8) {
    const word = builder.constant(padded.getBigUint64(offset, true));
    builder.emit({ kind: "store", size: 8, offset, region: "stack" }, [address, word]);
  }
  const size = builder.constant(BigInt(bytes.length));
  const values = words.map((word) => context.toWord(word, span).value);
  builder.emit({ kind: "call", callee: helperId("trace_printk") }, [address, size, ...values]);
}

/** As `console.log` writes it; what may be negative is signed. */
function formatOf({ type, range }: Word): string {
  return `%ll${range.min < 0n ? "d" : "u"}${type === "bigint" ? "n" : ""}`;
}
