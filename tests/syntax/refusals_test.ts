import { assert, assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { ErrorCode } from "../../src/errors.ts";
import { SyntaxFailure } from "../../src/syntax/failure.ts";
import { parseFunction } from "../../src/syntax/parser.ts";

/** A text outside the language, the part that the error points at, and what it says. */
const refused: readonly (readonly [string, string, string])[] = [
  ["async program() {}", "async", "A program cannot be async"],
  ["async () => 1", "async", "A program cannot be async"],
  ["async a => 1", "async", "A program cannot be async"],
  ["async function f() {}", "async", "A program cannot be async"],
  ["static async f() {}", "async", "A program cannot be async"],
  ["async *f() {}", "async", "A program cannot be async"],
  ["m() { const f = async () => 1 }", "async", "A program cannot be async"],
  ["m() { const f = async x => 1 }", "async", "A program cannot be async"],
  ["m() { async function f() {} }", "async", "A program cannot be async"],
  ["m() { return async function () {} }", "async", "A program cannot be async"],
  ["m() { return { async a() {} } }", "async", "A program cannot be async"],
  ["m() { await this.a }", "await", "A program cannot await"],
  ["m() { const a = -await b }", "await", "A program cannot await"],
  ["m() { for await (const a of b) c }", "await", "A program cannot await"],
  ["*program() {}", "*", "A program cannot be a generator"],
  ["static *f() {}", "*", "A program cannot be a generator"],
  ["function* f() {}", "*", "A program cannot be a generator"],
  ["m() { return function* () {} }", "*", "A program cannot be a generator"],
  ["m() { return { *a() {} } }", "*", "A program cannot use generators"],
  ["m() { yield 1 }", "yield", "A program cannot be a generator"],
  ["class A {}", "class", "A program cannot define classes"],
  ["m() { class A {} }", "class", "A program cannot define classes"],
  ["m() { const a = class extends B {} }", "class", "A program cannot define classes"],
  ["m() { @a class A {} }", "@", "A program cannot define classes"],
  ["m() { return /a[/]b/g.test(c) }", "/a[/]b/g", "A program cannot use regular expressions"],
  ["m() { if (a) /b'/.test(c) }", "/b'/", "A program cannot use regular expressions"],
  ["m() { a\n++\n/b/.c }", "/", "A program cannot use regular expressions"],
  ["m() { try { a } catch { b } }", "try", "A program cannot use try"],
  ["m() { with (a) b }", "with", "A program cannot use with"],
  ["m() { debugger }", "debugger", "A program in the kernel has no debugger"],
  ["m() { using a = b }", "using", "A program cannot declare with using"],
  ["m() { await using a = b }", "await", "A program cannot declare with using"],
  ["m() { a`b` }", "`b`", "A program cannot use tagged templates"],
  ["m() { a.b`c${d}e` }", "`c${", "A program cannot use tagged templates"],
  ["m() { new a`b` }", "`b`", "A program cannot use tagged templates"],
  ["m() { return new.target }", "new.target", "A program cannot use new.target"],
  ["m() { return import('a') }", "import", "A program cannot use import()"],
  ["m() { return import.meta.url }", "import.meta", "A program cannot use import.meta"],
  ["m() { super(a) }", "super", "A program cannot call a constructor"],
  ["m() { return #a in b }", "#a", "A program cannot ask for private names with `in`"],
  ["#a() {}", "#a", "A program cannot use private methods"],
  ["get #a() {}", "#a", "A program cannot use private methods"],
  [
    "function () { [native code] }",
    "function () { [native code] }",
    "A bound or built-in function has no text to compile",
  ],
  [
    "function push() {\n    [native code]\n}",
    "function push() {\n    [native code]\n}",
    "A bound or built-in function has no text to compile",
  ],
];

/** A text that is no JavaScript; or not what a class or module may contain. */
const malformed: readonly (readonly [string, string, string])[] = [
  ["", "", "Expected a function but found the end of the text"],
  ["1 + 2", "+", 'Expected "(" but found "+"'],
  ["program", "", 'Expected "(" but found the end of the text'],
  ["m() {", "", "Expected an expression but found the end of the text"],
  ["m() {} a", "a", 'Expected the end of the function but found "a"'],
  ["m() { a b }", "b", 'Expected ";" but found "b"'],
  ["m() { a = }", "}", 'Expected an expression but found "}"'],
  ["m() { a. }", "}", 'Expected a member\'s name but found "}"'],
  ["m() { (a }", "}", 'Expected ")" but found "}"'],
  ["m() { [a }", "}", 'Expected "," but found "}"'],
  ["m() { f(a b) }", "b", 'Expected "," but found "b"'],
  ["m() { a ? b }", "}", 'Expected ":" but found "}"'],
  ["m() { const 1 = 2 }", "1", 'Expected a name but found "1"'],
  ["m() { let if = 2 }", "if", 'Expected ";" but found "if"'],
  ["m() { const this = 2 }", "this", 'Expected a name but found "this"'],
  ["m(a.b) {}", ".", 'Expected "," but found "."'],
  ["m() { 1 = 2 }", "1", "Only names, members and patterns can be assigned to"],
  ["m() { a() += 2 }", "a()", "Only names, members and patterns can be assigned to"],
  ["m() { a?.b = 2 }", "a?.b", "Only names, members and patterns can be assigned to"],
  ["m() { a()++ }", "a()", "Only names and members can be counted up or down"],
  ["m() { ++a() }", "a()", "Only names and members can be counted up or down"],
  ["m() { -a ** b }", "**", "A unary operator before ** needs parentheses"],
  ["m() { if a }", "a", 'Expected "(" but found "a"'],
  ["m() { else a }", "else", 'Expected an expression but found "else"'],
  ["m() { throw\na }", "throw", "throw needs a value on its line"],
  ["m() { for (const a = 1 of b) ; }", "const a = 1", "The loop must declare one variable, without value"],
  ["m() { for (const a, b of c) ; }", "const a, b", "The loop must declare one variable, without value"],
  ["m() { do a while (b) }", "while", 'Expected ";" but found "while"'],
  ["m() { switch (a) { b } }", "b", 'Expected "case" but found "b"'],
  ["m() { function () {} }", "function () {}", "A function declaration needs a name"],
  ["m() { new a?.b() }", "?.", "An optional chain cannot be called with new"],
  ["m() { ({ a = 1 }) }", "=", 'Expected "," but found "="'],
  ["m() { ({ a: }) }", "}", 'Expected an expression but found "}"'],
  ["m() { ({ if }) }", "}", 'Expected ":" but found "}"'],
  ["m() { super }", "}", 'Expected "." but found "}"'],
  ["m() { 'a }", "'", "A string is not closed"],
  ["m() { `a${b c}` }", "c", 'Expected "}" but found "c"'],
  ["m() { 017 }", "017", "A number must not begin with 0 (write 0o17 for octal)"],
  ["m() { a /* }", "/*", "A comment is not closed"],
  ["m() { € }", "€", 'Unexpected character "€"'],
  ["m() { a.thisNameIsSoLongThatItIsCutInMessages b }", "b", 'Expected ";" but found "b"'],
  [
    "m() { a thisNameIsSoLongThatItIsCutInMessages }",
    "thisNameIsSoLongThatItIsCutInMessages",
    'Expected ";" but found "thisNameIsSoLongThatItIs…"',
  ],
];

function failureOf(text: string): SyntaxFailure {
  return assertThrows(() => parseFunction(text), SyntaxFailure);
}

describe("parseFunction refuses", () => {
  for (const [text, at, message] of refused) {
    it(text, () => {
      const failure = failureOf(text);
      assertEquals(failure.message, message);
      assertEquals(text.slice(failure.start, failure.end), at);
      assertEquals(failure.code, ErrorCode.UnsupportedSyntax);
      assert(failure.remedy);
    });
  }
  for (const [text, at, message] of malformed) {
    it(`no JavaScript: ${text}`, () => {
      const failure = failureOf(text);
      assertEquals(failure.message, message);
      assertEquals(text.slice(failure.start, failure.end), at);
      assertEquals(failure.code, ErrorCode.SyntaxError);
    });
  }

  it("text that is nested too deeply, before the stack is full", () => {
    const many = 100_000;
    const nests = [
      "(",
      "[",
      "a(",
      "{",
      "a => ",
      "-",
      "!",
      "a ? ",
      "a ? b : ",
      "a = ",
      "a ** ",
      "`${",
      "if (a) ",
      "new ",
      "a[",
      "({ a: ",
    ];
    for (const open of nests) {
      const failure = failureOf(`m() { ${open.repeat(many)} }`);
      assertEquals(failure.message, "The program is nested more than 500 levels deep", open);
      assertEquals(failure.code, ErrorCode.UnsupportedSyntax);
    }
    for (const open of ["[", "{ a: "]) {
      const close = open === "[" ? "]" : "}";
      const failure = failureOf(`m() { const ${open.repeat(many)} b ${close.repeat(many)} = c }`);
      assertEquals(failure.message, "The program is nested more than 500 levels deep", open);
    }
  });

  it("nothing that is nested less deeply, also when the stack is half full", () => {
    const descend = (levels: number): number => {
      if (levels > 0) return 1 + descend(levels - 1);
      parseFunction(`m() { ${"(".repeat(400)}a${")".repeat(400)} }`);
      parseFunction(`m() { ${"{".repeat(400)}a${"}".repeat(400)} }`);
      return 0;
    };
    descend(1000);
  });
});
