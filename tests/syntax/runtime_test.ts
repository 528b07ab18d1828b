import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { SyntaxFailure } from "../../src/syntax/failure.ts";
import { parseFunction } from "../../src/syntax/parser.ts";
import { print, printFunction } from "./print.ts";
import { kernel } from "./testdata/hints.ts";
import { methods, textOf } from "./testdata/texts.ts";

/** How each function of the test data has to be understood, whatever the runtime has made of its text. */
const heads: Readonly<Record<string, string>> = {
  "Decorated.program": "method program 1",
  "Decorated.helper": "method helper 2",
  "Besides.early": "getter early 0",
  "Besides.program": "method program 1",
  "Bare.program": "method program 1",
  "Bare.derived": "getter derived 0|setter derived 1",
  // Deno keeps the name of such a method in a variable when there are decorators in the file.
  "Bare.a string": "method a string 1|method undefined 1",
  "Minified.program": "method program 1",
  "FirstTwin.program": "method program 1",
  "SecondTwin.program": "method program 1",
  "Closed.program": "method program 0",
  ".captured": "arrow undefined 2",
  ".plain": "arrow undefined 1",
  ".declared": "function declared 2",
};

/** Not even Bun folds it. */
const computedName: string = Date.now() > 0 ? "computed" : "";

class Forms {
  // deno-fmt-ignore
  @kernel(() => ({ a: (): unknown => class { b = /[)"]/g; async *c() { yield* []; } }, d: `)${"}"}` })) decorated(packet: unknown): unknown { return packet; }
  static fixed(): boolean {
    return true;
  }
  [computedName](): number {
    return Infinity;
  }
  naïve(größe: number): number {
    return größe;
  }
  async later(): Promise<void> {}
  *many(): Generator<number> {
    yield 1;
  }
  caught(): number {
    try {
      return 1;
    } catch {
      return 2;
    }
  }
}

describe("this runtime's texts are parsed", () => {
  for (const { owner, name, fn } of methods()) {
    it(`${owner}.${name}`, () => {
      const text = textOf(fn);
      const parsed = parseFunction(text);
      const head = `${parsed.form} ${parsed.name} ${parsed.parameters.length}`;
      assert(heads[`${owner}.${name}`]!.split("|").includes(head), head);
      assertEquals([parsed.start, parsed.end], [0, text.length]);
      const spots = (text: string) => text.match(/\bspot\d+/g) ?? [];
      assertEquals(spots(printFunction(parsed)).toSorted(), spots(text).toSorted());
    });
  }

  it("a decorated method, whatever its decorator is given", () => {
    assertEquals(
      printFunction(parseFunction(textOf(Forms.prototype.decorated))),
      "(method decorated [packet] (return packet))",
    );
  });
  it("a static method", () => {
    const { name, form } = parseFunction(textOf(Forms.fixed));
    assertEquals([name, form], ["fixed", "method"]);
  });
  it("a computed name, which is not known", () => {
    const { computed } = Forms.prototype as unknown as Record<string, () => number>;
    const { name, form } = parseFunction(textOf(computed!));
    assertEquals([name, form], [undefined, "method"]);
  });
  it("names outside ASCII", () => {
    assertEquals(printFunction(parseFunction(textOf(Forms.prototype.naïve))), "(method naïve [größe] (return größe))");
  });
  it("arrows and functions", () => {
    const arrow = parseFunction(textOf((a: number) => a + 1));
    assertEquals(arrow.body.kind === "BlockStatement" ? "" : print(arrow.body), "(+ a 1)");
    assertEquals(parseFunction(textOf(function named() {})).name, "named");
  });

  const refused: readonly (readonly [string, () => unknown, string])[] = [
    ["async methods", Forms.prototype.later, "A program cannot be async"],
    ["generators", Forms.prototype.many, "A program cannot be a generator"],
    ["try", Forms.prototype.caught, "A program cannot use try"],
    ["classes", Forms as unknown as () => unknown, "A program cannot define classes"],
    ["bound functions", Forms.fixed.bind(undefined), "A bound or built-in function has no text to compile"],
    ["built-in functions", Math.random, "A bound or built-in function has no text to compile"],
    ["proxies", new Proxy(() => {}, {}), "A bound or built-in function has no text to compile"],
  ];
  for (const [name, fn, message] of refused) {
    it(`${name} are refused`, () => {
      try {
        parseFunction(textOf(fn));
      } catch (failure) {
        assert(failure instanceof SyntaxFailure);
        return assertEquals(failure.message, message);
      }
      throw new Error("not refused");
    });
  }
});
