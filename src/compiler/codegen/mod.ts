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
import type { MachineFunction } from "./machine.ts";
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
  /** Sees a function after each step on it. */
  readonly observe?: (step: string, fn: MachineFunction) => void;
}

const STEPS: readonly { readonly name: string; readonly run: (fn: MachineFunction) => void }[] = [
  { name: "place constants", run: materialize },
  { name: "lay out", run: layOut },
  { name: "allocate registers", run: allocate },
  { name: "merge tails", run: mergeTails },
  { name: "lift constants", run: liftConstants },
  { name: "reuse constants", run: reuseConstants },
  { name: "merge tails", run: mergeTails },
  { name: "lay out", run: layOut },
];

/** Generates bytecode for a program: its main function and all that this refers to. */
export function generate(main: IrFunction, { cpu, lineText, observe }: CodegenOptions): Compiled {
  const functions = reachableFunctions(main).map((fn) => {
    const machine = select(fn, cpu);
    observe?.("select", machine);
    for (const { name, run } of STEPS) {
      run(machine);
      observe?.(name, machine);
    }
    return machine;
  });
  demandStack(functions);
  return emit(functions, cpu, lineText);
}
