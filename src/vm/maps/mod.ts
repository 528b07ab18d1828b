/**
 * The maps of the virtual machine, by kind.
 *
 * @module
 */

import { MachineArray } from "./array.ts";
import { MachinePerfEventArray, MachineRingBuffer, MachineUserRingBuffer } from "./events.ts";
import { MachineHash } from "./hash.ts";
import type { MapKind, VirtualMapOptions } from "./map.ts";
import { MachineBloomFilter, MachineQueue } from "./queue.ts";
import { MachineMapOfMaps, MachineProgramArray, MachineTargetArray, MachineTargetHash } from "./targets.ts";
import { MachineTrie } from "./trie.ts";
import type {
  VirtualMap,
  VirtualMapOfMaps,
  VirtualPerfEventArray,
  VirtualProgramArray,
  VirtualQueue,
  VirtualRingBuffer,
  VirtualUserRingBuffer,
} from "./types.ts";

/** What the kinds offer besides keys and values. */
export interface SpecialMaps {
  /** Programs for tail calls. */
  readonly programArray: VirtualProgramArray;
  /** Samples. */
  readonly perfEventArray: VirtualPerfEventArray;
  /** Maps by index. */
  readonly arrayOfMaps: VirtualMapOfMaps;
  /** Maps by key. */
  readonly hashOfMaps: VirtualMapOfMaps;
  /** First in, first out. */
  readonly queue: VirtualQueue;
  /** Last in, first out. */
  readonly stack: VirtualQueue;
  /** Whether a value was added. */
  readonly bloomFilter: VirtualQueue;
  /** Records for user space. */
  readonly ringBuffer: VirtualRingBuffer;
  /** Records from user space. */
  readonly userRingBuffer: VirtualUserRingBuffer;
}

/** The map of a kind. */
export type VirtualMapOf<K extends MapKind> = K extends keyof SpecialMaps ? SpecialMaps[K] : VirtualMap;

const classes: { readonly [K in MapKind]: new (options: VirtualMapOptions) => VirtualMapOf<K> } = {
  hash: MachineHash,
  array: MachineArray,
  programArray: MachineProgramArray,
  perfEventArray: MachinePerfEventArray,
  perCpuHash: MachineHash,
  perCpuArray: MachineArray,
  lruHash: MachineHash,
  lruPerCpuHash: MachineHash,
  lpmTrie: MachineTrie,
  arrayOfMaps: MachineMapOfMaps,
  hashOfMaps: MachineMapOfMaps,
  devMap: MachineTargetArray,
  cpuMap: MachineTargetArray,
  xskMap: MachineTargetArray,
  queue: MachineQueue,
  stack: MachineQueue,
  devMapHash: MachineTargetHash,
  ringBuffer: MachineRingBuffer,
  bloomFilter: MachineBloomFilter,
  userRingBuffer: MachineUserRingBuffer,
};

/**
 * Makes a map for the virtual machine.
 *
 * @example
 * ```ts
 * import { createVirtualMap } from "./mod.ts";
 *
 * const flows = createVirtualMap({ kind: "hash", keySize: 4, valueSize: 8, maxEntries: 1024 });
 * flows.update(Uint8Array.of(10, 0, 0, 1), new Uint8Array(8));
 * if (flows.get(Uint8Array.of(10, 0, 0, 1))?.length !== 8) throw new Error("it is not there");
 * ```
 *
 * @param options Its kind, sizes, …
 * @returns The map, empty.
 */
export function createVirtualMap<K extends MapKind>(
  options: VirtualMapOptions & {
    /** Its kind. */
    readonly kind: K;
  },
): VirtualMapOf<K> {
  return new classes[options.kind](options);
}

export { type MapKind, mapTypes, type VirtualMapOptions } from "./map.ts";
export type * from "./types.ts";
