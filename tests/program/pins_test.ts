/**
 * Programs that outlive their process: pin(), open() and unpin().
 *
 * @module
 */
import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import { spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  array,
  ArrayMap,
  type ArrayView,
  be16,
  bits,
  EbpfError,
  ErrorCode,
  globalVar,
  HashMap,
  type Infer,
  ipv4,
  kernel,
  type Packet,
  struct,
  SubProgram,
  u16,
  u32,
  u64,
  XDP,
} from "../../mod.ts";
import { createMap, MapType, openPinned, pinObject, programInfo } from "../../src/kernel/mod.ts";
import { BpfFs } from "../support/bpffs.ts";
import { loadSocketFilter, loadXdp, needsKernel, openDescriptors } from "../support/kernel.ts";
import { ethernetFrame } from "../support/network.ts";
import { findCommand } from "../support/skip.ts";

const frame = ethernetFrame();
const Flow = struct({ packets: u64, state: bits(3), port: be16 });

class Count extends XDP {
  @globalVar(u32)
  accessor count = 0;

  program() {
    this.count += 1;
    return XDP.PASS;
  }
}

class Add extends XDP {
  @globalVar(u64)
  accessor sum = 0n;
  @globalVar(array(u16, 3))
  accessor list!: ArrayView<number>;
  @globalVar(Flow)
  accessor flow!: Infer<typeof Flow>;

  constructor(readonly step: number, readonly action: 1 | 2 = 2) {
    super();
  }

  program() {
    this.sum += BigInt(this.step);
    this.list[1] += 1;
    this.flow.packets += 1n;
    return this.action;
  }
}

class Counter extends SubProgram {
  @globalVar(u32)
  accessor count = 0;

  add() {
    this.count += 1;
  }
}

class Parted extends XDP {
  small = new Counter();
  unused = new Counter();
  rest = [new Counter(), new Counter()];

  program() {
    this.rest[1].add();
    this.small.add();
    this.rest[0].add();
    this.rest[0].add();
  }
}

/** Counts in its own variable and in another program's. */
class Both extends Count {
  other = new Count();

  override program() {
    this.count += 1;
    this.other.count += 10;
    return XDP.PASS;
  }
}

const Key = struct({ address: ipv4, port: be16 });

/** With maps on fields, in an array, in a part, and static. */
class Tabular extends XDP {
  static shared = new HashMap(u32, u32, { maxEntries: 8 });
  flows = new HashMap(Key, Flow, { maxEntries: 16 });
  lists = [new ArrayMap(u32, { maxEntries: 4 }), new ArrayMap(u32, { maxEntries: 5 })];
  unused = new HashMap(u32, u32, { maxEntries: 8 });

  @kernel(() => ({ Tabular }))
  program(packet: Packet) {
    this.flows.set({ address: 1, port: packet.getUint8(0) }, { packets: 7n, state: 1, port: 3 });
    this.lists[0].set(1, 11);
    this.lists[1].set(2, 12);
    Tabular.shared.set(3, 13);
  }
}

function refused(work: () => unknown, code: ErrorCode, ...words: readonly string[]): EbpfError {
  const error = assertThrows(work, EbpfError);
  assertEquals(error.code, code, error.message);
  for (const word of words) assertStringIncludes(error.message, word);
  return error;
}

