/**
 * Programs that outlive their process: pinning a program with its maps in a folder, and finding them again.
 *
 * @module
 */

import { EbpfError, ErrorCode } from "../errors.ts";
import { type Descriptor, openPinned, pinAll, programInfo, type ProgramType, unpinAll } from "../kernel/mod.ts";
import { adoptMaps, mapsOf, variables } from "./adopt.ts";
import { hold, type Loaded } from "./load.ts";
import { memory } from "./memory.ts";
import type { Program } from "./program.ts";

/** The name of the program's pin. */
const programPin = "prog";

/**
 * Pins a program and the maps that it uses.
 *
 * @param replace Whether pins of these names that are there give way.
 * @throws {EbpfError} As `pinAll`; then everything is as it was.
 */
export function pinProgram(program: Program, loaded: Descriptor, folder: string, replace: boolean): void {
  const operation = `pin "${program[memory].name}"`;
  const pins = new Map([[programPin, loaded]]);
  for (const [name, map] of mapsOf(program)) {
    if (name === programPin) throw reserved(operation);
    if (map.isShared) pins.set(name, map.share());
  }
  pinAll(folder, pins, { operation, replace });
}

/** Removes the pins that {@linkcode pinProgram} makes; gives whether any was there. */
export function unpinProgram(program: Program, folder: string): boolean {
  const names = new Set([programPin, variables, ...mapsOf(program).keys()]);
  return unpinAll(folder, names, `unpin "${program[memory].name}"`);
}

/**
 * Opens a pinned program, and makes the variables and maps of an object those that are pinned with it.
 *
 * @throws {EbpfError} If something is missing or of another kind; the object is then to be closed.
 */
export function openProgram(program: Program, type: ProgramType, folder: string): Loaded {
  const operation = `open "${program[memory].name}" from ${folder}`;
  const missing = (name: string) => nothingPinned(operation, name);
  const pinned = openPinned(`${folder}/${programPin}`);
  if (!pinned) throw missing(programPin);
  try {
    if (programInfo(pinned).type !== type) throw anotherType(operation);
    const source = { operation, open: (name: string) => openPinned(`${folder}/${name}`), missing };
    return hold(pinned, undefined, adoptMaps(program, source), program[memory]);
  } catch (error) {
    pinned.close();
    throw error;
  }
}

function nothingPinned(operation: string, name: string): EbpfError {
  return new EbpfError(ErrorCode.NotFound, `Cannot ${operation}: nothing is pinned there as ${name}`, {
    remedy: "Pin the program there first: pin(folder)",
  });
}

function anotherType(operation: string): EbpfError {
  const what = `Cannot ${operation}: the program that is pinned there is of another type`;
  return new EbpfError(ErrorCode.InvalidArgument, what);
}

function reserved(operation: string): EbpfError {
  return new EbpfError(
    ErrorCode.InvalidArgument,
    `Cannot ${operation}: ${programPin} is the pin of the program itself`,
    {
      remedy: `Rename the field ${programPin}`,
    },
  );
}
