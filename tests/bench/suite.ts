/**
 * The benchmark programs, found by listing `programs/`, and the packets with the results that each must give.
 *
 * @module
 */
import { readdirSync, readFileSync } from "node:fs";
import type { BpfMap, XDP } from "../../mod.ts";
import type { MapBinding } from "../../src/maps/binding.ts";
import { binding } from "../../src/maps/mod.ts";

/** What a variable or a field of a map must be: a number, one between two, or a time relative to now. */
export type Expected = number | readonly [number, number] | { readonly now: readonly [number, number] };

/** Sets a variable, or an entry of a map, before packets come. */
export type Step =
  | { readonly var: string; readonly value: number | { readonly now_minus: number } }
  | { readonly map: string; readonly key: string; readonly value: string }
  | { readonly map: string; readonly key: string; readonly ifindex: number }
  | { readonly map: string; readonly key: string; readonly fields: Readonly<Record<string, number>> };

/** Packets one after the other, and what they leave behind. */
export interface Sequence {
  readonly name: string;
  readonly setup: readonly Step[];
  readonly packets: readonly {
    readonly hex: string;
    readonly ret: number;
    /** The packet afterwards, if it changes. */
    readonly out?: string;
    readonly times?: number;
  }[];
  readonly expect: {
    readonly vars: Readonly<Record<string, Expected>>;
    readonly maps: Readonly<Record<string, ExpectedEntries>>;
  };
}

/** What a map must hold, by keys and fields. */
export interface ExpectedEntries {
  readonly entries: Readonly<Record<string, Readonly<Record<string, Expected>>>>;
  /** Whether there are no other keys. */
  readonly exact?: boolean;
}

/** From `cases/NAME.json`. */
export interface Case {
  readonly name: string;
  readonly vars: Readonly<Record<string, { readonly size: number }>>;
  readonly maps: Readonly<
    Record<string, { readonly fields?: Readonly<Record<string, readonly [offset: number, size: number]>> }>
  >;
  readonly tests: readonly Sequence[];
}

/** The names of all programs. */
export function programNames(): readonly string[] {
  const files = readdirSync(new URL("programs/", import.meta.url)).filter((file) => file.endsWith(".ts"));
  return files.map((file) => file.slice(0, -".ts".length)).sort();
}

/** A new object of a program's class. */
export async function makeProgram(name: string): Promise<XDP> {
  const { default: Program } = await import(new URL(`programs/${name}.ts`, import.meta.url).href);
  return new Program();
}

/** The packets of a program, or undefined if there are none. */
export function caseOf(name: string): Case | undefined {
  try {
    return JSON.parse(readFileSync(new URL(`cases/${name}.json`, import.meta.url), "utf8"));
  } catch {
    return undefined;
  }
}

/** The accessor's name of a variable: `last_ns` is `lastNs`. */
export function accessorName(variable: string): string {
  return variable.replaceAll(/_(\w)/g, (_, letter) => letter.toUpperCase());
}

/** Reads or sets a variable by the name that the specification gives it. */
export function variable(program: XDP, name: string): { value: bigint } {
  const object = program as unknown as Record<string, number | bigint>;
  const key = accessorName(name);
  return {
    get value() {
      return BigInt(object[key]);
    },
    set value(to) {
      object[key] = typeof object[key] === "bigint" ? to : Number(to);
    },
  };
}

/** The entries of a program's map, as bytes. */
export function entriesOf(program: XDP, map: string): MapBinding {
  return (program as unknown as Record<string, BpfMap>)[map][binding];
}