describe("pinned programs", needsKernel("mount", "umount"), () => {
  let bpffs: BpfFs;
  let number = 0;

  beforeAll(() => void (bpffs = new BpfFs()));
  afterAll(() => bpffs[Symbol.dispose]());

  /** A folder of a test's own, which is not there yet. */
  const folder = () => bpffs.in(`test${++number}`);

  it("outlive their object, and are found with their variables as they are", () => {
    const path = folder();
    const before = openDescriptors();
    {
      using counter = new Count();
      counter.count = 40;
      counter.pin(path);
      counter.test(frame, { on: "kernel" });
    }
    assertEquals(openDescriptors(), before);
    {
      using counter = Count.open(path);
      using again = Count.open(path);
      assertEquals([counter.count, again.count], [41, 41]);
      assertEquals(counter.test(frame, { on: "kernel" }).name, "PASS");
      counter.test(frame, { on: "js" });
      counter.count += 1;
      assertEquals([counter.count, again.count], [44, 44]);
    }
    assertEquals(new Count().unpin(path), true);
    assertEquals([openDescriptors(), bpffs.list()], [before, []]);
  });

  it("are pinned by their fields' names, in a folder that is made if need be", () => {
    const path = join(folder(), "in", "here");
    using both = new Both();
    both.pin(path);
    assertEquals(bpffs.list(path.slice(bpffs.path.length)), ["globals", "other_globals", "prog"]);
    using program = openPinned(join(path, "prog"));
    assertEquals(programInfo(program!).name, "Both");
    both.test(frame, { on: "kernel" });
    using opened = Both.open(path);
    assertEquals([opened.count, opened.other.count], [1, 10]);
    opened.other.count = 5;
    assertEquals(both.other.count, 5);
    assert(both.unpin(path));
  });

  it("have the maps of their fields, by the fields' names", () => {
    const path = folder();
    const before = openDescriptors();
    {
      using tabular = new Tabular();
      tabular.pin(path);
      assertEquals(bpffs.list(path.slice(bpffs.path.length)), ["flows", "lists_0", "lists_1", "prog", "shared"]);
      tabular.test(frame, { on: "kernel" });
      const key = { address: 1, port: frame[0] };
      const found = (of: Tabular) => [of.flows.get(key)?.packets, of.lists[0].get(1), of.lists[1].get(2)];
      using opened = Tabular.open(path);
      assertEquals([found(tabular), found(opened)], [[7n, 11, 12], [7n, 11, 12]]);
      assertEquals(Tabular.shared.get(3), 13);
      opened.flows.delete(key);
      assertEquals([tabular.flows.size, opened.flows.size], [0, 0]);
      opened.test(frame, { on: "kernel" });
      assertEquals([tabular.flows.size, opened.flows.size], [1, 1]);
      opened.unused.set(1, 2);
      assertEquals([tabular.unused.get(1), opened.unused.get(1)], [undefined, 2]);
    }
    {
      // Nothing but the pins holds them now.
      using opened = Tabular.open(path);
      assertEquals([opened.flows.size, opened.lists[1].get(2)], [1, 12]);
      assert(opened.unpin(path));
    }
    assertEquals(openDescriptors(), before);
  });

  it("show the fields of their maps' entries in bpftool", needsKernel("bpftool"), () => {
    const path = folder();
    using tabular = new Tabular();
    tabular.pin(path);
    tabular.flows.set({ address: ipv4("10.0.0.1"), port: 0x5000 }, { packets: 5n, state: 2, port: 0x5000 });
    const args = ["-j", "map", "dump", "pinned", join(path, "flows")];
    const [{ formatted }] = JSON.parse(spawnSync(findCommand("bpftool")!, args, { encoding: "utf8" }).stdout);
    assertEquals(formatted, {
      key: { address: [10, 0, 0, 1], port: 0x50 },
      value: { packets: 5, state: "0x2", port: 0x50 },
    });
    assert(tabular.unpin(path));
  });

  it("take what the constructor wants", () => {
    const path = folder();
    using three = new Add(3);
    three.pin(path);
    three.list[2] = 7;
    three.test(frame, { on: "kernel", repeat: 2 });
    // The code is the pinned one, whatever this object would generate.
    using opened: Add = Add.open(path, 100, 1);
    assertEquals(opened.test(frame, { on: "kernel" }).name, "PASS");
    assertEquals([opened.step, opened.sum, [...opened.list], opened.flow.packets], [100, 9n, [0, 3, 7], 3n]);
    // @ts-expect-error: the constructor takes a number
    assertThrows(() => Add.open(join(path, "nowhere"), "3"));
    assert(opened.unpin(path));
  });

  it("have their parts, wherever these lie", () => {
    const path = folder();
    using parted = new Parted();
    parted.pin(path);
    parted.test(frame, { on: "kernel" });
    using opened = Parted.open(path);
    opened.test(frame, { on: "kernel" });
    const counts = (of: Parted) => [of.small, of.unused, ...of.rest].map(({ count }) => count);
    assertEquals([counts(parted), counts(opened)], [[2, 0, 4, 2], [2, 0, 4, 2]]);
    opened.rest[1].count = 9;
    assertEquals(parted.rest[1].count, 9);
    assert(opened.unpin(path));
  });

  it("show their variables by name in bpftool", needsKernel("bpftool"), () => {
    const path = folder();
    using add = new Add(3);
    add.pin(path);
    add.sum = 1n << 40n;
    Object.assign(add.flow, { packets: 5n, state: 2, port: 0x5000 });
    const dump = (name: string) => {
      const args = ["-j", "map", "dump", "pinned", join(path, name)];
      return JSON.parse(spawnSync(findCommand("bpftool")!, args, { encoding: "utf8" }).stdout)[0];
    };
    assertEquals(dump("globals").formatted.value, {
      globals: [{ sum: 2 ** 40 }, { list: [0, 0, 0] }, { flow: { packets: 5, state: "0x2", port: 0x50 } }],
    });
    assert(add.unpin(path));
  });

  it("are refused outside of a bpffs, in a folder whose name it does not take, and where the names are taken", () => {
    const before = openDescriptors();
    const counter = new Count();
    const where = join(tmpdir(), "waggle-nowhere", "x");
    const error = refused(() => counter.pin(where), ErrorCode.InvalidArgument, `${where} is not in a bpffs`);
    assertStringIncludes(error.remedy!, "mount -t bpf");
    refused(() => counter.pin(bpffs.in("do.ts")), ErrorCode.NotPermitted, "no dots");
    const path = folder();
    counter.pin(path);
    using stranger = new Count();
    const taken = refused(() => stranger.pin(path), ErrorCode.InvalidArgument, "prog and globals are there already");
    assertStringIncludes(taken.remedy!, "unpin(folder)");
    refused(() => counter.unpin(tmpdir()), ErrorCode.InvalidArgument, "is not in a bpffs");
    assertEquals(counter.unpin(bpffs.in("nothing")), false);
    assert(counter.unpin(path));
    counter.close();
    stranger.close();
    assertEquals([openDescriptors(), bpffs.list().includes(path.slice(bpffs.path.length + 1))], [before, false]);
  });

  it("give way to newer ones where that is asked for", () => {
    const path = folder();
    using older = new Add(1);
    using newer = new Add(5);
    older.pin(path);
    newer.pin(path, { replace: true });
    assertEquals(bpffs.list(path.slice(bpffs.path.length)), ["globals", "prog"]);
    using opened = Add.open(path, 0);
    opened.test(frame, { on: "kernel" });
    assertEquals([older.sum, newer.sum], [0n, 5n]);
    assert(opened.unpin(path));
  });

  it("stay with others' pins in their folder", () => {
    const path = folder();
    mkdirSync(path);
    using map = createMap({ type: MapType.Array, keySize: 4, valueSize: 4, maxEntries: 1 });
    pinObject(map, join(path, "stranger"));
    using counter = new Count();
    counter.pin(path);
    assert(counter.unpin(path));
    assertEquals(bpffs.list(path.slice(bpffs.path.length)), ["stranger"]);
  });

  describe("of another class are refused:", () => {
    class Wider extends XDP {
      @globalVar(u64)
      accessor count = 0n;
      program() {}
    }

    class More extends Count {
      @globalVar(u16)
      accessor more = 0;
    }

    class Named extends XDP {
      @globalVar(u32)
      accessor packets = 0;
      program() {}
    }

    const cases: readonly (readonly [what: string, open: (path: string) => unknown, words: string])[] = [
      ["a variable of another type", (path) => Wider.open(path), "count: u64 at 0 here, count: u32 at 0 there"],
      ["a variable more", (path) => More.open(path), "more: u16 at 4 here, nothing of this name there"],
      ["a variable of another name", (path) => Named.open(path), "packets: u32 at 0 here, nothing of this name there"],
    ];
    for (const [what, open, words] of cases) {
      it(what, () => {
        const path = folder();
        const before = openDescriptors();
        const counter = new Count();
        counter.pin(path);
        counter.close();
        refused(() => open(path), ErrorCode.InvalidArgument, `from ${path}: the variables differ`, words);
        assert(new Count().unpin(path));
        assertEquals(openDescriptors(), before);
      });
    }

    it("a map of another kind, size or types", () => {
      class Larger extends Tabular {
        override flows = new HashMap(Key, Flow, { maxEntries: 17 });
      }
      class Otherwise extends Tabular {
        override flows = new HashMap(struct({ port: be16, address: ipv4 }), Flow, { maxEntries: 16 });
      }
      const path = folder();
      const before = openDescriptors();
      const tabular = new Tabular();
      tabular.pin(path);
      tabular.close();
      const [key, value] = [
        "struct { address: ipv4 at 0, port: be16 at 4 }",
        "struct { packets: u64 at 0, state: 3 bits at bit 64, port: be16 at 10 }",
      ];
      refused(
        () => Larger.open(path),
        ErrorCode.InvalidArgument,
        `its map "flows" is a Hash map of 17 entries, ${key} to ${value}; there it is a Hash map of 16 entries, ${key}`,
      );
      refused(
        () => Otherwise.open(path),
        ErrorCode.InvalidArgument,
        "is a Hash map of 16 entries, struct { port: be16 at 0, address: ipv4 at 4 } to",
        `there it is a Hash map of 16 entries, ${key} to`,
      );
      assert(new Tabular().unpin(path));
      assertEquals(openDescriptors(), before);
    });

    it("a part of another class", () => {
      class Wide extends SubProgram {
        @globalVar(u64)
        accessor count = 0n;
      }
      class Other extends XDP {
        small = new Wide();
        program() {}
      }
      const path = folder();
      using parted = new Parted();
      parted.pin(path);
      const words = "small: struct { count: u64 at 0 } here, struct { count: u32 at 0 } there";
      refused(() => Other.open(path), ErrorCode.InvalidArgument, words);
      assert(parted.unpin(path));
    });

    it("nothing, a program of another type, a map of another kind", () => {
      const path = folder();
      const before = openDescriptors();
      refused(() => Count.open(path), ErrorCode.NotFound, "nothing is pinned there as prog");
      mkdirSync(path);
      const filter = loadSocketFilter();
      pinObject(filter, join(path, "prog"));
      filter.close();
      refused(() => Count.open(path), ErrorCode.InvalidArgument, "of another type");
      new Count().unpin(path);
      mkdirSync(path);
      const xdp = loadXdp("stranger", 2);
      pinObject(xdp, join(path, "prog"));
      xdp.close();
      refused(() => Count.open(path), ErrorCode.NotFound, "nothing is pinned there as globals");
      const map = createMap({ type: MapType.Hash, keySize: 8, valueSize: 16, maxEntries: 3 });
      pinObject(map, join(path, "globals"));
      map.close();
      refused(
        () => Count.open(path),
        ErrorCode.InvalidArgument,
        "a Hash map of 3 entries with keys of 8 and values of 16",
      );
      assert(new Count().unpin(path));
      assertEquals(openDescriptors(), before);
    });
  });
});
