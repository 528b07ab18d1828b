/**
 * Loading: from generated code to a program in the kernel and variables in its map.
 *
 * @module
 */

import { encode } from "../bytecode/mod.ts";
import { buildProgramBtf } from "../btf/mod.ts";
import type { Compiled } from "../compiler/unit.ts";
import { closing, type Descriptor, loadBtf, loadProgram } from "../kernel/mod.ts";
import type { Description } from "./description.ts";
import type { GlobalsMap } from "./globals_map.ts";
import type { Memory } from "./memory.ts";

/** A program in the kernel, with all that it needs. */
export interface Loaded {
  readonly program: Descriptor;
  readonly compiled: Compiled;
  /** Takes the variables away, then frees all. */
  close(): void;
}

/**
 * Loads a program, and moves its variables into the kernel's memory with the values that they have.
 *
 * @throws {EbpfError} If the kernel refuses any part; then nothing of it stays, and the variables are where they were.
 */
export function load(state: Memory, compiled: Compiled, description: Description): Loaded {
  const added = [...new Set([state.map, ...compiled.maps as GlobalsMap[]])].filter((map) =>
    !map.isShared && map.size > 0
  );
  try {
    added.forEach((map) => map.share());
    const program = loadCode(state.name, compiled, description);
    return {
      program,
      compiled,
      close() {
        state.close();
        program.close();
      },
    };
  } catch (error) {
    added.forEach((map) => map.unshare());
    throw error;
  }
}

function loadCode(
  name: string,
  compiled: Compiled,
  { type, context }: Description,
): Descriptor {
  const { instructions, functions, lines } = compiled;
  const { btf, functionInfo, lineInfo } = buildProgramBtf(functions, lines, context);
  // The kernel's program keeps its BTF.
  return closing(loadBtf(btf), (types) =>
    loadProgram({
      type,
      name,
      instructions: encode(instructions, (map) => (map as GlobalsMap).share().fd),
      btf: types,
      functionInfo,
      lineInfo: lineInfo.length > 0 ? lineInfo : undefined,
    }));
}
