/**
 * Runs of a generated program by the virtual machine, on the object's own variables.
 *
 * @module
 */

import type { MapReference } from "../bytecode/mod.ts";
import type { Compiled } from "../compiler/unit.ts";
import { createVirtualMap, Machine, type Redirect, type VirtualMap } from "../vm/mod.ts";
import { access } from "../types/mod.ts";
import { FibLookup } from "./fib.ts";
import { binding, BpfMap } from "../maps/mod.ts";
import type { GlobalsMap } from "./globals_map.ts";
import type { RunResult, Surroundings } from "./run.ts";

/**
 * Makes a function that runs the bytecode so many times on a copy of a packet. It throws, with the instruction and the
 * user's line, if the program does what the verifier forbids.
 */
export function machineRunner(
  compiled: Compiled,
  { context, fibLookup }: Surroundings = {},
): (packet: Uint8Array, repeat: number) => RunResult {
  const machine = new Machine(compiled, {
    maps: new Map(compiled.maps.map((map) => [map, virtual(map)])),
    fibLookup: fibLookup && ((view, flags) => fibLookup(access(FibLookup, { view }, 0), flags)),
  });
  return (bytes, repeat) => {
    let [action, packet] = [0, new Uint8Array(bytes)];
    let redirect: Redirect | undefined;
    const start = performance.now();
    for (let turn = 0; turn < repeat; turn++) ({ action, packet, redirect } = machine.run(packet, context));
    const duration = Math.round((performance.now() - start) * 1e6 / repeat);
    return { action, packet, duration, redirectIfindex: redirect?.to === "interface" ? redirect.index : undefined };
  };
}

/** A map object's own; the map of an object's variables, over the memory that they are in. */
function virtual(reference: MapReference): VirtualMap {
  if (reference instanceof BpfMap) return reference[binding].virtual();
  const map = reference as GlobalsMap;
  return createVirtualMap({ kind: "array", keySize: 4, valueSize: map.size, maxEntries: 1, memory: map.memory() });
}
