import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { codeFrame, linesOf } from "../../src/syntax/frame.ts";

const text = [
  "class Count extends XDP {",
  "  program() {",
  '    this.count += "1";',
  "\tif (this.a) {",
  "    const größe = 漢字 + 😀 + e\u0301 + wrong;",
  `    ${"a + ".repeat(60)}wrong${" + b".repeat(60)};`,
  "    \x1b[31mred\x07 wrong;",
  "",
].join("\n");
const lines = linesOf(text);
const frame = (line: number, column: number, options = {}) => codeFrame(lines, { line, column }, options)?.split("\n");
const columnOf = (line: number, name: string) => lines(line)!.indexOf(name) + 1;

describe("codeFrame", () => {
  it("shows the line, the one before, and a caret", () => {
    assertEquals(frame(3, 16), [
      "  2 |   program() {",
      '  3 |     this.count += "1";',
      "    |                ^",
    ]);
  });
  it("shows the first line alone", () => {
    assertEquals(frame(1, 7), ["  1 | class Count extends XDP {", "    |       ^"]);
  });
  it("shows more lines when asked to, and underlines more than one character", () => {
    assertEquals(frame(3, 5, { context: 5, length: 10 }), [
      "  1 | class Count extends XDP {",
      "  2 |   program() {",
      '  3 |     this.count += "1";',
      "    |     ^^^^^^^^^^",
    ]);
  });
  it("makes tabs two columns wide", () => {
    assertEquals(frame(4, 6, { context: 0 }), ["  4 |   if (this.a) {", "    |       ^"]);
  });
  it("counts wide and combining characters as terminals do", () => {
    assertEquals(frame(5, columnOf(5, "wrong"), { context: 0 }), [
      "  5 |     const größe = 漢字 + 😀 + e\u0301 + wrong;",
      "    |                               ^".replace("^", "    ^"),
    ]);
  });
  it("cuts long lines around the caret", () => {
    const [shown, caret] = frame(6, columnOf(6, "wrong"), { width: 40, context: 0 })!;
    assertEquals(shown, "  6 | …a + a + a + a + wrong + b + b + …");
    assertEquals(caret, "    |                  ^");
    assertEquals(frame(6, 1, { width: 40, context: 0 })![0], "  6 |     a + a + a + a + a + a + a + a…");
    assertEquals(frame(6, 1e9, { width: 40, context: 0 })![0], "  6 | … + b + b + b + b + b + b + b + b;");
  });
  it("lets no file steer the terminal", () => {
    assertEquals(frame(7, columnOf(7, "wrong"), { context: 0 }), [
      "  7 |     \ufffd[31mred\ufffd wrong;",
      "    |               ^",
    ]);
  });
  it("widens the gutter for large numbers", () => {
    const many = linesOf("a\n".repeat(1200));
    assertEquals(codeFrame(many, { line: 1000, column: 1 })?.split("\n"), [
      "   999 | a",
      "  1000 | a",
      "       | ^",
    ]);
  });
  it("is empty for a line that there is not", () => {
    assertEquals(frame(99, 1), undefined);
  });
  it("takes all ends of lines", () => {
    const lines = linesOf("a\r\nb\rc\u2028d\ne");
    assertEquals([1, 2, 3, 4, 5, 6].map(lines), ["a", "b", "c", "d", "e", undefined]);
  });
});
