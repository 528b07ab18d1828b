/**
 * Every helper that the kernel lets XDP programs call has a form in the language, or a reason why not in docs/packets.md.
 *
 * @module
 */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { readFileSync } from "node:fs";
import { EbpfError } from "../../mod.ts";
import { helperId, helperNames } from "../../src/bytecode/helpers.ts";
import { loadProgram, ProgramType } from "../../src/kernel/mod.ts";
import { needsKernel } from "../support/kernel.ts";
import { covered, leftOut } from "./testdata/helpers.ts";

const known = new Set([...covered.flatMap(([, names]) => names), ...leftOut]);

describe("the helpers allowed in XDP", () => {
  for (const [create, names] of covered) {
    it(`have forms in the language: ${names.join(", ")}`, () => {
      const text = new create().disassemble();
      for (const name of names) assertStringIncludes(text, `call bpf_${name}\n`);
    });
  }

  it("are left out for a reason that the docs give", () => {
    const docs = readFileSync(new URL("../../docs/packets.md", import.meta.url), "utf8");
    for (const name of leftOut) assertStringIncludes(docs, `\`${camelCase(name)}\``);
  });

  it("are there once", () => assertEquals(known.size, covered.flatMap(([, names]) => names).length + leftOut.length));
});

describe("the helpers that this kernel allows in XDP", needsKernel(), () => {
  it("are all known", () => {
    const allowed = helperNames.slice(1).filter(isAllowed);
    assert(allowed.includes("xdp_adjust_head"));
    assertEquals(allowed.filter((name) => !known.has(name)), []);
  });
});

function camelCase(name: string): string {
  return name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

/** A call without arguments: the verifier looks first whether programs of this kind may make it at all. */
function isAllowed(name: string): boolean {
  const view = new DataView(new ArrayBuffer(16));
  view.setUint8(0, 0x85);
  view.setInt32(4, helperId(name), true);
  view.setUint8(8, 0x95);
  try {
    loadProgram({ type: ProgramType.Xdp, name: "probe", instructions: new Uint8Array(view.buffer) }).close();
    return true;
  } catch (error) {
    if (!(error instanceof EbpfError)) throw error;
    return !/cannot use helper|(unknown|invalid) func|might sleep/.test(error.message);
  }
}
