/**
 * What maps say that take no more, that are too large for the machine, or that this process may not make: one table for all
 * kinds, in this process and in the kernel.
 *
 * @module
 */

import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  array,
  ArrayMap,
  ArrayOfMaps,
  type BpfMap,
  CpuMap,
  DevMap,
  DevMapHash,
  EbpfError,
  HashMap,
  HashOfMaps,
  ipv4,
  LpmTrie,
  PerCpuArray,
  PerCpuHash,
  Queue,
  Stack,
  u32,
  u64,
  u8,
} from "../../mod.ts";
import { binding } from "../../src/maps/mod.ts";
import { needsKernel } from "../support/kernel.ts";

const some = { maxEntries: 2 };
/** The loopback interface, as an entry only. */
const LOOPBACK = 1;
const inner = () => new HashMap(u32, u64, { maxEntries: 1 });

interface Limit<M extends BpfMap = BpfMap> {
  readonly make: () => M;
  /** Stores something under a number. */
  readonly put: (map: M, i: number) => unknown;
  readonly code: string;
  readonly why: string;
}

const limit = <M extends BpfMap>(make: () => M, put: Limit<M>["put"], code: string, why: string): Limit =>
  ({ make, put, code, why }) as unknown as Limit;
const TAKEN = "all of its 2 entries are taken";
const INDEXES = "ndexes go from 0 to 1";

/** Maps of two entries, and what they say of a third one. */
const limits: Readonly<Record<string, Limit>> = {
  HashMap: limit(() => new HashMap(u32, u32, some), (map, i) => map.set(i, i), "TOO_LARGE", TAKEN),
  "HashMap, not preallocated": limit(
    () => new HashMap(u32, u32, { ...some, preallocate: false }),
    (map, i) => map.set(i, i),
    "TOO_LARGE",
    TAKEN,
  ),
  PerCpuHash: limit(() => new PerCpuHash(u32, u32, some), (map, i) => map.set(i, i), "TOO_LARGE", TAKEN),
  LpmTrie: limit(
    () => new LpmTrie(ipv4, u32, some),
    (map, i) => map.set({ prefixlen: 32, address: i }, i),
    "TOO_LARGE",
    TAKEN,
  ),
  Queue: limit(() => new Queue(u32, some), (map, i) => map.push(i), "TOO_LARGE", TAKEN),
  Stack: limit(() => new Stack(u32, some), (map, i) => map.push(i), "TOO_LARGE", TAKEN),
  HashOfMaps: limit(() => new HashOfMaps(u32, inner(), some), (map, i) => map.set(i, inner()), "TOO_LARGE", TAKEN),
  DevMapHash: limit(() => new DevMapHash(some), (map, i) => map.set(i, LOOPBACK), "TOO_LARGE", TAKEN),
  ArrayMap: limit(() => new ArrayMap(u32, some), (map, i) => map.set(i, i), "TOO_LARGE", INDEXES),
  PerCpuArray: limit(() => new PerCpuArray(u32, some), (map, i) => map.set(i, i), "TOO_LARGE", INDEXES),
  DevMap: limit(() => new DevMap(some), (map, i) => map.set(i, LOOPBACK), "TOO_LARGE", INDEXES),
  CpuMap: limit(() => new CpuMap(some), (map, i) => map.set(Math.min(i, 1) + (i >> 1), 64), "TOO_LARGE", INDEXES),
  ArrayOfMaps: limit(() => new ArrayOfMaps(inner(), some), (map, i) => map.set(i, inner()), "OUT_OF_RANGE", INDEXES),
};

for (const [where, choice] of [["this process", {}], ["the kernel", needsKernel()]] as const) {
  describe(`a map that takes no more, in ${where}`, choice, () => {
    for (const [title, { make, put, code, why }] of Object.entries(limits)) {
      it(`says so, and how many entries it has: ${title}`, () => {
        const map = make();
        if (where === "the kernel") map[binding].share();
        try {
          put(map, 0);
          put(map, 1);
          const error = assertThrows(() => put(map, 2), EbpfError);
          assertEquals(error.code, code);
          assertStringIncludes(error.message, why);
          assertStringIncludes(error.message, "Remedy: ");
        } finally {
          if (where === "the kernel") map[binding].unshare();
        }
      });
    }
  });
}

/** Maps that no machine has the memory for. */
const huge: Readonly<Record<string, readonly [make: () => BpfMap, code: string, words: string]>> = {
  "an array of a terabyte": [
    () => new ArrayMap(array(u8, 2 ** 20), { maxEntries: 2 ** 20 }),
    "OUT_OF_MEMORY",
    "no memory for 1048576 entries, which take 1048580 MB at least",
  ],
  "a value of half of all that can be addressed": [
    () => new HashMap(u32, array(u8, 2 ** 31 - 8), { maxEntries: 1 }),
    "TOO_LARGE",
    "the kernel takes no Hash map of 1 entries with keys of 4 and values of 2147483640 bytes",
  ],
};

describe("a map that is too large", needsKernel(), () => {
  for (const [title, [make, code, words]] of Object.entries(huge)) {
    it(`says what it would take: ${title}`, () => {
      const map = make();
      const error = assertThrows(() => map[binding].share(), EbpfError);
      assertEquals(error.code, code);
      assertStringIncludes(error.message, words);
      assertStringIncludes(error.message, "Remedy: Ask for fewer entries");
      assertEquals(map[binding].isShared, false);
    });
  }
});
