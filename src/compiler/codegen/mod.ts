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
import { demandStack, STACK_SIZE, stackNeed } from "./frames.ts";
import { layOut } from "./layout.ts";
import { liftConstants } from "./lift.ts";
import type { MachineFunction } from "./machine.ts";
import { materialize } from "./materialize.ts";
import { mergeHeads } from "./merge_heads.ts";
import { mergeTails } from "./merge_tails.ts";
import { reuseConstants } from "./reuse.ts";
import { select } from "./select.ts";
import { shareTails } from "./share_tails.ts";

/** What the code generator may use and say. */
export interface CodegenOptions {
  /** The instruction set's version, 1 to 4. */
  readonly cpu: number;
  /** Bytes of stack that there are, if not as many as the kernel gives. */
  readonly stack?: number;
  /** The text of a user's line, for line information. */
  lineText(location: SourceLocation): string | undefined;
  /**
   * Makes room on the stack for functions that call each other, whose frames are so many bytes too large: by changing these
   * functions. Gives whether it has; they are tried anew then. Without, what does not fit is refused.
   */
  readonly makeRoom?: (functions: readonly IrFunction[], excess: number) => boolean;
  /** Sees a function after each step on it. */
  readonly observe?: (step: string, fn: MachineFunction) => void;
}

const STEPS: readonly { readonly name: string; readonly run: (fn: MachineFunction) => void }[] = [
  { name: "place constants", run: materialize },
  { name: "lay out", run: layOut },
  { name: "allocate registers", run: allocate },
  { name: "merge tails", run: mergeTails },
  { name: "merge heads", run: mergeHeads },
  { name: "lift constants", run: liftConstants },
  { name: "reuse constants", run: reuseConstants },
  { name: "merge tails", run: mergeTails },
  { name: "share tails", run: shareTails },
  { name: "lay out", run: layOut },
];

/**
 * Generates bytecode for a program: its main function and all that this refers to.
 *
 * @throws {EbpfError} `TooLarge`.
 */
export function generate(main: IrFunction, options: CodegenOptions): Compiled {
  const { cpu, stack = STACK_SIZE, lineText, makeRoom } = options;
  for (;;) {
    const functions = reachableFunctions(main).map((fn) => machineCode(fn, options));
    const need = stackNeed(functions);
    if (need.bytes > stack && makeRoom?.(need.functions, need.bytes - stack)) continue;
    demandStack(need, stack, makeRoom !== undefined);
    return emit(functions, cpu, lineText);
  }
}

function machineCode(fn: IrFunction, { cpu, observe }: CodegenOptions): MachineFunction {
  const machine = select(fn, cpu);
  observe?.("select", machine);
  for (const { name, run } of STEPS) {
    run(machine);
    observe?.(name, machine);
  }
  return machine;
}
