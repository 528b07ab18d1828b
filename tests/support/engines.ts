/**
 * The strongest oracle: a program does the same as plain JavaScript, in the virtual machine and, where it may be used, in
 * the kernel.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import type { XDP } from "../../mod.ts";
import { type Holder, memory } from "../../src/program/memory.ts";
import { needsKernel } from "./kernel.ts";

const engines = needsKernel().ignore ? ["js", "vm"] as const : ["js", "vm", "kernel"] as const;

/** A packet of 64 bytes that begins with these. */
export function packetOf(...bytes: readonly number[]): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length: 64 }, (_, i) => bytes[i] ?? 0);
}

/**
 * Runs a program on packets, one after the other, on every engine: what it answers, what the packets and the shared
 * variables are after each must be the same.
 *
 * @param create Makes a new object of it.
 * @param packets What it is run on.
 * @returns The names of the actions, and the object that ran as plain JavaScript.
 */
export function agree<T extends XDP>(
  create: () => T,
  packets: readonly Uint8Array[] = [packetOf()],
): { readonly actions: readonly string[]; readonly program: T } {
  const [expected, ...others] = engines.map((on) => {
    const program = create();
    const runs = packets.map((packet) => {
      const { name, packet: after } = program.test(packet, { on });
      return { name, packet: [...after], variables: variablesOf(program) };
    });
    return { on, program, runs };
  });
  for (const { on, program, runs } of others) {
    program.close();
    assertEquals({ on, runs }, { on, runs: expected.runs });
  }
  return { actions: expected.runs.map(({ name }) => name), program: expected.program };
}

/** The shared variables of an object and of all that it leads to, as text. */
function variablesOf(program: XDP): string {
  const seen = new Set<unknown>();
  const found: string[] = [];
  const visit = (value: unknown) => {
    if (typeof value !== "object" || value === null || seen.has(value)) return;
    seen.add(value);
    const known = (value as Partial<Holder>)[memory];
    for (const { kind, name, get } of known?.declarations ?? []) {
      if (kind === "global") found.push(`${known!.name}.${name} = ${inWords(get.call(value))}`);
    }
    if (value instanceof Map || value instanceof Set) [...value].forEach(visit);
    Object.values(value).forEach(visit);
  };
  visit(program);
  return found.join("\n");
}

function inWords(value: unknown): string {
  return JSON.stringify(value, (_, part) => typeof part === "bigint" ? `${part}n` : part);
}
