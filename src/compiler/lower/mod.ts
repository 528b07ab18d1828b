/**
 * From a program object to IR: the first half of the compiler.
 *
 * @module
 */

import { type EbpfError, ErrorCode } from "../../errors.ts";
import type { IrFunction } from "../ir.ts";
import { SPLIT, withinStack } from "../overflow.ts";
import type { Unit } from "../unit.ts";
import { bindParameters, lowerBody } from "./calls.ts";
import { Context } from "./context.ts";
import { requireBytes } from "./memory.ts";
import { known } from "./operand.ts";
import { beginScratch } from "./scratch.ts";
import { beginSlots } from "./stack.ts";

/** What an uncaught `throw` answers (enum xdp_action, include/uapi/linux/bpf.h). */
const ABORTED = 0;

/**
 * Lowers a program.
 *
 * @throws {EbpfError} If the text is outside the language.
 */
export function lower(unit: Unit, loops: "plain" | "bpf_loop" = "plain"): IrFunction {
  const context = new Context(unit, loops);
  const source = context.source(unit.entry);
  context.frame = {
    source,
    fn: unit.entry,
    tree: source.tree,
    caller: undefined,
    thisOperand: known(unit.instance),
    captures: unit.captures(unit.entry),
    returns: context.returns,
    finish: (operand, span) => context.toAction(operand, span),
    scope: { parent: undefined, names: new Map() },
    exits: [],
  };
  context.at(source.tree);
  if (unit.minimumPacketSize > 0) requireBytes(context, unit.minimumPacketSize, source.tree);
  withinStack(() => {
    bindParameters(context, source.tree, [{ kind: "packet" }]);
    lowerBody(context, source.tree);
  }, () => tooDeepHere(context));
  leave(context);
  beginSlots(context);
  beginScratch(context);
  return context.builder.fn;
}

/** The place that we got to, or the call there, in the program's own text. */
function tooDeepHere({ builder: { origin }, frame: { source, tree } }: Context): EbpfError {
  const offset = origin?.source === source ? origin.offset : tree.start;
  const what = "Cannot follow the program from here: it is nested too deeply";
  return source.error(ErrorCode.TooLarge, what, { start: offset, end: offset + 1 }, SPLIT);
}

/** The program's one end: failed bounds checks arrive here with the default action. */
function leave(context: Context): void {
  const { builder, unit, returns } = context;
  builder.place(context.leave);
  builder.goto(returns, known(unit.defaultAction));
  builder.place(context.abort);
  builder.goto(returns, known(ABORTED));
  const action = builder.place(returns);
  if (action) builder.return(context.toWord(action, context.frame.source.tree).value);
}
