/**
 * The ways to run a random program: what runs it, and how it is compiled for that.
 *
 * @module
 */

import type { CompileOptions } from "../../src/compiler/mod.ts";

/** The virtual machine; the kernel; the interpreter of the intermediate representation after every step of the compiler. */
export type Place = keyof typeof PLACES;

/**
 * What is compared with plain JavaScript: a place, and behind colons how the compiler is set: `"vm"`, `"kernel:v1"`,
 * `"vm:unoptimized:v3:bpf_loop"`, `"vm:frugal"` with little stack. `"unoptimized"` alone is `"vm:unoptimized"`. A star
 * stands for all that there is, in {@linkcode levelsOf}.
 */
export type Engine = Place | "unoptimized" | `${Place}:${string}`;

/** An engine, taken apart. */
export interface Level {
  readonly name: string;
  readonly on: Place;
  readonly options: CompileOptions;
}

const PLACES = { vm: true, kernel: true, steps: true } as const;

const SETTINGS: Readonly<Record<string, CompileOptions>> = {
  optimized: { optimize: true },
  unoptimized: { optimize: false },
  v1: { cpu: 1 },
  v2: { cpu: 2 },
  v3: { cpu: 3 },
  v4: { cpu: 4 },
  plain: { loops: "plain" },
  bpf_loop: { loops: "bpf_loop" },
  frugal: { stack: 96 },
};

/** What a star stands for: every combination of these. */
const EACH = [["optimized", "unoptimized"], ["v1", "v2", "v3", "v4"]] as const;

/** The levels that engines name, each once. */
export function levelsOf(engines: readonly string[]): readonly Level[] {
  return [...new Set(engines.flatMap(withoutStars))].map(levelOf);
}

function withoutStars(engine: string): string[] {
  const star = engine.indexOf("*");
  if (star < 0) return [engine];
  const [first, second] = EACH;
  return first.flatMap((one) => second.map((two) => `${engine.slice(0, star)}${one}:${two}${engine.slice(star + 1)}`));
}

function levelOf(name: string): Level {
  const [place, ...settings] = (name === "unoptimized" ? "vm:unoptimized" : name).split(":");
  if (!Object.hasOwn(PLACES, place)) throw new Error(`no engine: ${name}`);
  const options = settings.map((setting) => {
    if (!Object.hasOwn(SETTINGS, setting)) throw new Error(`no setting of the compiler: ${setting}, of ${name}`);
    return SETTINGS[setting];
  });
  return { name, on: place as Place, options: Object.assign({}, ...options) };
}
