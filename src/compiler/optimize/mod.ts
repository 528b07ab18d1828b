/**
 * The optimizer: this list, in this order.
 *
 * @module
 */

import type { IrFunction } from "../ir.ts";
import { foldByteSwaps } from "./byte_swaps.ts";
import { removeDeadCode } from "./dead_code.ts";
import { foldParameters } from "./parameters.ts";
import { simplifyControlFlow } from "./control_flow.ts";

/** One pass: rewrites a function in place. */
export interface Pass {
  readonly name: string;
  run(fn: IrFunction): void;
}

export const PASSES: readonly Pass[] = [
  { name: "fold parameters", run: foldParameters },
  { name: "simplify control flow", run: simplifyControlFlow },
  { name: "fold byte swaps", run: foldByteSwaps },
  { name: "remove dead code", run: removeDeadCode },
];

/** Runs all passes; `observe` sees the function after each. */
export function optimize(fn: IrFunction, observe?: (pass: Pass, fn: IrFunction) => void): void {
  for (const pass of PASSES) {
    pass.run(fn);
    observe?.(pass, fn);
  }
}
