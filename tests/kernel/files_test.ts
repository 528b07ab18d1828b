import { assertEquals, assertMatch } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Errno } from "../../src/kernel/errno.ts";
import { readBytes, readFile, writeFile } from "../../src/kernel/files.ts";
import { openDescriptors } from "../support/kernel.ts";
import { needs } from "../support/skip.ts";

function withFile(content: Uint8Array | string, use: (path: string) => void): void {
  const folder = mkdtempSync(join(tmpdir(), "waggle-"));
  try {
    const path = join(folder, "ä file");
    writeFileSync(path, content);
    use(path);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe("reading files by system call", needs("linux"), () => {
  it("reads files whose size is said to be 0", () => assertMatch(readFile("/proc/self/status") ?? "", /^CapEff:/m));

  for (const size of [0, 1, 65535, 65536, 65537, 1_000_003]) {
    it(`reads ${size} bytes`, () => {
      const content = Uint8Array.from({ length: size }, (_, index) => index * 7);
      withFile(content, (path) => assertEquals(readBytes(path), content));
    });
  }

  it("reads UTF-8", () => withFile("größer → größte", (path) => assertEquals(readFile(path), "größer → größte")));

  it("gives nothing for what cannot be read, and leaves nothing open", () => {
    const before = openDescriptors();
    for (const path of ["/no/such/file", "/proc", "", "/proc/self/mem"]) assertEquals(readFile(path), undefined);
    assertEquals(openDescriptors(), before);
  });

  it("writes to files that exist, and only to those", () => {
    withFile("....", (path) => {
      assertEquals(writeFile(path, "abc"), 0);
      assertEquals(readFileSync(path, "utf8"), "abc.");
      assertEquals(writeFile(path + "2", "abc"), -Errno.NoEntry);
    });
  });
});
