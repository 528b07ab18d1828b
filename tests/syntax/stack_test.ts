import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { isPath, pathOf, stackLocations } from "../../src/syntax/stack.ts";

/** A line of a stack, and its place. */
const frames: readonly (readonly [string, string])[] = [
  // Deno
  ["at program (file:///home/me/count.ts:8:14)", "/home/me/count.ts 8 14"],
  ["at file:///home/me/count.ts:31:7", "/home/me/count.ts 31 7"],
  ["at Proxy.program (file:///home/me/my%20app%20(1)/count.ts:8:14)", "/home/me/my app (1)/count.ts 8 14"],
  ["at file:///home/me/my%20app%20(1)/count.ts:8:14", "/home/me/my app (1)/count.ts 8 14"],
  ["at Proxy.get foo (file:///a.ts:14:8)", "/a.ts 14 8"],
  ["at Object.touch [as get] (file:///a.ts:2:51)", "/a.ts 2 51"],
  ["at new B (file:///a.ts:35:1)", "/a.ts 35 1"],
  ["at async file:///a.ts:31:7", "/a.ts 31 7"],
  ["at async Promise.all (index 0)", ""],
  ["at async f (file:///a.ts:31:7)", "/a.ts 31 7"],
  ["at A.<static_initializer> (file:///a.ts:11:20)", "/a.ts 11 20"],
  ["at a string (file:///a.ts:1:2)", "/a.ts 1 2"],
  ["at odd (name) (file:///a.ts:1:2)", "/a.ts 1 2"],
  ["at eval (eval at <anonymous> (file:///a.ts:32:13), <anonymous>:1:1)", ""],
  ["at Array.map (<anonymous>)", ""],
  ["at ext:deno_console/01_console.js:10:3", ""],
  ["at Module.f (https://example.org/mod.ts:2:11)", "https://example.org/mod.ts 2 11"],
  ["at http://127.0.0.1:8080/mod.ts?a=b:2:11", "http://127.0.0.1:8080/mod.ts?a=b 2 11"],
  ["at Module.f (data:application/typescript;base64,ZXhw:1:38)", "data:application/typescript;base64,ZXhw 1 38"],
  ["at Module.f (blob:null/541ac450:1:30)", "blob:null/541ac450 1 30"],
  ["at file:///C:/Users/me/a.ts:1:2", "C:/Users/me/a.ts 1 2"],
  ["at file:///a%zz.ts:1:2", "/a%zz.ts 1 2"],
  // Bun
  ["at program (/home/me/my app (1)/count.ts:8:9)", "/home/me/my app (1)/count.ts 8 9"],
  ["at /home/me/my app (1)/count.ts:28:113", "/home/me/my app (1)/count.ts 28 113"],
  ["at <anonymous> (/a.ts:1:233)", "/a.ts 1 233"],
  ["at f (/$bunfs/root/app:4:19)", "/$bunfs/root/app 4 19"],
  ["at map (native:1:11)", ""],
  ["at map (1:11)", ""],
  ["at eval (unknown)", ""],
  ["at new B (unknown:1:11)", ""],
  ["at se (bun:wrap:1:3885)", ""],
  ["at node:internal/main:1:2", ""],
  // Neither
  ["Error: at (file:///a.ts:1:2)", ""],
  ["at", ""],
  ["at a.ts", ""],
];

describe("stackLocations", () => {
  for (const [text, expected] of frames) {
    it(text, () => {
      const places = stackLocations(`Error: message\n    ${text}\n`);
      assertEquals(places.map(({ file, line, column }) => `${file} ${line} ${column}`).join(), expected);
    });
  }
  it("keeps the order", () => {
    const stack = "Error: a\n    at a (/a.ts:1:1)\n    at map (native:1:11)\n    at b (/b.ts:2:2)";
    assertEquals(stackLocations(stack).map(({ file }) => file), ["/a.ts", "/b.ts"]);
  });
  it("finds nothing in what is no stack", () => {
    for (const stack of [undefined, null, 1, {}, "", "Error"]) assertEquals(stackLocations(stack), []);
  });
  it("finds this file", () => {
    const [here] = stackLocations(new Error().stack);
    assertEquals(here?.file, pathOf(import.meta.url));
  });
});

describe("isPath", () => {
  it("tells paths from URLs", () => {
    assertEquals(["/a.ts", "a b.ts", "C:/a.ts"].map(isPath), [true, true, true]);
    assertEquals(["http://a/b.ts", "data:text/plain,a", "blob:null/1"].map(isPath), [false, false, false]);
  });
});
