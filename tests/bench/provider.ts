/**
 * Loads all programs for `bench.py`: `provider.ts DIR` pins each and its maps in `DIR/NAME/`, in a bpffs, and writes the
 * bytecode to the file that `$BENCH_META` names.
 *
 * @module
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import type { XDP } from "../../mod.ts";
import { encode, type MapReference } from "../../src/bytecode/mod.ts";
import { pinObject, ProgramType } from "../../src/kernel/mod.ts";
import { generate, loadedProgram } from "../../src/program/ebpf.ts";
import { instructionSet } from "../../src/program/instruction_set.ts";
import { memory } from "../../src/program/memory.ts";
import { ownMaps, programMapOf } from "../../src/program/load.ts";
import type { ProgramMap } from "../../src/program/program_map.ts";
import { accessorName, caseOf, makeProgram, programNames } from "./suite.ts";

const GLOBALS = "globals";

/** What `bench.py` and `pathlen.py` want to know of a program. */
interface Meta {
  readonly insns: number;
  readonly layout: Readonly<Record<string, { readonly map: string; readonly offset: number }>>;
  /** The instructions, with numbers that stand for maps. */
  readonly code: string;
  readonly maps: Readonly<Record<number, string>>;
}

function main(folder: string): void {
  const metas: Record<string, Meta> = {};
  Promise.all(programNames().map(async (name) => [name, await makeProgram(name)] as const)).then((programs) => {
    for (const [name, program] of programs) {
      try {
        metas[name] = pin(program, name, join(folder, name));
      } catch (error) {
        console.log(`${name}: ${error instanceof Error ? error.message : error}`);
        process.exitCode = 1;
      }
    }
    if (process.env.BENCH_META) writeFileSync(process.env.BENCH_META, JSON.stringify(metas));
  });
}

function pin(program: XDP, name: string, folder: string): Meta {
  program.load();
  mkdirSync(folder);
  pinObject(program[loadedProgram](), join(folder, "prog"));
  for (const [name, map] of mapsOf(program)) pinObject(map.share(), join(folder, name));
  return describe(program, name);
}

/** The maps of a program by the names that the specification gives them. */
function mapsOf(program: XDP): readonly (readonly [name: string, map: ProgramMap])[] {
  const { compiled } = program[generate]();
  const { map: globals } = program[memory];
  return ownMaps(compiled).map((map) => [map === globals ? GLOBALS : map.name, programMapOf(map)]);
}

function describe(program: XDP, name: string): Meta {
  const { instructions } = program[generate]({ cpu: instructionSet(ProgramType.Xdp) }).compiled;
  const { map, base } = program[memory];
  const numbers = new Map<MapReference, number>();
  const code = encode(instructions, (one) => {
    if (!numbers.has(one)) numbers.set(one, numbers.size + 1);
    return numbers.get(one)!;
  });
  const layout: Record<string, { map: string; offset: number }> = {};
  for (const variable of Object.keys(caseOf(name)?.vars ?? {})) {
    const declared = program[memory].find(accessorName(variable));
    if (declared) layout[variable] = { map: GLOBALS, offset: base + declared.offset };
  }
  const maps = Object.fromEntries([...numbers].map(([one, number]) => [number, one === map ? GLOBALS : one.name]));
  return { insns: code.length / 8, layout, code: toHex(code), maps };
}

function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

if (import.meta.main) {
  const [folder] = process.argv.slice(2);
  if (folder === undefined) {
    console.error("usage: provider.ts DIR, a folder in a bpffs");
    process.exit(2);
  }
  main(folder);
}
