/**
 * The compiler: a program object's text in, bytecode out. Pure: no kernel, no I/O.
 *
 * @module
 */

import { generate } from "./codegen/mod.ts";
import { reachableFunctions } from "./ir.ts";
import { lower } from "./lower/mod.ts";
import { optimize } from "./optimize/mod.ts";
import { outlineLoops } from "./outline/mod.ts";
import type { Compiled, Unit } from "./unit.ts";

/** The instruction set that every kernel with the features we need has. */
const DEFAULT_CPU = 3;

/** How to compile. */
export interface CompileOptions {
  /**
   * `"plain"` (the default): loops are jumps, which the verifier follows turn by turn, unless that is known to be too much.
   * `"bpf_loop"`: all loops are functions that the kernel calls back, for programs that were too complex for the verifier.
   */
  readonly loops?: "plain" | "bpf_loop";
}

/**
 * Compiles a program.
 *
 * @throws {EbpfError} If the text is outside the language, with the user's place and a remedy.
 */
export function compile(unit: Unit, { loops = "plain" }: CompileOptions = {}): Compiled {
  const main = lower(unit, loops);
  for (const fn of reachableFunctions(main)) optimize(fn);
  const outlined = reachableFunctions(main).map((fn) => outlineLoops(fn, loops === "bpf_loop"));
  if (outlined.includes(true)) { for (const fn of reachableFunctions(main)) optimize(fn); }
  return generate(main, {
    cpu: DEFAULT_CPU,
    lineText: ({ file, line }) => unit.sourceLine(file, line),
  });
}
