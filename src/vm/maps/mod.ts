/**
 * The maps of the virtual machine, by kind.
 *
 * @module
 */

import { VirtualArray } from "./array.ts";
import { VirtualPerfEventArray, VirtualRingBuffer, VirtualUserRingBuffer } from "./events.ts";
import { VirtualHash } from "./hash.ts";
import type { MapKind, VirtualMapOptions } from "./map.ts";
import { VirtualBloomFilter, VirtualQueue } from "./queue.ts";
import { VirtualMapOfMaps, VirtualProgramArray, VirtualTargetArray, VirtualTargetHash } from "./targets.ts";
import { VirtualTrie } from "./trie.ts";

/** The class of each kind. */
export interface VirtualMapByKind {
  /** A hash map. */
  readonly hash: VirtualHash;
  /** An array. */
  readonly array: VirtualArray;
  /** Programs for tail calls. */
  readonly programArray: VirtualProgramArray;
  /** Samples. */
  readonly perfEventArray: VirtualPerfEventArray;
  /** A hash map with a value a CPU. */
  readonly perCpuHash: VirtualHash;
  /** An array with a value a CPU. */
  readonly perCpuArray: VirtualArray;
  /** A hash map that forgets. */
  readonly lruHash: VirtualHash;
  /** A hash map that forgets, with a value a CPU. */
  readonly lruPerCpuHash: VirtualHash;
  /** Longest-prefix match. */
  readonly lpmTrie: VirtualTrie;
  /** Maps by index. */
  readonly arrayOfMaps: VirtualMapOfMaps;
  /** Maps by key. */
  readonly hashOfMaps: VirtualMapOfMaps;
  /** Interfaces by index. */
  readonly devMap: VirtualTargetArray;
  /** CPUs. */
  readonly cpuMap: VirtualTargetArray;
  /** AF_XDP sockets. */
  readonly xskMap: VirtualTargetArray;
  /** First in, first out. */
  readonly queue: VirtualQueue;
  /** Last in, first out. */
  readonly stack: VirtualQueue;
  /** Interfaces by number. */
  readonly devMapHash: VirtualTargetHash;
  /** Records for user space. */
  readonly ringBuffer: VirtualRingBuffer;
  /** Whether a value was added. */
  readonly bloomFilter: VirtualBloomFilter;
  /** Records from user space. */
  readonly userRingBuffer: VirtualUserRingBuffer;
}

const classes: { readonly [K in MapKind]: new (options: VirtualMapOptions) => VirtualMapByKind[K] } = {
  hash: VirtualHash,
  array: VirtualArray,
  programArray: VirtualProgramArray,
  perfEventArray: VirtualPerfEventArray,
  perCpuHash: VirtualHash,
  perCpuArray: VirtualArray,
  lruHash: VirtualHash,
  lruPerCpuHash: VirtualHash,
  lpmTrie: VirtualTrie,
  arrayOfMaps: VirtualMapOfMaps,
  hashOfMaps: VirtualMapOfMaps,
  devMap: VirtualTargetArray,
  cpuMap: VirtualTargetArray,
  xskMap: VirtualTargetArray,
  queue: VirtualQueue,
  stack: VirtualQueue,
  devMapHash: VirtualTargetHash,
  ringBuffer: VirtualRingBuffer,
  bloomFilter: VirtualBloomFilter,
  userRingBuffer: VirtualUserRingBuffer,
};

/**
 * Makes a map for the virtual machine.
 *
 * @param options Its kind, sizes, …
 * @returns The map, empty.
 */
export function createVirtualMap<K extends MapKind>(
  options: VirtualMapOptions & { readonly kind: K },
): VirtualMapByKind[K] {
  return new classes[options.kind](options);
}

export { VirtualArray } from "./array.ts";
export { VirtualPerfEventArray, VirtualRingBuffer, VirtualUserRingBuffer } from "./events.ts";
export { VirtualHash } from "./hash.ts";
export { type MapKind, mapTypes, VirtualMap, type VirtualMapOptions } from "./map.ts";
export { VirtualBloomFilter, VirtualQueue } from "./queue.ts";
export {
  type RedirectMap,
  VirtualMapOfMaps,
  VirtualProgramArray,
  VirtualTargetArray,
  VirtualTargetHash,
} from "./targets.ts";
export { VirtualTrie } from "./trie.ts";
