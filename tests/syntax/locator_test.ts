import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { readFileSync } from "node:fs";
import type { SourceLocation } from "../../src/errors.ts";
import { createLocator, type Hint, type Locator } from "../../src/syntax/locator.ts";
import { pathOf } from "../../src/syntax/stack.ts";
import { hintOf } from "./testdata/hints.ts";
import { Firewall } from "./testdata/realistic.ts";
import * as spots from "./testdata/spots.ts";
import { type Method, methods, textOf } from "./testdata/texts.ts";

const path = pathOf(new URL("./testdata/spots.ts", import.meta.url).href);
const file = readFileSync(path, "utf8");
const readFile = (path: string) => readFileSync(path, "utf8");

/** With all that decorators know. */
function locatorWithHints(): Locator {
  const owners = new Map(methods().map(({ fn, owner }) => [fn, owner]));
  return createLocator({ readFile, hint: (fn) => hintOf(fn, owners.get(fn)) });
}

/** Line and column of the only place of a name in the test data. */
function placeOf(name: string): string {
  const at = file.search(new RegExp(`\\b${name}\\b`));
  const before = file.slice(0, at).split("\n");
  return `${path}:${before.length}:${before.at(-1)!.length + 1}`;
}

const show = (place: SourceLocation | undefined) => place && `${place.file}:${place.line}:${place.column}`;

/** What the locator says of each spot in a method's text, and where it really is. */
function spotsOf(locator: Locator, { fn }: Method): readonly (readonly [string, string | undefined, string])[] {
  const text = textOf(fn);
  const locate = locator.locate(fn, text);
  return [...text.matchAll(/\bspot\d+/g)].map(({ 0: name, index }) => [name, show(locate?.(index)), placeOf(name)]);
}

