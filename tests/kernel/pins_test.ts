import { assertEquals, assertThrows } from "@std/assert";
import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import { rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EbpfError, ErrorCode } from "../../src/errors.ts";
import {
  createMap,
  mapInfo,
  MapType,
  openPinned,
  pinAll,
  pinObject,
  programInfo,
  unpinAll,
} from "../../src/kernel/mod.ts";
import { BpfFs } from "../support/bpffs.ts";
import { loadXdp, needsKernel } from "../support/kernel.ts";

describe("pins", needsKernel("mount", "umount"), () => {
  let bpffs: BpfFs;
  let folder: string;

  beforeAll(() => {
    bpffs = new BpfFs();
    folder = bpffs.path;
  });

  afterAll(() => bpffs[Symbol.dispose]());

  it("keep programs and maps", () => {
    const program = loadXdp("kept", 2);
    const map = createMap({ type: MapType.Array, keySize: 4, valueSize: 8, maxEntries: 1 });
    const ids = [programInfo(program).id, mapInfo(map).id];
    pinObject(program, join(folder, "program"));
    pinObject(map, join(folder, "map"));
    program.close();
    map.close();
    using programAgain = openPinned(join(folder, "program"));
    using mapAgain = openPinned(join(folder, "map"));
    assertEquals([programInfo(programAgain!).id, mapInfo(mapAgain!).id], ids);
  });

  it("take a name once, and are gone when they are removed", () => {
    using program = loadXdp("kept", 2);
    const path = join(folder, "once");
    pinObject(program, path);
    assertThrows(() => pinObject(program, path), EbpfError, "(EEXIST)");
    rmSync(path);
    assertEquals(openPinned(path), undefined);
  });

  it("are in a bpffs only", () => {
    using program = loadXdp("kept", 2);
    const error = assertThrows(() => pinObject(program, join(tmpdir(), "waggle-nowhere")), EbpfError, "not in a bpffs");
    assertEquals([ErrorCode.NotPermitted, ErrorCode.InvalidArgument].includes(error.code), true);
  });

  it("are made all or not at all", () => {
    using program = loadXdp("kept", 2);
    const closed = createMap({ type: MapType.Array, keySize: 4, valueSize: 8, maxEntries: 1 });
    closed.close();
    const path = join(folder, "all", "of", "them");
    const pins = new Map([["program", program], ["map", closed]]);
    const options = { operation: 'pin "kept"', replace: false };
    assertThrows(() => pinAll(path, pins, options), EbpfError, "it is closed");
    assertEquals(bpffs.list().includes("all"), false);
    pinAll(path, new Map([["program", program]]), options);
    using other = loadXdp("other", 2);
    const replacing = new Map([["program", other], ["map", closed]]);
    assertThrows(() => pinAll(path, replacing, { ...options, replace: true }), EbpfError, "it is closed");
    assertEquals(bpffs.list("all/of/them"), ["program"]);
    using still = openPinned(join(path, "program"));
    assertEquals(programInfo(still!).id, programInfo(program).id);
    assertEquals(unpinAll(path, ["program", "map"], "unpin"), true);
    assertEquals(bpffs.list("all/of"), []);
  });
});
