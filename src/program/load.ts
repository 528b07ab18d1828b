/**
 * Loading: from generated code to a program in the kernel and variables in its map.
 *
 * @module
 */

import { encode, type MapReference } from "../bytecode/mod.ts";
import { buildProgramBtf } from "../btf/mod.ts";
import type { Compiled } from "../compiler/unit.ts";
import { closing, type Descriptor, loadBtf, loadProgram } from "../kernel/mod.ts";
import type { Description } from "./description.ts";
import { binding, BpfMap } from "../maps/mod.ts";
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
  const maps = compiled.maps.map(loadable);
  const globals = state.map.size > 0 ? [state.map] : [];
  const added = [...new Set([...globals, ...maps])].filter((map) => !map.isShared);
  try {
    added.forEach((map) => map.share());
    const program = loadCode(state.name, compiled, description);
    maps.forEach((map) => map.retain?.());
    return {
      program,
      compiled,
      close() {
        state.close();
        program.close();
        maps.forEach((map) => map.release?.());
      },
    };
  } catch (error) {
    added.forEach((map) => map.unshare());
    throw error;
  }
}

/** A map that the kernel is given together with a program. */
interface Loadable {
  readonly isShared: boolean;
  /** The map in the kernel, made at the first call with what is in it. */
  share(): Descriptor;
  /** Undoes {@linkcode Loadable.share} if loading fails. */
  unshare(): void;
  /** The program is loaded: from now on it is one of those that the map is there for. */
  retain?(): void;
  /** The program is closed. */
  release?(): void;
}

function loadable(reference: MapReference): Loadable {
  return reference instanceof BpfMap ? reference[binding] : reference as GlobalsMap;
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
      instructions: encode(instructions, (map) => loadable(map).share().fd),
      btf: types,
      functionInfo,
      lineInfo: lineInfo.length > 0 ? lineInfo : undefined,
    }));
}