describe("createLocator", () => {
  describe("finds every spot, to the column", () => {
    const locator = locatorWithHints();
    for (const method of methods()) {
      it(`of ${method.owner || "the function"} ${method.name}`, () => {
        for (const [name, found, expected] of spotsOf(locator, method)) assertEquals(found, expected, name);
      });
    }
    it("of which there are enough", () => {
      const count = methods().flatMap((method) => spotsOf(locator, method)).length;
      assert(count >= 46, String(count));
    });
  });

  it("finds undecorated methods by the place where they touch what they are given", () => {
    const locator = createLocator({ readFile });
    let found = 0;
    for (const method of methods()) {
      for (const [name, place, expected] of spotsOf(locator, method)) {
        if (place !== undefined) assertEquals(place, expected, name);
        if (place !== undefined) found++;
      }
    }
    assert(found >= 42, String(found));
  });

  it("runs nothing that might do something", () => {
    const locator = createLocator({ readFile });
    const { program } = spots.Closed.prototype;
    assertEquals(locator.locate(program, textOf(program)), undefined);
    assertEquals(spots.outsideCalls, 0);
  });

  it("finds a function that tells nothing in a file where others are", () => {
    const locator = locatorWithHints();
    const { program } = spots.Bare.prototype;
    locator.locate(program, textOf(program));
    const closed = spots.Closed.prototype.program;
    const text = textOf(closed);
    assertEquals(show(locator.locate(closed, text)?.(text.indexOf("spot46"))), placeOf("spot46"));
  });

  it("tells twins apart by what is around them", () => {
    const locator = locatorWithHints();
    const lines = [spots.FirstTwin, spots.SecondTwin].map(({ name, prototype: { program } }) => {
      const text = textOf(program);
      const place = locator.locate(program, text)!(text.indexOf("byteLength"))!;
      const start = file.indexOf(`class ${name} `);
      return place.line - file.slice(0, start).split("\n").length;
    });
    assertEquals(lines, [5, 5]);
  });

  it("says unknown where functions cannot be told apart", () => {
    const text = "program() {\n  outside();\n  return 1;\n}";
    const other = "other() { outside(); return this.c; }";
    const twins = `class A { ${text} }\nclass B { ${text} }\nclass C { ${other} }`;
    const fns = [makeFunction(), makeFunction()];
    const locator = createLocator({
      readFile: () => twins,
      hint: (fn) => fn === fns[1] ? { siblings: [{ file: "/a.ts", line: 9, column: 12 }] } : undefined,
    });
    assertEquals(show(locator.locate(fns[1]!, other)?.(0)), "/a.ts:9:16");
    assertEquals(locator.locate(fns[0]!, text), undefined);
  });

  it("uses a call's place for the function that it was given", () => {
    const text = "(value) => {\n  return outside(value);\n}";
    const source = "const a = kernel(() => ({ outside }), (value: number) => {\n  return outside(value);\n});\n";
    const fn = makeFunction();
    const places = [1, 4].map((line) => {
      const locator = createLocator({
        readFile: () => source + source.replace("a =", "b ="),
        hint: () => ({ decorator: { file: "/a.ts", line, column: 11 } }),
      });
      return show(locator.locate(fn, text)?.(text.indexOf("outside")));
    });
    assertEquals(places, ["/a.ts:2:10", "/a.ts:5:10"]);
  });

  it("looks through the whole file where a bundler has moved the decorator", () => {
    const text = "m() { outside(); return 1; }";
    const source = `var dec = k(() => ({ outside }));\nclass B { m() { outside(); } }\nclass A { ${text} }`;
    const hint: Hint = { decorator: { file: "/bundle.ts", line: 1, column: 11 } };
    const locator = createLocator({ readFile: () => source, hint: () => hint });
    assertEquals(show(locator.locate(makeFunction(), text)?.(text.indexOf("1"))), "/bundle.ts:3:35");
  });

  it("shows the text itself where the file cannot be read", () => {
    const text = "program() {\n  outside();\n}";
    const hint: Hint = { decorator: { file: "https://example.org/a.ts", line: 3, column: 4 } };
    const asked: string[] = [];
    const locator = createLocator({ readFile: (path) => void asked.push(path), hint: () => hint });
    const place = locator.locate(makeFunction(), text)!(text.indexOf("outside"))!;
    assertEquals(show(place), "program() of https://example.org/a.ts:2:3");
    assertEquals(locator.sourceLine(place.file, 2), "  outside();");
    assertEquals(asked, []);
  });

  it("gives two texts of one name two names", () => {
    const hint: Hint = { decorator: { file: "/gone.ts", line: 3, column: 4 } };
    const locator = createLocator({ readFile: () => undefined, hint: () => hint });
    const files = ["m() { a(); }", "m() { b(); }", "m() { a(); }"].map((text) => {
      return locator.locate(makeFunction(), text)!(0)!.file;
    });
    assertEquals(files, ["m() of /gone.ts", "m() of /gone.ts (2)", "m() of /gone.ts"]);
  });

  it("takes no other function for one that a decorator has wrapped", () => {
    const source =
      "class A {\n  @globalVar(u32) accessor a = 1;\n  @log program() { if (this.a > 5) this.b += 1; return XDP.PASS; }\n}";
    const wrapper = "function (...list) { console.log('called'); return method.apply(this, list); }";
    const hint: Hint = { name: "program", siblings: [{ file: "/a.ts", line: 2, column: 4 }] };
    const locator = createLocator({ readFile: () => source, hint: () => hint });
    assertEquals(show(locator.locate(makeFunction(), wrapper)?.(0)), "program() of /a.ts:1:1");
  });

  it("finds text that stands in a JavaScript file as it is", () => {
    const text = "m() { return outside(/* a */ 1); }";
    const source = `class A { a() {} }\nclass B { x = 1; ${text} }`;
    const hint: Hint = { siblings: [{ file: "/bundle.js", line: 2, column: 11 }] };
    const locator = createLocator({ readFile: () => source, hint: () => hint });
    assertEquals(show(locator.locate(makeFunction(), text)?.(text.indexOf("1"))), "/bundle.js:2:47");
  });

  describe("finds a method that stands in a TypeScript file as it is", () => {
    const text = "program() { return 1; }";
    const cases: Readonly<Record<string, readonly [source: string, place: string]>> = {
      "even if it is too large to be taken apart": [
        `class A {\n  x = 1;\n  ${text}\n}${" ".repeat(1 << 23)}`,
        "/a.ts:3:22",
      ],
      "where it is called too": [`class A {\n  x = 1;\n  ${text}\n}\nnew A().program();`, "/a.ts:3:22"],
      "but not in a comment": [`// ${text}\nclass A { x = 1;\n  program(): number { return 1; }\n}`, "/a.ts:3:30"],
      "but not in another class": [
        `class B { ${text} }\nclass A { x = 1;\n  program(): u32 { return 1; }\n}`,
        "/a.ts:3:27",
      ],
    };
    for (const [name, [source, place]] of Object.entries(cases)) {
      it(name, () => {
        const siblings = [{ file: "/a.ts", line: 2, column: 11 }];
        const locator = createLocator({ readFile: () => source, hint: () => ({ name: "program", siblings }) });
        assertEquals(show(locator.locate(makeFunction(), text)?.(text.indexOf("1"))), place);
      });
    }
  });

  it("reads each file once, and again after forgetting; remembers functions", () => {
    let reads = 0;
    const locator = createLocator({ readFile: (path) => (reads++, readFile(path)) });
    const { program } = spots.Bare.prototype;
    const locate = locator.locate(program, textOf(program));
    assertEquals(locator.sourceLine(path, 1), "/**");
    assertEquals(locator.sourceLine(path, 1e9), undefined);
    assertEquals(reads, 1);
    locator.forget();
    assertEquals(locator.locate(program, textOf(program)), locate);
    assertEquals(reads, 1);
    assertEquals(locator.sourceLine(path, 2)?.startsWith(" * Programs"), true);
    assertEquals(reads, 2);
  });

  it("finds the same few names again and again in their places", () => {
    const path = pathOf(new URL("./testdata/realistic.ts", import.meta.url).href);
    const { program } = Firewall.prototype;
    const text = textOf(program);
    const locate = createLocator({ readFile }).locate(program, text)!;
    const expected = accesses(readFile(path), !/if \((?:debug|!1|false)\)/.test(text));
    const found = accesses(text, false).map(([access, offset]) => `${access} ${show(locate(offset))}`);
    const places = expected.map(([access, offset]) => {
      const before = readFile(path).slice(0, offset).split("\n");
      return `${access} ${path}:${before.length}:${before.at(-1)!.length + 1}`;
    });
    assertEquals(found.toSorted(), places.toSorted());
    assert(found.length >= 33, String(found.length));
  });
});

/** Accesses of members in a text, outside comments, each with its number among those of its name. */
function accesses(text: string, withoutDebug: boolean): readonly (readonly [string, number])[] {
  const blank = (part: string) => " ".repeat(part.length);
  let code = text.replace(/\/\*[^]*?\*\/|\/\/[^\n]*/g, blank);
  // What is behind a constant `false` is not there any more in Bun.
  if (withoutDebug) code = code.replace(/if \(debug\) \{[^}]*\}/, blank);
  const counts = new Map<string, number>();
  return [...code.matchAll(/\b(?:this|packet|flow)\.\w+/g)].map(({ 0: name, index }) => {
    const count = (counts.get(name) ?? 0) + 1;
    counts.set(name, count);
    return [`${name} ${count}`, index];
  });
}

/** A function of which only the text matters. */
function makeFunction(): () => void {
  return Object.defineProperty(() => {}, "name", { value: "" });
}
