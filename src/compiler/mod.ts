/**
 * The compiler: a program object's text in, bytecode out. Pure: no kernel, no I/O.
 *
 * @module
 */

import { generate } from "./codegen/mod.ts";
import { lower } from "./lower/mod.ts";
import { optimize } from "./optimize/mod.ts";
import type { Compiled, Unit } from "./unit.ts";

/** The instruction set that every kernel with the features we need has. */
const DEFAULT_CPU = 3;

/**
 * Compiles a program.
 *
 * @throws {EbpfError} If the text is outside the language, with the user's place and a remedy.
 */
export function compile(unit: Unit): Compiled {
  const fn = lower(unit);
  optimize(fn);
  return generate(fn, {
    cpu: DEFAULT_CPU,
    lineText: ({ file, line }) => unit.sourceLine(file, line),
  });
}
