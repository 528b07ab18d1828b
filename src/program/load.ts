/**
 * Loading: from generated code to a program in the kernel, its variables in their map, and its maps.
 *
 * @module
 */

import { buildProgramBtf } from "../btf/mod.ts";
import { encode, type MapReference } from "../bytecode/mod.ts";
import { ScratchMap } from "../compiler/scratch/map.ts";
import type { Compiled } from "../compiler/unit.ts";
import { closing, createMap, type Descriptor, loadBtf, loadProgram, MapType, ProgramFlag } from "../kernel/mod.ts";
import { binding, BpfMap } from "../maps/mod.ts";
import type { Description } from "./description.ts";
import type { GlobalsMap } from "./globals_map.ts";
import type { Memory } from "./memory.ts";
import type { ProgramMap } from "./program_map.ts";

/** A program in the kernel. */
export interface Loaded {
  readonly program: Descriptor;
  /** Its code; not known of a program that another process has pinned. */
  readonly compiled: Compiled | undefined;
  /** The maps that are there as long as it is. */
  readonly maps: readonly ProgramMap[];
  /** What the maps know it by. */
  readonly user: object;
  /** Maps that came to the kernel with it. */
  readonly added: readonly ProgramMap[];
}

/**
 * Loads a program, and moves its variables and maps into the kernel with what is in them.
 *
 * @param kept Maps that are to be there as long as it is, whether it uses them or not.
 * @throws {EbpfError} If the kernel refuses any part; then nothing of it stays, and everything is where it was.
 */
export function load(
  state: Memory,
  compiled: Compiled,
  description: Description,
  kept: readonly ProgramMap[] = [],
): Loaded {
  const used = new Set<ProgramMap>([state.map, ...ownMaps(compiled).map(programMapOf)]);
  const added = [...used].filter((map) => !map.isShared && map.size !== 0);
  try {
    added.forEach((map) => map.share());
    const program = loadCode(state.name, compiled, description);
    try {
      // Last: what is in them may lead back here.
      added.forEach((map) => map.fill?.());
    } catch (error) {
      program.close();
      throw error;
    }
    return hold(program, compiled, new Set([...used, ...kept]), state, added);
  } catch (error) {
    added.forEach((map) => map.unshare());
    throw error;
  }
}

/** A program with its maps, for which it is a `user`: {@linkcode letGo} ends it. */
export function hold(
  program: Descriptor,
  compiled: Compiled | undefined,
  maps: Iterable<ProgramMap>,
  user: object,
  added: readonly ProgramMap[] = [],
): Loaded {
  const loaded = { program, compiled, maps: [...maps], user, added };
  loaded.maps.forEach((map) => map.retain?.(user));
  return loaded;
}

/** Closes a program, and those maps that no other one holds. */
export function letGo({ program, maps, user }: Loaded): void {
  program.close();
  maps.forEach((map) => map.release?.(user));
}

/** The maps that a program's code refers to, without its scratch memory. */
export function ownMaps({ maps }: Compiled): readonly MapReference[] {
  return maps.filter((map) => !(map instanceof ScratchMap));
}

/** Takes a program back out of the kernel as if it had never been there, if it has not been {@linkcode settle}d since. */
export function undo({ program, maps, user, added }: Loaded): void {
  program.close();
  maps.forEach((map) => map.forget?.(user));
  added.forEach((map) => map.unshare());
}

/** Nothing that a program was loaded for can fail any more: what is needed to undo that is given up. */
export function settle({ maps }: Loaded): void {
  maps.forEach((map) => map.settle?.());
}

/** What stands behind a map in generated code. */
export function programMapOf(reference: MapReference): ProgramMap {
  return reference instanceof BpfMap ? reference[binding] : reference as GlobalsMap;
}

function loadCode(name: string, compiled: Compiled, description: Description): Descriptor {
  const scratch = compiled.maps.find((map) => map instanceof ScratchMap);
  if (!scratch) return loadUsing(undefined, name, compiled, description);
  // The kernel's program keeps the map.
  return closing(createScratch(scratch), (map) => loadUsing(map, name, compiled, description));
}

function createScratch({ name, size }: ScratchMap): Descriptor {
  return createMap({ type: MapType.PerCpuArray, keySize: 4, valueSize: size, maxEntries: 1, name });
}

function loadUsing(
  scratch: Descriptor | undefined,
  name: string,
  compiled: Compiled,
  { type, attachType, context, frags }: Description,
): Descriptor {
  const { instructions, functions, lines } = compiled;
  const { btf, functionInfo, lineInfo } = buildProgramBtf(functions, lines, context);
  const descriptorOf = (map: MapReference) => map instanceof ScratchMap ? scratch!.fd : programMapOf(map).share().fd;
  // The kernel's program keeps its BTF.
  return closing(loadBtf(btf), (types) =>
    loadProgram({
      type,
      expectedAttachType: attachType,
      name,
      instructions: encode(instructions, descriptorOf),
      btf: types,
      functionInfo,
      lineInfo: lineInfo.length > 0 ? lineInfo : undefined,
      flags: frags ? ProgramFlag.XdpFragments : 0,
    }));
}
