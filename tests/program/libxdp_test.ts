/**
 * Living with libxdp: its dispatcher, and its tool xdp-loader.
 *
 * @module
 */
import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EbpfError, ErrorCode, XDP } from "../../mod.ts";
import { attachNetlink } from "../../src/kernel/mod.ts";
import { loadXdp, needsKernel } from "../support/kernel.ts";
import { type NetworkEnd, TestNetwork } from "../support/network.ts";
import { findCommand } from "../support/skip.ts";

class Pass extends XDP {
  program() {
    return XDP.PASS;
  }
}

function busy(work: () => unknown, ...words: readonly string[]): EbpfError {
  const error = assertThrows(work, EbpfError);
  assertEquals(error.code, ErrorCode.InterfaceBusy, error.message);
  for (const word of words) assertStringIncludes(error.message, word);
  return error;
}

describe("libxdp's dispatcher", needsKernel(), () => {
  it("is known by its name, and stays unless it is to be replaced", () => {
    using network = new TestNetwork();
    const { far } = network;
    far.run(() => {
      using dispatcher = loadXdp("xdp_dispatcher", XDP.PASS);
      attachNetlink(dispatcher, far.index);
      using pass = new Pass();
      const words = "libxdp's dispatcher, which runs the programs of xdp-loader, is attached in driver mode as program";
      const error = busy(() => pass.attach(far.interfaceName), words);
      assertStringIncludes(error.remedy!, "xdp-loader status far");
      assertStringIncludes(error.remedy!, "replace: true, which ends all of them");
      busy(() => pass.detach(far.index), '"xdp_dispatcher" is attached there');
      assertEquals(XDP.attached(far.index)[0].dispatcher, true);
      using link = pass.attach(far.index, { replace: true });
      assert(link.attached);
    });
  });
});

const source = `
__attribute__((section("xdp"), used)) int stranger(void *context) { return 2; }
char _license[] __attribute__((section("license"), used)) = "GPL";
`;

/** An object file of a program in C. */
class ObjectFile {
  readonly #folder = mkdtempSync(join(tmpdir(), "waggle-object-"));
  readonly path = join(this.#folder, "stranger.o");

  constructor() {
    const file = join(this.#folder, "stranger.c");
    writeFileSync(file, source);
    const { status, output } = run("clang-19", "-g", "-O2", "--target=bpf", "-c", file, "-o", this.path);
    if (status !== 0) throw new Error(output);
  }

  [Symbol.dispose](): void {
    rmSync(this.#folder, { recursive: true });
  }
}

function run(command: string, ...args: readonly string[]): { status: number | null; output: string } {
  const { status, stdout, stderr } = spawnSync(findCommand(command)!, args, { encoding: "utf8" });
  return { status, output: stdout + stderr };
}

describe("xdp-loader", needsKernel("xdp-loader", "clang-19", "nsenter"), () => {
  const load = ({ path, interfaceName }: NetworkEnd, object: ObjectFile) =>
    run("nsenter", `--net=${path}`, findCommand("xdp-loader")!, "load", "-m", "skb", interfaceName, object.path);

  it("and we leave each other's programs alone", () => {
    using network = new TestNetwork();
    using object = new ObjectFile();
    const { far } = network;
    const there = { namespace: far.path };
    using pass = new Pass();
    const link = pass.attach(far.index, { ...there, mode: "skb" });
    const refusal = load(far, object);
    assert(refusal.status !== 0, refusal.output);
    assertEquals(XDP.attached(far.index, there)[0].programId, link.programId);
    link.detach();
    const loading = load(far, object);
    assertEquals(loading.status, 0, loading.output);
    const [stranger] = XDP.attached(far.index, there);
    assertEquals([stranger.ours, stranger.mode], [false, "skb"]);
    busy(() => pass.attach(far.index, there), "is attached in generic mode");
    busy(() => pass.detach(far.index, there));
    assertEquals(XDP.attached(far.index, there), [stranger]);
    using ours = pass.attach(far.index, { ...there, replace: stranger.programId });
    assertEquals(XDP.attached(far.index, there)[0].programId, ours.programId);
  });
});
