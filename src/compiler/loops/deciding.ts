/**
 * Which numbers the verifier decides something by. Others it does not tell apart, whatever they are.
 *
 * @module
 */

import { sourcesOf } from "../analysis/incoming.ts";
import type { IrFunction, Value } from "../ir.ts";

/** One byte for each value id: 1 if the verifier decides something by it. */
export type Deciding = Uint8Array;

/** The values from which what is compared, an address or a helper's argument is computed. */
export function decidingValues(fn: IrFunction): Deciding {
  const decided: Value[] = [];
  for (const { instructions, terminator: end } of fn.blocks) {
    for (const { operation, inputs } of instructions) {
      if (operation.kind === "call" || "region" in operation && operation.region === "stack") decided.push(...inputs);
      else if ("region" in operation) decided.push(inputs[0]);
    }
    if (end?.kind === "branch") decided.push(end.left, end.right);
    // The caller decides something by it: whether to leave the program.
    if (end?.kind === "return" && fn.isCalled) decided.push(end.value);
  }
  return sourcesOf(fn, decided);
}
