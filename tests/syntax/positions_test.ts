import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { createLocator } from "../../src/syntax/locator.ts";

/**
 * What a runtime prints of a method, and what its class's file says: `▲` is before a token and where it has to be found.
 */
const rewritten: readonly (readonly [string, string, string])[] = [
  ["hexadecimal", "m() { this.a = ▲2048; this.a = 2048; }", "m() { this.a = ▲0x0800; this.a = 0x0800; }"],
  ["separators", "m() { this.a(1, ▲1e6); }", "m() { this.a(1, ▲1_000_000); }"],
  ["bigint", "m() { this.a(1n, ▲16n); }", "m() { this.a(1n, ▲0x10n); }"],
  ["quotes", 'm() { this.a("b", ▲"c"); }', "m() { this.a('b', ▲'c'); }"],
  ["escapes", 'm() { this.a("b", ▲"\\n"); }', "m() { this.a('b', ▲'\\x0a'); }"],
  ["plain templates", 'm() { this.a(1, ▲"c"); }', "m() { this.a(1, ▲`c`); }"],
  ["names with escapes", "m() { this.a(na\\u{ef}ve, ▲b); }", "m() { this.a(naïve, ▲b); }"],
  ["keys", "m() { return this.a.▲b + this.c; }", 'm() { return this.a[▲"b"] + this.c; }'],
  ["true", "m() { if (!0) return ▲this.a; }", "m() { if (true) return ▲this.a; }"],
  ["false", "m() { this.a = !1, ▲this.b = !0; }", "m() { this.a = false; ▲this.b = true; }"],
  ["undefined", "m() { return this.a ?? ▲void 0; }", "m() { return this.a ?? ▲undefined; }"],
  ["Infinity", "m() { return this.a < 1 / 0 && ▲this.b; }", "m() { return this.a < Infinity && ▲this.b; }"],
  ["an enum's member", "m() { return this.a === ▲6 ? 1 : 2; }", "m() { return this.a === ▲Protocol.Tcp ? 1 : 2; }"],
  ["a constant", "m() { return this.a > ▲100; }", "m() { return this.a > ▲LIMIT; }"],
  ["an enum's member with its comment", "m() { return ▲1 /* Drop */; }", "m() { return ▲Verdict.Drop; }"],
  ["semicolons", "m() { this.a = 1; ▲this.b = 2; }", "m() { this.a = 1\n ▲this.b = 2 }"],
  ["braces", "m() { if (this.a)\n ▲this.b = 2; }", "m() { if (this.a) { ▲this.b = 2; } }"],
  ["commas", "m() { return [this.a, ▲this.b]; }", "m() { return [this.a, ▲this.b,]; }"],
  ["merged declarations", "m() { const a = this.b, c = ▲this.d; }", "m() { const a = this.b;\n const c = ▲this.d; }"],
  ["comments", "m() { return ▲this.a; }", "m() { /* return this.a */ // this.a\n return ▲this.a; }"],
  ["dead branches", "m() { ▲this.a += 1; }", "m() { if (DEBUG) { this.b += 1; }\n ▲this.a += 1; }"],
  ["an inlined local", "m() { return ▲this.a() + 1; }", "m() { const b = ▲this.a();\n return b + 1; }"],
  [
    "an arrow for a local",
    "m() { return (() => { const a = ▲this.b; return a + a; })(); }",
    "m() { const a = ▲this.b;\n return a + a; }",
  ],
  // TypeScript
  [
    "annotations",
    "m(a, b) { let c = ▲b; }",
    "m(this: A, a: { b: number }, b?: string | (() => void)) { let c: b[] = ▲b; }",
  ],
  [
    "return types",
    "m() { return ▲this.a; }",
    "m(): { a: number } & Partial<Record<string, A>> | (() => void) { return ▲this.a; }",
  ],
  ["predicates", "m(a) { return ▲a; }", "m(a: unknown): a is Map<string, { b: C }> { return ▲a; }"],
  ["conditional types", "m() { return ▲this.a; }", "m(): T extends (infer U)[] ? { a: U } : never { return ▲this.a; }"],
  ["function types", "m() { return ▲this.a; }", "m(): (a: { b: C }) => typeof import('a').b { return ▲this.a; }"],
  ["template types", "m() { return ▲this.a; }", "m(): `a${string}b${{ a: 1 }['a']}` { return ▲this.a; }"],
  [
    "casts",
    "m() { return this.a + ▲this.b; }",
    "m() { return (this.a as unknown as number)! + (▲this.b satisfies B); }",
  ],
  ["type arguments", "m() { return ▲this.a(1); }", "m<T extends { a: 1 }>() { return ▲this.a<Map<A, B<C>>>(1); }"],
  ["overloads", "m(a) { return ▲a; }", "m(a: 1): 2;\n m(a: 3): 4;\n m(a: number): number { return ▲a; }"],
  ["modifiers", "m() { return ▲this.a; }", "public override m(): number { return ▲this.a; }"],
  [
    "a getter and a setter",
    "set m(a) { this.b = ▲a; }",
    "get m() { return this.b; }\n set m(a: number) { this.b = ▲a; }",
  ],
  [
    "a method of the same name inside",
    "m() { return { m() { return ▲1; } }; }",
    "m() { return { m() { return ▲1; } }; }",
  ],
  [
    "a decorator's key",
    '[(_dec = [k(() => ({ m() { return 1; } }))], "m")]() { return ▲1; }',
    "@k(() => ({ m() { return 1; } }))\n m() { return ▲1; }",
  ],
  ["a static method", "m() { return ▲1; }", "static m() { return ▲1; }"],
  ["a computed name", '["m"]() { return ▲1; }', "['m']() { return ▲1; }"],
  ["a regular expression before", "m() { return ▲1; }", "a = /[)'{]/; m() { return ▲1; }"],
  ["an apostrophe in markup before", "m() { return ▲1; }", "a = <p>don't</p>; m() { return ▲1; }"],
  ["a string that looks like it", "m() { return ▲1; }", "a = 'm() { return 1; }'; m() { return ▲1; }"],
  ["carriage returns", "m() {\n this.a;\n return ▲1; }", "m() {\r\n this.a;\r\n return ▲1;\r\n }"],
];

