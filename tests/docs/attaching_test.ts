/**
 * The examples of docs/attaching.md print what they say, on a network and in a bpffs of the test's own.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { XDP } from "../../mod.ts";
import { BpfFs } from "../support/bpffs.ts";
import { needsKernel, runtimeCommand } from "../support/kernel.ts";
import { type NetworkEnd, TestNetwork } from "../support/network.ts";
import { findCommand } from "../support/skip.ts";

const page = readFileSync("docs/attaching.md", "utf8");
const [prelude, ...blocks] = [...page.matchAll(/^```ts.*\n([^]*?)^```$/gm)].map(([, code]) => code);
const library = fileURLToPath(new URL("../../mod.ts", import.meta.url));

/** What a block prints, by its comments. */
function expected(code: string): string {
  return [...code.matchAll(/\/\/ → (.*)$/gm)].map(([, text]) => `${text}\n`).join("");
}

/** Runs a block in the far end's namespace, whose interface stands for eth0. */
function output(code: string, far: NetworkEnd, bpffs: BpfFs): string {
  const folder = mkdtempSync(join(tmpdir(), "waggle-docs-"));
  try {
    const script = join(folder, "block.ts");
    const local = `import process from "node:process";\n${prelude}${code}`
      .replace("@waggle/ebpf", library)
      .replaceAll("/sys/fs/bpf", bpffs.path);
    writeFileSync(script, local);
    const [command, args] = runtimeCommand(new URL(`file://${script}`), []);
    const all = [`--net=${far.path}`, command, ...args];
    const { stdout, stderr } = spawnSync(findCommand("nsenter")!, all, { encoding: "utf8" });
    return stdout + stderr;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe("docs/attaching.md", needsKernel("nsenter", "ip", "mount", "umount"), () => {
  for (const [index, code] of blocks.entries()) {
    it(`has a true example: ${code.split("\n")[0]} (${index + 1})`, () => {
      using network = new TestNetwork();
      using bpffs = new BpfFs();
      const { far } = network;
      far.command("ip", "link", "set", "dev", far.interfaceName, "name", "eth0");
      assertEquals(output(code, far, bpffs), expected(code));
      assertEquals([XDP.attached(far.index, { namespace: far.path }), bpffs.list()], [[], []]);
    });
  }
});
