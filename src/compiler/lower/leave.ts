/**
 * The one end of a function: all that leaves the program arrives there with its action.
 *
 * @module
 */

import type { Context } from "./context.ts";
import { known, type Word } from "./operand.ts";
import { discardAtEnd, refuseLeaks } from "./reservations.ts";

/** What an uncaught `throw` answers (enum xdp_action, include/uapi/linux/bpf.h). */
const ABORTED = 0;

/** Goes on where the program is left; the action, or `undefined` if it never is. */
export function placeEnd(context: Context): Word | undefined {
  const { builder, unit, returns } = context;
  for (const label of [context.abort, returns]) refuseLeaks(label);
  discardAtEnd(builder, context.leave);
  builder.place(context.leave);
  builder.goto(returns, known(unit.defaultAction));
  builder.place(context.abort);
  builder.goto(returns, known(ABORTED));
  const action = builder.place(returns);
  return action && context.toWord(action, context.frame.source.tree);
}
