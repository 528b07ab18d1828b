/**
 * What tests need of a live kernel: the permission to use it, small programs, and a count of open descriptors.
 *
 * @module
 */
import { readdirSync } from "node:fs";
import process from "node:process";
import {
  createMap,
  type Descriptor,
  loadProgram,
  MapType,
  NetworkNamespace,
  ProgramType,
} from "../../src/kernel/mod.ts";
import { collectGarbage } from "./garbage.ts";
import { needs } from "./skip.ts";

/**
 * As {@linkcode needs}, and a kernel that lets this process use BPF and make network namespaces.
 *
 * @param requirements What else must be there, as for {@linkcode needs}.
 * @returns Options for `describe` and `it`.
 */
export function needsKernel(...requirements: readonly string[]): { readonly ignore: boolean } {
  const choice = needs("linux", "root", ...requirements);
  if (choice.ignore) return choice;
  try {
    createMap({ type: MapType.Array, keySize: 4, valueSize: 8, maxEntries: 1 }).close();
    NetworkNamespace.create().close();
    return choice;
  } catch (error) {
    console.log(`skipped: ${error instanceof Error ? error.message : error}`);
    return { ignore: true };
  }
}

/** The bytes of a program that returns a constant. */
export function returning(value: number): Uint8Array {
  return Uint8Array.of(0xb7, 0, 0, 0, value, 0, 0, 0, 0x95, 0, 0, 0, 0, 0, 0, 0);
}

/** Loads an XDP program that returns a constant (1 drops, 2 passes, 3 sends back). */
export function loadXdp(name: string, action: number): Descriptor {
  return loadProgram({ type: ProgramType.Xdp, name, instructions: returning(action) });
}

/** Loads a socket filter, which is no XDP program. */
export function loadSocketFilter(): Descriptor {
  return loadProgram({ type: ProgramType.SocketFilter, name: "filter", instructions: returning(0) });
}

/** How many descriptors this process has open, the one for counting them aside. */
export function openDescriptors(): number {
  // Bun closes what it needed to run other processes when it collects garbage.
  if (process.versions.bun) collectGarbage();
  return readdirSync("/proc/self/fd").length - 1;
}

/** The command that runs a module in the runtime that this is, as program and arguments. */
export function runtimeCommand(module: URL, args: readonly string[]): [command: string, args: string[]] {
  const flags = process.versions.bun ? [] : ["run", "--no-prompt", "--no-check", "--allow-ffi"];
  return [process.execPath, [...flags, module.pathname, ...args]];
}
