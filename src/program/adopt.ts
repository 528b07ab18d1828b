/**
 * Maps and variables that a program takes over: from pins, or from another program of this process.
 *
 * @module
 */

import { identifier } from "../btf/mod.ts";
import { EbpfError, ErrorCode } from "../errors.ts";
import { type Descriptor, duplicate } from "../kernel/mod.ts";
import { binding } from "../maps/mod.ts";
import { fieldsOf } from "./fields.ts";
import { memory } from "./memory.ts";
import { placeOfPart } from "./pinned_variables.ts";
import { Program } from "./program.ts";
import type { ProgramMap } from "./program_map.ts";
import { SubProgram } from "./sub_program.ts";

/** The name of the program's own variables among its maps; those of other programs have the field's name before it. */
export const variables = "globals";

/** The maps of a program by name: its variables, and the maps of its fields. */
export function mapsOf(program: Program): Map<string, ProgramMap> {
  const maps = new Map<string, ProgramMap>();
  for (const { name: field, value } of fieldsOf(program)) {
    const map: ProgramMap = value instanceof Program ? value[memory].map : value[binding];
    if (map.size === 0 || [...maps.values()].includes(map)) continue;
    const name = value instanceof Program ? variablesOf(field) : identifier(field);
    if (maps.has(name)) throw sameName(program, field, name);
    maps.set(name, map);
    for (const [suffix, companion] of map.companions ?? []) maps.set(`${name}_${suffix}`, companion);
  }
  return maps;
}

function variablesOf(field: string): string {
  return field === "" ? variables : identifier(`${field}_${variables}`);
}

function sameName(program: Program, field: string, name: string): EbpfError {
  const what = `Cannot name the maps of "${
    program[memory].name
  }": another one than that of "${field}" is called ${name}`;
  return new EbpfError(ErrorCode.InvalidArgument, what, { remedy: "Rename the field" });
}

/** Where a program takes its maps from. */
export interface Source {
  /** What this is for, as it follows "Cannot". */
  readonly operation: string;
  /** A map by name, owned by who asks; `undefined` for one that is not there. */
  open(name: string): Descriptor | undefined;
  /** The error if the program's own variables are not there. */
  missing(name: string): EbpfError;
}

/**
 * Makes a program's variables and maps those of a source, as far as this has them. A map that a program does not use need
 * not be there; its own variables must be.
 *
 * @returns The maps that are others' now.
 * @throws {EbpfError} If something is missing or of another kind; then everything is as it was.
 */
export function adoptMaps(program: Program, source: Source): ProgramMap[] {
  const adopted: ProgramMap[] = [];
  try {
    adoptVariables(program, source, adopted);
    for (const [name, map] of mapsOf(program)) {
      map.call?.(name);
      const found = map.isShared ? undefined : source.open(name);
      if (found) adopt(map, found, source, adopted);
    }
    return adopted;
  } catch (error) {
    adopted.forEach((map) => map.unshare());
    throw error;
  }
}

/** The program's own variables, and those of its parts that are in the same map. */
function adoptVariables(program: Program, source: Source, adopted: ProgramMap[]): void {
  const state = program[memory];
  const found = source.open(variables);
  if (!found && state.map.size > 0) throw source.missing(variables);
  if (!found) return;
  adopt(state.map, found, source, adopted);
  for (const { name, value } of fieldsOf(program)) {
    if (!(value instanceof SubProgram) || value[memory].globals.size === 0) continue;
    const place = placeOfPart(found, value[memory].asGroup(name), source.operation);
    if (place !== undefined) value[memory].joinAt(state, place, name);
  }
}

function adopt(map: ProgramMap, found: Descriptor, { operation }: Source, adopted: ProgramMap[]): void {
  try {
    map.adopt(found, operation);
    adopted.push(map);
  } catch (error) {
    found.close();
    throw error;
  }
}

/** Another program of this process, as a source. */
export function mapsFrom(earlier: Program, operation: string): Source {
  const maps = mapsOf(earlier);
  return {
    operation,
    open(name) {
      const map = maps.get(name);
      return map?.isShared ? duplicate(map.share()) : undefined;
    },
    missing: () => {
      const what = `Cannot ${operation}: it has variables, and "${earlier[memory].name}" has none`;
      return new EbpfError(ErrorCode.InvalidArgument, what, { remedy: "Load it first, for variables of its own" });
    },
  };
}
