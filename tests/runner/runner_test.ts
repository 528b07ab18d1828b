import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { spawnSync } from "node:child_process";
import process from "node:process";
import { findTests } from "./files.ts";
import { lanesOf, usesMachine } from "./lanes.ts";
import { count, countLine, parseReport } from "./report.ts";
import { bun, deno } from "./runtimes.ts";
import { chooseStd } from "./std.ts";

const runtime = await (process.versions.bun ? bun() : deno("local"));
const counted: Readonly<Record<string, string>> = {
  "mixed.ts": "2 passed, 1 failed, 1 skipped",
  "passes.ts": "1 passed, 0 failed, 0 skipped",
  "throws_late.ts": "0 passed, 1 failed, 0 skipped",
  "empty.ts": "0 passed, 1 failed, 0 skipped",
};
/** How many tests are counted before the end differs between the runtimes. */
const failing = ["exits.ts", "only.ts", "crashes.ts"];

describe("a file's tests are counted", () => {
  for (const [file, line] of Object.entries(counted)) {
    it(
      file,
      async () => assertEquals(countLine((await runtime.run(`tests/runner/testdata/${file}`)).tally), line),
    );
  }
  for (const file of failing) {
    it(`${file} is one failure`, async () => {
      const { tally: { failed, problems } } = await runtime.run(`tests/runner/testdata/${file}`);
      assertEquals(failed, 1);
      assertMatch(problems.join(), new RegExp(`^FAILED on ${runtime.name}, tests/runner/testdata/${file}: `));
    });
  }
});

if (!process.versions.bun) {
  it("the whole run ends with one line and a status", () => {
    const run = (file: string) => {
      const args = ["run", "--allow-all", "--no-prompt", "tests/run.ts", `tests/runner/testdata/${file}`];
      const child = spawnSync(process.execPath, args, { encoding: "utf8", env: { ...process.env, STD: "local" } });
      return [child.stdout.trimEnd().split("\n").at(-1), child.status];
    };
    assertEquals(run("mixed.ts"), ["4 passed, 2 failed, 2 skipped", 1]);
    assertEquals(run("passes.ts"), ["2 passed, 0 failed, 0 skipped", 0]);
  });

  it("suites that stand beside their tests are not counted", async () => {
    const { run } = await deno("jsr");
    const { tally } = await run("tests/runner/testdata/steps.ts");
    assertEquals(countLine(tally), "3 passed, 2 failed, 1 skipped");
  });
}

describe("a report", () => {
  const suite = '<testcase name="suite">';
  const test = '<testcase name="suite &gt; test" time="0"/>';
  const steps = '<failure message="1 test step failed"/>';
  const nested = (report: string) => countLine(count({ what: "x", report, status: 0, nested: true }));

  it("is read with its entities", () => {
    const text = '<testcase name="a &gt; &quot;b&quot;" line="1">\n<failure message="c &amp; d">e</failure></testcase>';
    assertEquals(parseReport(text), [{ name: 'a > "b"', result: "failed", message: "c & d" }]);
  });
  it("counts a suite's tests and not the suite", () => {
    assertEquals(nested(`${suite}</testcase>${test}`), "1 passed, 0 failed, 0 skipped");
  });
  it("counts a failed step once", () => {
    const failed = '<testcase name="suite &gt; test"><failure message="no"/></testcase>';
    assertEquals(nested(`${suite}${steps}</testcase>${failed}`), "0 passed, 1 failed, 0 skipped");
  });
  it("counts a suite that failed by itself", () => {
    assertEquals(nested(`${suite}<failure message="hook"/></testcase>${test}`), "1 passed, 1 failed, 0 skipped");
  });
});

describe("files", () => {
  it("are found by name, fixtures are not", () => {
    const files = findTests([]);
    assert(files.includes("tests/runner/runner_test.ts"));
    assert(!files.some((file) => file.includes("testdata")));
  });
  it("are chosen by a part of the path", () =>
    assertEquals(findTests(["runner/run"]), ["tests/runner/runner_test.ts"]));
  it("must exist", () => {
    assertThrows(() => findTests(["no such test"]), Error, 'no file matches "no such test"');
  });
  it("are no options", () => {
    assertThrows(() => findTests(["--filter"]), Error, "unknown option --filter");
  });
});

describe("lanes", () => {
  const files = findTests([]);

  it("have the files that say that they need the machine, or import what says so, in one", () => {
    const machine = ["kernel/maps", "oracle/kernel", "program/load", "examples/maps", "runner/confine"];
    const rest = ["syntax/tokens", "compiler/ir", "oracle/oracle", "runner/runner", "types/struct"];
    const uses = (names: readonly string[]) => names.map((name) => usesMachine(`tests/${name}_test.ts`));
    assertEquals([uses(machine), uses(rest)], [machine.map(() => true), rest.map(() => false)]);
  });
  it("are two where there are processors for them, with each file once", () => {
    const lanes = lanesOf(files, 2);
    assertEquals(lanes.map((lane) => lane.map(({ usesMachine }) => usesMachine)), [[true], [false]]);
    assertEquals(lanes.flat().flatMap(({ files }) => files).sort(), [...files].sort());
  });
  it("are one after the other on a single processor", () => {
    const lanes = lanesOf(files, 1);
    assertEquals(lanes.map((lane) => lane.map(({ usesMachine }) => usesMachine)), [[true, false]]);
    assertEquals(lanes.flat().flatMap(({ files }) => files).sort(), [...files].sort());
  });
  it("are left out where they are empty", () => {
    assertEquals(lanesOf(["tests/syntax/tokens_test.ts"], 2).map((lane) => lane.length), [1]);
  });
});

describe("@std", () => {
  it("is chosen by STD", async () => assertEquals((await chooseStd("jsr")).source, "jsr"));
  it("is not chosen by another word", async () => {
    const error = await chooseStd("npm").catch((error) => error);
    assertMatch(String(error), /STD is "npm"/);
  });
});
