import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { existsSync, readFileSync } from "node:fs";
import process from "node:process";
import { assembleDialect } from "../vectors/dialect.ts";
import { runVector, type Vector } from "../vectors/vector.ts";
import { disassemble } from "../../src/bytecode/mod.ts";

const corpus = new URL("../../../shared/corpora/conformance.json", import.meta.url);
const absent = !existsSync(corpus);
if (absent) console.log("skipped: the outside test vectors are not here");
const vectors: readonly Vector[] = absent ? [] : JSON.parse(readFileSync(corpus, "utf8")).tests;
const root = process.platform === "linux" && process.getuid?.() === 0;
if (!root) console.log("skipped: the kernel's part of the vectors needs root on Linux");

/** What is not run, and why. */
const skipped: Readonly<Record<string, string>> = {
  "negative/empty.data": "there is no code in it",
  "negative/empty_instructions.data": "there is no code in it",
  "negative/invalid_unknown_directive.data": "there is no code in it",
};

describe("bpf_conformance", { ignore: absent }, () => {
  for (const vector of vectors) {
    const reason = skipped[vector.name];
    it(reason ? `${vector.name}: skipped: ${reason}` : vector.name, () => {
      const { verdict, note } = runVector(vector, root);
      assertEquals({ verdict, note: verdict === "passed" ? "" : note }, {
        verdict: reason ? "skipped" : "passed",
        note: reason ?? "",
      });
    });
  }
});

describe("assembleDialect", () => {
  const cases: readonly (readonly [string, string])[] = [
    ["add %r1, 5", "r1 += 5"],
    ["mov32 %r1, %r2", "w1 = w2"],
    ["ldxh %r1, [%r2+4]", "w1 = *(u16 *)(r2 + 4)"],
    ["stdw [%r10-8], 7", "*(u64 *)(r10 - 8) = 7"],
    ["stxb [%r10-1], %r3", "*(u8 *)(r10 - 1) = w3"],
    ["jslt32 %r1, 5, +2", "if w1 s< 5 goto +2"],
    ["lock fetch add32 [%r10-8], %r1", "w1 = atomic_fetch_add((u32 *)(r10 - 8), w1)"],
    ["lock cmpxchg [%r10-8], %r1", "r0 = cmpxchg_64(r10 - 8, r0, r1)"],
    ["swap16 %r3", "r3 = bswap16 r3"],
    ["call %r2", "callx r2"],
  ];
  for (const [theirs, ours] of cases) {
    it(theirs, () => assertEquals(disassemble(assembleDialect(theirs), { symbols: false, slots: false }).trim(), ours));
  }
});
