/**
 * What a program loads before it can start: a count of modules, which every runner has alike, where times are not.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { readFileSync } from "node:fs";

const root = new URL("../", import.meta.url);
const IMPORT = /^(?:import|export)(?! type\b)(?:[^"';]*?\bfrom)? "(\.[^"]+)";$/gm;

/** All modules that a module loads, itself included, by their paths. Types alone load nothing. */
function loadedBy(path: string): ReadonlySet<string> {
  const found = new Set<string>();
  const visit = (module: URL) => {
    const name = module.href.slice(root.href.length);
    if (found.has(name)) return;
    found.add(name);
    for (const [statement, specifier] of readFileSync(module, "utf8").matchAll(IMPORT)) {
      if (hasValues(statement)) visit(new URL(specifier, module));
    }
  };
  visit(new URL(path, root));
  return found;
}

/** Whether a statement names anything but types. */
function hasValues(statement: string): boolean {
  const names = /\{([^}]*)\}/.exec(statement)?.[1].split(",").map((name) => name.trim()).filter((name) => name !== "");
  return names === undefined || names.some((name) => !name.startsWith("type "));
}

describe("the start of a program", () => {
  const modules = loadedBy("mod.ts");

  it("loads what it is made of", () => {
    const rooms = [
      "types/scalar",
      "program/xdp",
      "compiler/lower/mod",
      "compiler/codegen/emit",
      "kernel/bpf",
      "vm/machine",
    ];
    assertEquals(rooms.filter((room) => !modules.has(`src/${room}.ts`)), []);
  });

  it("loads nothing that is for writing assembly, or for tests", () => {
    const others = ["bytecode/asm", "bytecode/assembler", "bytecode/registers", "compiler/check", "compiler/parse"];
    assertEquals(others.filter((other) => modules.has(`src/${other}.ts`)), []);
  });

  it("needs the compiler for programs alone", () => {
    for (const path of ["src/types/mod.ts", "src/bytecode/asm.ts", "src/kernel/mod.ts"]) {
      assertEquals([...loadedBy(path)].filter((name) => /^src\/(compiler|program|syntax|vm)\//.test(name)), [], path);
    }
  });

  it("takes fewer than 460 modules", () => {
    assert(
      modules.size <= 440,
      `${modules.size} modules: each costs a fresh process about 0.1 ms, before any of it runs`,
    );
  });
});
