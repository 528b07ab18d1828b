import { assertEquals, assertThrows } from "@std/assert";
import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EbpfError, ErrorCode } from "../../src/errors.ts";
import { createMap, mapInfo, MapType, openPinned, pinObject, programInfo } from "../../src/kernel/mod.ts";
import { loadXdp, needsKernel } from "../support/kernel.ts";
import { findCommand } from "../support/skip.ts";

describe("pins", needsKernel("mount", "umount"), () => {
  let folder: string;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "waggle-bpffs-"));
    const { status, stderr } = spawnSync(findCommand("mount")!, ["-t", "bpf", "bpf", folder], { encoding: "utf8" });
    if (status !== 0) throw new Error(stderr);
  });

  afterAll(() => {
    spawnSync(findCommand("umount")!, ["--lazy", folder]);
    rmdirSync(folder);
  });

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
});
