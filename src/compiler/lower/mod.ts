/**
 * From a program object to IR: the first half of the compiler.
 *
 * @module
 */

import { ErrorCode } from "../../errors.ts";
import type { Span } from "../../syntax/ast.ts";
import type { IrFunction } from "../ir.ts";
import type { Unit } from "../unit.ts";
import { describe, type Label } from "./builder.ts";
import { bindParameters, lowerBody } from "./calls.ts";
import { Context } from "./context.ts";
import { requireBytes } from "./memory.ts";
import { known, type Operand } from "./operand.ts";

/** Actions that an XDP program can answer with (enum xdp_action, include/uapi/linux/bpf.h): ABORTED to REDIRECT. */
const LAST_ACTION = 4;
const ABORTED = 0;

/**
 * Lowers a program.
 *
 * @throws {EbpfError} If the text is outside the language.
 */
export function lower(unit: Unit): IrFunction {
  const context = new Context(unit);
  const source = context.source(unit.entry);
  const returns = context.builder.label();
  context.frame = {
    source,
    fn: unit.entry,
    tree: source.tree,
    caller: undefined,
    thisOperand: known(unit.instance),
    captures: unit.captures(unit.entry),
    returns,
    finish: (operand, span) => toAction(context, operand, span),
    scope: { parent: undefined, names: new Map() },
    exits: [],
  };
  context.at(source.tree);
  if (unit.minimumPacketSize > 0) requireBytes(context, unit.minimumPacketSize, source.tree);
  bindParameters(context, source.tree, [{ kind: "packet" }]);
  lowerBody(context, source.tree);
  leave(context, returns);
  return context.builder.fn;
}

/** The program's one end: failed bounds checks arrive here with the default action. */
function leave(context: Context, returns: Label): void {
  const { builder, unit } = context;
  builder.place(context.leave);
  builder.goto(returns, known(unit.defaultAction));
  builder.place(context.abort);
  builder.goto(returns, known(ABORTED));
  const action = builder.place(returns);
  if (action) builder.return(context.toWord(action, context.frame.source.tree).value);
}

/** What `return` gives the kernel. */
function toAction(context: Context, operand: Operand, span: Span): Operand {
  if (operand.kind === "static" && operand.value === undefined) return known(context.unit.defaultAction);
  if (operand.kind === "static" && typeof operand.value === "number") {
    const action = operand.value;
    if (Number.isInteger(action) && action >= 0 && action <= LAST_ACTION) return operand;
    context.fail(
      ErrorCode.OutOfRange,
      span,
      `Cannot return ${action}: it is no XDP action`,
      "Return XDP.PASS, XDP.DROP, XDP.TX, …",
    );
  }
  if (operand.kind === "word" && operand.type === "number") return operand;
  return context.fail(
    ErrorCode.TypeMismatch,
    span,
    `Cannot return ${describe(operand)} from a program`,
    "Return an action: XDP.PASS, XDP.DROP, XDP.TX, …",
  );
}