/** Where the mark is, and the text without it. */
function unmark(text: string): readonly [number, string] {
  return [text.indexOf("▲"), text.replace("▲", "")];
}

function locate(text: string, file: string, decorated: boolean): ((offset: number) => string | undefined) | undefined {
  const place = { file: "/a.ts", line: 2, column: 4 };
  const locator = createLocator({
    readFile: () => file,
    hint: () => decorated ? { name: "m", decorator: place } : { name: "m", siblings: [place] },
  });
  const found = locator.locate(Object.defineProperty(() => {}, "name", { value: "" }), text);
  return found && ((offset) => {
    const { file, line, column } = found(offset)!;
    return `${file}:${line}:${column}`;
  });
}

describe("a method's text is found in its file, past", () => {
  for (const [name, text, source] of rewritten) {
    it(name, () => {
      const [offset, plain] = unmark(text);
      const [expected, file] = unmark(
        `class Other { m() { return this.a; } }\n  @k accessor z = 1; ${source}\n}\nclass Last { m() { return 1; } }\n`
          .replace(
            "\n",
            " class A {\n",
          ),
      );
      const before = file.slice(0, expected).split(/\r\n|\n/);
      const place = `/a.ts:${before.length}:${before.at(-1)!.length + 1}`;
      assertEquals(locate(plain, file, false)?.(offset), place);
    });
  }

  it("thousands of lines", () => {
    const lines = Array.from({ length: 10_000 }, (_, index) => index);
    const plain = (index: number) =>
      `    if (this.count${index % 7} > ${index}) this.count += ${index % 5}; // ${index}`;
    const typed = (index: number) =>
      plain(index).replace("> ", "> (").replace(")", " as number))").replace("+=", "+= +");
    const text = `m() {\n${lines.map(plain).join("\n")}\n}`;
    const found = locate(text, `class A {\n  @k m() {\n${lines.map(typed).join("\n")}\n}\n}`, true)!;
    const wrong: string[] = [];
    for (let index = 0, offset = 0; index < lines.length; index++) {
      offset = text.indexOf("\n", offset) + 1;
      const place = found(offset + 4)!;
      if (!place.startsWith(`/a.ts:${index + 3}:`)) wrong.push(`${index}: ${place}`);
    }
    assertEquals(wrong, []);
  });
});
