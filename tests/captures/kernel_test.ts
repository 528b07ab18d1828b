/**
 * Captures and names in the kernel: as the sources have them, and as the minifiers leave them.
 *
 * @module
 */

import { describe, it } from "@std/testing/bdd";
import process from "node:process";
import { needsKernel } from "../support/kernel.ts";
import { needs } from "../support/skip.ts";
import { assertLines, builds, bundle, entry, inFolder, run, runtimeArguments } from "./bundles.ts";

const engine = "kernel";

describe("captures in the kernel", needsKernel(), () => {
  it("from the sources", () => assertLines(run(process.execPath, runtimeArguments(entry, engine))));

  for (const build of builds.filter(({ flags }) => flags.includes("--minify"))) {
    it(`through ${build.title}`, needs(build.command), () =>
      inFolder((folder) => {
        const file = bundle(build, folder);
        assertLines(run(process.execPath, runtimeArguments(file, engine)), build.renames, file);
      }));
  }
});
