/**
 * From IR to bytecode: this list, in this order.
 *
 * @module
 */

import type { SourceLocation } from "../../errors.ts";
import { type IrFunction, reachableFunctions } from "../ir.ts";
import type { Compiled } from "../unit.ts";
import { allocate } from "./allocate.ts";
import { emit } from "./emit.ts";
import { demandStack } from "./frames.ts";
import { layOut } from "./layout.ts";
import { liftConstants } from "./lift.ts";
import { materialize } from "./materialize.ts";
import { mergeTails } from "./merge_tails.ts";
import { reuseConstants } from "./reuse.ts";
import { select } from "./select.ts";

/** What the code generator may use and say. */
export interface CodegenOptions {
  /** The instruction set's version, 1 to 4. */
  readonly cpu: number;
  /** The text of a user's line, for line information. */
  lineText(location: SourceLocation): string | undefined;
}

/** Generates bytecode for a program: its main function and all that this refers to. */
export function generate(main: IrFunction, { cpu, lineText }: CodegenOptions): Compiled {
  const functions = reachableFunctions(main).map((fn) => {
    const machine = select(fn, cpu);
    materialize(machine);
    layOut(machine);
    allocate(machine);
    mergeTails(machine);
    liftConstants(machine);
    reuseConstants(machine);
    mergeTails(machine);
    layOut(machine);
    return machine;
  });
  demandStack(functions);
  return emit(functions, cpu, lineText);
}
