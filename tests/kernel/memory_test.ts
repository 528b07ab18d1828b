import { assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { EbpfError } from "../../src/errors.ts";
import { allocate } from "../../src/ffi/mod.ts";
import {
  createMap,
  type Descriptor,
  lookupElement,
  MapFlag,
  mapMemory,
  MapType,
  readFile,
  updateElement,
} from "../../src/kernel/mod.ts";
import { needsKernel, openDescriptors } from "../support/kernel.ts";

function mappable(valueSize: number): Descriptor {
  return createMap({ type: MapType.Array, keySize: 4, valueSize, maxEntries: 1, flags: MapFlag.Mappable });
}

/** Bytes of address space that this process has mapped. */
function mappedBpfMaps(): number {
  return readFile("/proc/self/maps")!.split("\n").filter((line) => line.includes("bpf-map")).length;
}

describe("mapped memory", needsKernel(), () => {
  it("is the map's, both ways", () => {
    using map = mappable(16);
    using memory = mapMemory(map, 16);
    assertEquals(memory.buffer.byteLength, 16);
    new DataView(memory.buffer).setBigUint64(8, 0x1122_3344_5566_7788n, true);
    const value = allocate(16);
    lookupElement(map, allocate(4), value);
    assertEquals(new DataView(value.buffer).getBigUint64(8, true), 0x1122_3344_5566_7788n);
    value[0] = 99;
    updateElement(map, allocate(4), value);
    assertEquals(new Uint8Array(memory.buffer)[0], 99);
  });

  it("outlives the map's descriptor", () => {
    const map = mappable(8);
    using memory = mapMemory(map, 8);
    map.close();
    const words = new BigUint64Array(memory.buffer);
    assertEquals(Atomics.add(words, 0, 5n), 0n);
    assertEquals(words[0], 5n);
  });

  it("is out of reach after it is closed", () => {
    using map = mappable(64);
    const memory = mapMemory(map, 64);
    const view = new DataView(memory.buffer);
    const words = new BigUint64Array(memory.buffer);
    memory.close();
    assertThrows(() => view.getUint32(0, true), TypeError);
    assertThrows(() => view.setUint32(0, 1, true), TypeError);
    assertThrows(() => Atomics.add(words, 0, 1n), TypeError);
    assertEquals([words.length, words[0], memory.buffer.byteLength], [0, undefined, 0]);
    words[0] = 1n;
    assertThrows(() => new DataView(memory.buffer), TypeError);
  });

  it("closes once", () => {
    const before = mappedBpfMaps();
    using map = mappable(64);
    const first = mapMemory(map, 64);
    assertEquals(mappedBpfMaps(), before + 1);
    first.close();
    using second = mapMemory(map, 64);
    first.close();
    first[Symbol.dispose]();
    assertEquals(new DataView(second.buffer).getUint8(0), 0);
    assertEquals(mappedBpfMaps(), before + 1);
  });

  it("spans pages", () => {
    using map = mappable(3 * 4096 + 8);
    using memory = mapMemory(map, 3 * 4096 + 8);
    const bytes = new Uint8Array(memory.buffer);
    bytes.fill(1);
    assertEquals([bytes.length, bytes.at(-1)], [3 * 4096 + 8, 1]);
  });

  it("is refused for maps that cannot", () => {
    using map = createMap({ type: MapType.Array, keySize: 4, valueSize: 8, maxEntries: 1, name: "plain" });
    assertThrows(() => mapMemory(map, 8), EbpfError, 'map the memory of map "plain"');
  });

  it("leaves nothing behind in 2000 rounds", () => {
    const [descriptors, maps] = [openDescriptors(), mappedBpfMaps()];
    for (let round = 0; round < 2000; round++) {
      using map = mappable(64);
      using memory = mapMemory(map, 64);
      new DataView(memory.buffer).setUint32(0, round, true);
    }
    assertEquals([openDescriptors(), mappedBpfMaps()], [descriptors, maps]);
  });
});
