/**
 * Choices at run time between operands that have no common form: what is done with one is done with each option, on a path
 * of its own.
 *
 * @module
 */

import { compareWords } from "./conditions.ts";
import type { Context } from "./context.ts";
import { isNothing } from "./join_choices.ts";
import { type Choice, type Operand, UNDEFINED } from "./operand.ts";

/** Does something with what an operand is, or with each of its options; the results meet. */
export function withEach(context: Context, operand: Operand, visit: (option: Operand) => Operand): Operand {
  if (operand.kind !== "choice") return visit(operand);
  const join = context.builder.label();
  onEachPath(context, operand, (option) => context.builder.goto(join, visit(option)));
  return context.builder.place(join) ?? UNDEFINED;
}

/** As {@linkcode withEach}, where each option leads somewhere. */
export function onEachPath(context: Context, operand: Operand, visit: (option: Operand) => void): void {
  if (operand.kind !== "choice") return visit(operand);
  const { builder } = context;
  const { selector, options } = operand;
  const { min, max } = builder.refined(selector).range;
  for (let index = Number(min); index < Number(max); index++) {
    const [here, others] = [builder.label(), builder.label()];
    compareWords(context, "eq", builder.refined(selector), context.constant(BigInt(index), "number"), here, others);
    builder.place(here);
    if (builder.reachable) visit(builder.current(options[index]));
    builder.place(others);
    if (!builder.reachable) return;
  }
  visit(builder.current(options[Number(max)]));
}

/** Leaves the path by `leave` where a choice is undefined or null, which are its first options; what it is elsewhere. */
export function leaveNothing(context: Context, choice: Choice, leave: () => void): Operand {
  const { builder } = context;
  const count = choice.options.filter(isNothing).length;
  if (!builder.optionsLeft(choice).some(isNothing)) return choice;
  const [nothing, rest] = [builder.label(), builder.label()];
  // The verifier knows a null test only by this form.
  const [test, limit] = count === 1 ? ["eq", 0n] as const : ["lt", BigInt(count)] as const;
  compareWords(context, test, builder.refined(choice.selector), context.constant(limit, "number"), nothing, rest);
  builder.place(nothing);
  if (builder.reachable) leave();
  builder.place(rest);
  return builder.current(choice);
}

/** What an operand is, or something else where it is undefined: a default. */
export function withDefault(context: Context, operand: Operand, otherwise: () => Operand): Operand {
  const isMissing = (option: Operand) => option.kind === "static" && option.value === undefined;
  if (operand.kind !== "choice") return isMissing(operand) ? otherwise() : operand;
  if (!operand.options.some(isMissing)) return operand;
  return withEach(context, operand, (option) => isMissing(option) ? otherwise() : option);
}
