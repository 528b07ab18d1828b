/**
 * Loading: from generated code to a program in the kernel and variables in its map.
 *
 * @module
 */

import { encode, type MapReference } from "../bytecode/mod.ts";
import { buildProgramBtf } from "../btf/mod.ts";
import type { Compiled } from "../compiler/unit.ts";
import { createMap, type Descriptor, loadBtf, loadProgram, MapFlag, mapMemory, MapType } from "../kernel/mod.ts";
import type { Description } from "./description.ts";
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
  using undo = new DisposableStack();
  const maps = new Map<MapReference, Descriptor>();
  const shared = shareGlobals(state, undo, maps);
  const program = undo.use(loadCode(state.name, compiled, description, maps));
  if (shared) state.globals.view = new DataView(shared);
  const owned = undo.move();
  return {
    program,
    compiled,
    close() {
      state.close();
      owned.dispose();
    },
  };
}

/** Makes the map of the shared variables with their values in it; gives its memory. */
function shareGlobals(
  state: Memory,
  undo: DisposableStack,
  maps: Map<MapReference, Descriptor>,
): ArrayBuffer | undefined {
  const { view, size } = state.globals;
  if (size === 0) return undefined;
  const map = undo.use(createMap({
    type: MapType.Array,
    keySize: 4,
    valueSize: size,
    // BPF_PSEUDO_MAP_VALUE addresses arrays of one element only.
    maxEntries: 1,
    flags: MapFlag.Mappable,
    name: state.map.name,
  }));
  maps.set(state.map, map);
  const { buffer } = undo.use(mapMemory(map, size));
  new Uint8Array(buffer).set(new Uint8Array(view.buffer, 0, size));
  return buffer;
}

function loadCode(
  name: string,
  compiled: Compiled,
  { type, context }: Description,
  maps: ReadonlyMap<MapReference, Descriptor>,
): Descriptor {
  const { instructions, functions, lines } = compiled;
  const { btf, functionInfo, lineInfo } = buildProgramBtf(functions, lines, context);
  // The kernel's program keeps its BTF.
  using types = loadBtf(btf);
  return loadProgram({
    type,
    name,
    instructions: encode(instructions, (map) => maps.get(map)!.fd),
    btf: types,
    functionInfo,
    lineInfo: lineInfo.length > 0 ? lineInfo : undefined,
  });
}
