import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { EbpfError, ErrorCode } from "../../src/errors.ts";
import { allocate } from "../../src/ffi/mod.ts";
import { BpfCommand } from "../../src/kernel/bpf.ts";
import {
  batch,
  createMap,
  deleteElement,
  type Descriptor,
  Errno,
  freezeMap,
  lookupElement,
  mapById,
  mapInfo,
  MapType,
  nextKey,
  updateElement,
  UpdateFlag,
  ValueCalls,
} from "../../src/kernel/mod.ts";
import { needsKernel } from "../support/kernel.ts";

function u32(value: number): Uint8Array {
  const bytes = allocate(4);
  new DataView(bytes.buffer).setUint32(0, value, true);
  return bytes;
}

function number(bytes: Uint8Array, index = 0): number {
  return new DataView(bytes.buffer).getUint32(4 * index, true);
}

function hash(maxEntries = 8): Descriptor {
  return createMap({ type: MapType.Hash, keySize: 4, valueSize: 4, maxEntries, name: "numbers" });
}

function value(map: Descriptor, key: number): number | undefined {
  const bytes = allocate(4);
  return lookupElement(map, u32(key), bytes) ? number(bytes) : undefined;
}

describe("maps", needsKernel(), () => {
  it("store, look up and delete", () => {
    using map = hash();
    assertEquals(value(map, 1), undefined);
    assertEquals(updateElement(map, u32(1), u32(10)), true);
    assertEquals(value(map, 1), 10);
    assertEquals([deleteElement(map, u32(1)), deleteElement(map, u32(1))], [true, false]);
    assertEquals(value(map, 1), undefined);
  });

  it("heed the flags of an update", () => {
    using map = hash();
    assertEquals(updateElement(map, u32(1), u32(1), UpdateFlag.Exist), false);
    assertEquals(updateElement(map, u32(1), u32(2), UpdateFlag.NoExist), true);
    assertEquals(updateElement(map, u32(1), u32(3), UpdateFlag.NoExist), false);
    assertEquals(value(map, 1), 2);
    assertEquals(updateElement(map, u32(1), u32(4), UpdateFlag.Exist), true);
    assertEquals(value(map, 1), 4);
  });

  it("say that they are full", () => {
    using map = hash(2);
    updateElement(map, u32(1), u32(1));
    updateElement(map, u32(2), u32(2));
    const error = assertThrows(() => updateElement(map, u32(3), u32(3)), EbpfError, 'store into map "numbers"');
    assertEquals([error.code, error.errno], [ErrorCode.TooLarge, Errno.ArgumentsTooLong]);
  });

  it("say that there is no memory for them, and how much they take", () => {
    const error = assertThrows(
      () => createMap({ type: MapType.Array, keySize: 4, valueSize: 2 ** 20, maxEntries: 2 ** 20, name: "huge" }),
      EbpfError,
      'create map "huge": no memory for 1048576 entries, which take 1048580 MB at least (ENOMEM)',
    );
    assertEquals(error.code, ErrorCode.OutOfMemory);
    assertStringIncludes(error.remedy!, "memory.max");
  });

  it("say that they are too large to be made", () => {
    for (const [valueSize, maxEntries] of [[2 ** 31 - 8, 1], [2 ** 26, 2 ** 24]]) {
      const error = assertThrows(
        () => createMap({ type: MapType.Hash, keySize: 4, valueSize, maxEntries, name: "huge" }),
        EbpfError,
        `create map "huge": the kernel takes no Hash map of ${maxEntries} entries`,
      );
      assertEquals(error.code, ErrorCode.TooLarge);
      assertStringIncludes(error.remedy!, "fewer entries");
    }
  });

  it("go through their keys", () => {
    using map = hash();
    for (const key of [3, 1, 2]) updateElement(map, u32(key), u32(key));
    const keys: number[] = [];
    const key = allocate(4);
    for (let more = nextKey(map, undefined, key); more; more = nextKey(map, u32(number(key)), key)) {
      keys.push(number(key));
    }
    assertEquals(keys.sort(), [1, 2, 3]);
  });

  it("work on many entries at once", () => {
    using map = hash(100);
    const keys = allocate(400);
    const values = allocate(400);
    for (let index = 0; index < 100; index++) {
      new DataView(keys.buffer).setUint32(4 * index, index, true);
      new DataView(values.buffer).setUint32(4 * index, index * index, true);
    }
    assertEquals(batch(BpfCommand.MapUpdateBatch, map, { keys, values, count: 100 }), { count: 100, end: false });
    const found = { keys: allocate(512), values: allocate(512), next: allocate(4) };
    const all = new Map<number, number>();
    let from: Uint8Array | undefined;
    for (let end = false; !end;) {
      const done = batch(BpfCommand.MapLookupBatch, map, { ...found, from, count: 64 });
      for (let index = 0; index < done.count; index++) all.set(number(found.keys, index), number(found.values, index));
      from = found.next.slice();
      end = done.end;
    }
    assertEquals([all.size, all.get(99)], [100, 9801]);
    assertEquals(batch(BpfCommand.MapDeleteBatch, map, { keys, count: 100 }).count, 100);
    assertEquals(nextKey(map, undefined, allocate(4)), false);
  });

  it("without keys give what was put in first", () => {
    using queue = createMap({ type: MapType.Queue, keySize: 0, valueSize: 4, maxEntries: 2, name: "items" });
    updateElement(queue, undefined, u32(5));
    const calls = new ValueCalls(queue, 4);
    calls.value.setUint32(0, 6, true);
    assertEquals(calls.push(UpdateFlag.Any), true);
    const error = assertThrows(() => calls.push(UpdateFlag.Any), EbpfError, 'store into map "items"');
    assertEquals(error.code, ErrorCode.TooLarge);
    const found = () => calls.found.getUint32(0, true);
    assertEquals([calls.peek(), found(), calls.pop(), found()], [true, 5, true, 5]);
    // The flag of one operation is not that of the next; with this one the oldest makes room.
    assertEquals([calls.push(UpdateFlag.Any), calls.push(UpdateFlag.Exist)], [true, true]);
    assertEquals([calls.pop(), calls.pop(), calls.pop(), calls.peek()], [true, true, false, false]);
    queue.close();
    assertEquals(assertThrows(() => calls.pop(), EbpfError).code, ErrorCode.Closed);
  });

  it("can be frozen", () => {
    using map = createMap({ type: MapType.Array, keySize: 4, valueSize: 4, maxEntries: 1, name: "constants" });
    updateElement(map, u32(0), u32(7));
    freezeMap(map);
    assertEquals(value(map, 0), 7);
    const error = assertThrows(() => updateElement(map, u32(0), u32(8)), EbpfError, "frozen");
    assertEquals(error.code, ErrorCode.NotPermitted);
  });

  it("are described, with a name that the kernel takes", () => {
    using map = createMap({ type: MapType.Hash, keySize: 6, valueSize: 16, maxEntries: 9, name: "my flows/of today!" });
    const { id, ...info } = mapInfo(map);
    assert(id > 0);
    assertEquals(info, {
      type: MapType.Hash,
      keySize: 6,
      valueSize: 16,
      maxEntries: 9,
      flags: 0,
      name: "my_flows_of_tod",
      btfId: 0,
      btfKeyType: 0,
      btfValueType: 0,
    });
    using again = mapById(id);
    assertEquals(mapInfo(again!).id, id);
  });

  it("say what the kernel does not take", () => {
    const wrong = { type: MapType.Hash, keySize: 0, valueSize: 8, maxEntries: 1, name: "wrong" };
    const error = assertThrows(() => createMap(wrong), EbpfError);
    assertEquals(error.code, ErrorCode.InvalidArgument);
    assertStringIncludes(error.message, 'Cannot create map "wrong": the kernel takes no Hash map of 1 entries');
  });

  it("refuse use after close", () => {
    const map = hash();
    map.close();
    assertEquals(assertThrows(() => value(map, 1), EbpfError).code, ErrorCode.Closed);
    assertEquals(mapById(0xffff_fff0), undefined);
  });
});
