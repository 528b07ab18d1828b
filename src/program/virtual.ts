/**
 * Runs of a generated program by the virtual machine, on the object's own variables.
 *
 * @module
 */

import type { MapReference } from "../bytecode/mod.ts";
import { ScratchMap } from "../compiler/scratch/map.ts";
import type { Compiled } from "../compiler/unit.ts";
import { binding, BpfMap, type Callable, calleeOf, ProgramArray, ReferenceMap } from "../maps/mod.ts";
import { access, SocketTuple4, SocketTuple6 } from "../types/mod.ts";
import {
  createVirtualMap,
  Machine,
  type MachineOptions,
  type Redirect,
  type VirtualMap,
  type VirtualMapOfMaps,
  type VirtualProgramArray,
} from "../vm/mod.ts";
import { FibLookup } from "./fib.ts";
import type { GlobalsMap } from "./globals_map.ts";
import type { RunResult, Surroundings } from "./run.ts";
import { socketMemory } from "./socket_helpers.ts";

/**
 * Makes a function that runs the bytecode so many times on a copy of a packet. It throws, with the instruction and the
 * user's line, if the program does what the verifier forbids.
 */
export function machineRunner(
  compiled: Compiled,
  user: object,
  { context, fibLookup, socketLookup, mtu, metadata: given }: Surroundings = {},
): (packet: Uint8Array, repeat: number) => RunResult {
  const answer: MachineOptions["fibLookup"] = fibLookup &&
    ((view, flags) => fibLookup(access(FibLookup, { view }, 0), flags));
  const sockets: MachineOptions["socketLookup"] = (view, protocol) => {
    const isV4 = view.byteLength === SocketTuple4.size;
    const tuple = isV4 ? access(SocketTuple4, { view }, 0) : access(SocketTuple6, { view }, 0);
    return socketMemory(socketLookup, tuple, protocol);
  };
  const machine = new Machines({ fibLookup: answer, socketLookup: sockets, mtu }).of(compiled, user);
  return (bytes, repeat) => {
    let [action, packet, metadata] = [0, new Uint8Array(bytes), given];
    let redirect: Redirect | undefined;
    const start = performance.now();
    for (let turn = 0; turn < repeat; turn++) {
      const run = machine.run(packet, context, metadata);
      ({ action, packet, metadata, redirect } = run);
      for (const line of run.trace) console.log(line);
    }
    const duration = Math.round((performance.now() - start) * 1e6 / repeat);
    return {
      action,
      packet,
      metadata: new Uint8Array(metadata ?? []),
      duration,
      redirectIfindex: redirect?.to === "interface" ? redirect.index : undefined,
    };
  };
}

/** The machines of a program and of those that it calls, and the maps that hold them. */
class Machines {
  readonly #machines = new Map<object, Machine>();
  readonly #maps = new Map<MapReference, VirtualMap>();
  readonly #options: MachineOptions;

  constructor(options: MachineOptions) {
    this.#options = options;
  }

  /** The machine of a program; `user` is what is known as the user of its maps. */
  of(compiled: Compiled, user: object): Machine {
    let machine = this.#machines.get(user);
    if (machine) return machine;
    const maps = new Map(compiled.maps.map((map) => [map, this.#map(map)]));
    machine = new Machine(compiled, { ...this.#options, maps });
    this.#machines.set(user, machine);
    // Only now: they may lead back here.
    for (const map of compiled.maps) if (map instanceof ProgramArray) this.#fill(map);
    return machine;
  }

  #map(reference: MapReference): VirtualMap {
    const map = this.#maps.get(reference) ?? virtual(reference);
    this.#maps.set(reference, map);
    return map;
  }

  #fill(array: ProgramArray<Callable>): void {
    const slots = this.#map(array) as VirtualProgramArray;
    for (const [index, program] of array) {
      const { compiled, user } = calleeOf(program);
      slots.set(index, this.of(compiled, user));
    }
  }
}

/** A map object's own; the map of an object's variables, over the memory that they are in. */
function virtual(reference: MapReference): VirtualMap {
  if (reference instanceof ScratchMap) {
    return createVirtualMap({ kind: "perCpuArray", keySize: 4, valueSize: reference.size, maxEntries: 1 });
  }
  if (reference instanceof ReferenceMap) return holding(reference);
  if (reference instanceof BpfMap) return reference[binding].virtual();
  const map = reference as GlobalsMap;
  return createVirtualMap({ kind: "array", keySize: 4, valueSize: map.size, maxEntries: 1, memory: map.memory() });
}

/** A map of objects as it is now; a program array is empty at first. */
function holding(map: ReferenceMap<unknown, object>): VirtualMap {
  const inside = map[binding];
  const held = createVirtualMap({
    kind: inside.kind,
    name: inside.name,
    keySize: inside.keySize,
    valueSize: 4,
    maxEntries: inside.maxEntries,
  });
  for (const [key, value] of map) {
    if (value instanceof BpfMap) (held as VirtualMapOfMaps).set(inside.key(key), value[binding].virtual());
  }
  return held;
}
