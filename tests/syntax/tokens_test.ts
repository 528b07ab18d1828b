import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { type Token, tokenize } from "../../src/syntax/tokens.ts";

/** Kinds by their initial: `i` identifier, `p` punctuator, `n` number, …, in the text's order. */
function show(token: Token): string {
  const newline = token.newline ? "⏎" : "";
  switch (token.kind) {
    case "punctuator":
      return newline + token.text;
    case "number":
      return `${newline}n:${token.value}`;
    case "bigint":
      return `${newline}b:${token.value}`;
    case "end":
      return `${newline}end`;
    default:
      return `${newline}${token.kind[0]}:${token.text}`;
  }
}

const list = (text: string, lenient = false) => tokenize(text, lenient).list.map(show).join(" ");

/** Text, and its tokens. */
const tokens: readonly (readonly [string, string])[] = [
  ["", "end"],
  ["  \t\v\f\u00a0\ufeff ", "end"],
  ["a b\nc\r\nd\u2028e", "i:a i:b ⏎i:c ⏎i:d ⏎i:e end"],
  ["a // b\nc", "i:a ⏎i:c end"],
  ["a /* b */ c /* d\n */ e", "i:a i:c ⏎i:e end"],
  ["a /**/ /* * / */ b //", "i:a i:b end"],
  ["$ _a b1 \u00fcber \u{20000}x", "i:$ i:_a i:b1 i:\u00fcber i:\u{20000}x end"],
  ["na\\u{ef}ve \\u0061b a\\u{62}", "i:na\u00efve i:ab i:ab end"],
  ["#a #\\u{62} this.#c", "p:a p:b i:this . p:c end"],
  ["0 1 12.5 .5 5. 1e3 1E-3 1.5e+2 0.0", "n:0 n:1 n:12.5 n:0.5 n:5 n:1000 n:0.001 n:150 n:0 end"],
  ["0x1F 0Xff 0b101 0B1 0o17 0O7", "n:31 n:255 n:5 n:1 n:15 n:7 end"],
  ["1_000 0xffff_ffff 0b1_0 1_0.0_1e1_0", "n:1000 n:4294967295 n:2 n:100100000000 end"],
  ["0n 12n 0xffn 0b11n 0o7n 1_000n", "b:0 b:12 b:255 b:3 b:7 b:1000 end"],
  ["18446744073709551615n 9007199254740993", "b:18446744073709551615 n:9007199254740992 end"],
  ["1..a 1.0.a a.5", "n:1 . i:a n:1 . i:a i:a n:0.5 end"],
  [`"a" 'b' "it's" 'say "x"' ""`, `s:a s:b s:it's s:say "x" s: end`],
  [String.raw`"\n\t\r\b\f\v\0\'\"\\\a"`, `s:\n\t\r\b\f\v\0'"\\a end`],
  [String.raw`"\x41\u0042\u{43}\u{1F600}"`, "s:ABC\u{1F600} end"],
  ['"a\\\nb\\\r\nc"', "s:abc end"],
  ['"\u2028"', "s:\u2028 end"],
  ["`a` `` `a\nb\r\nc` `\\`\\${`", "t:a t: t:a\nb\nc t:`${ end"],
  ["`a${b}c${d + 1}e`", "t:a i:b t:c i:d + n:1 t:e end"],
  ["`a${`b${ {c: 1}.c }d`}e` f", "t:a t:b { i:c : n:1 } . i:c t:d t:e i:f end"],
  ["{ } ( ) [ ] ; , ~ : @ . ...", "{ } ( ) [ ] ; , ~ : @ . ... end"],
  ["< <= << <<= > >= >> >>= >>> >>>=", "< <= << <<= > >= >> >>= >>> >>>= end"],
  ["= == === => ! != !== ? ?. ?? ??=", "= == === => ! != !== ? ?. ?? ??= end"],
  ["+ ++ += - -- -= * ** *= **= % %= a / b", "+ ++ += - -- -= * ** *= **= % %= i:a / i:b end"],
  ["& && &= &&= | || |= ||= ^ ^=", "& && &= &&= | || |= ||= ^ ^= end"],
  ["a+++b a- -b a>>>=b a?.5:1 a?.b", "i:a ++ + i:b i:a - - i:b i:a >>>= i:b i:a ? n:0.5 : n:1 i:a ?. i:b end"],
  ["a / b /c", "i:a / i:b / i:c end"],
  ["a /= b", "i:a /= i:b end"],
  ["= /[/\\]]\\//gu.test", "= r:/[/\\]]\\//gu . i:test end"],
  ["(/a/) ,/b/ return /c/ if (a) /d/", "( r:/a/ ) , r:/b/ i:return r:/c/ i:if ( i:a ) r:/d/ end"],
  ["(a) / b / c, d[0] / 1 / 2, e++ / f / g", "( i:a ) / i:b / i:c , i:d [ n:0 ] / n:1 / n:2 , i:e ++ / i:f / i:g end"],
  ["a.return / b / c", "i:a . i:return / i:b / i:c end"],
  ["`${a / b / c}` / d / e", "t: i:a / i:b / i:c t: / i:d / i:e end"],
  ["#!/usr/bin/env deno\na", "⏎i:a end"],
];

/** Text that is no JavaScript, where it fails, and why. */
const failures: readonly (readonly [string, string, string])[] = [
  ['a "b', '"', "A string is not closed"],
  ["'a\nb'", "'", "A string is not closed"],
  ["a `b${c}", "}", "A template literal is not closed"],
  ["a `b", "`", "A template literal is not closed"],
  ["a /* b", "/*", "A comment is not closed"],
  ["x = /b\n/", "/", "A regular expression is not closed"],
  ["017", "017", "A number must not begin with 0 (write 0o17 for octal)"],
  ["08.5", "08", "A number must not begin with 0 (write 0o17 for octal)"],
  ["0x", "0x", "A number has no digits"],
  ["1e+", "1e+", "A number has no digits"],
  ["1_", "1_", "A numeric separator must stand between digits"],
  ["1__0", "1_", "A numeric separator must stand between digits"],
  ["0x_1", "0x_", "A numeric separator must stand between digits"],
  ["1_.5", "1_", "A numeric separator must stand between digits"],
  ["3in a", "3i", "A name follows a number without a space"],
  ["0b12", "0b12", "A name follows a number without a space"],
  ["1.5n", "1.5n", "A name follows a number without a space"],
  ['"\\07"', "\\0", "An octal escape is not allowed in a class or module"],
  ['"\\x4"', "\\x4", "An escape is broken"],
  ['"\\u{110000}"', "\\u{110000}", "A Unicode escape names no character"],
  ['"\\u{}"', "\\u", "A Unicode escape is broken"],
  ["a\\x41", "\\", 'Unexpected character "\\\\"'],
  ["a\\u{20}b", "\\u{20}", "An escape is not part of a name"],
  ["a € b", "€", 'Unexpected character "€"'],
  ["a # b", "#", "A name is missing after #"],
];

describe("tokenize", () => {
  for (const [text, expected] of tokens) {
    it(JSON.stringify(text), () => assertEquals(list(text), expected));
  }
  for (const [text, at, message] of failures) {
    it(`fails at ${JSON.stringify(at)} of ${JSON.stringify(text)}`, () => {
      const { list, failure } = tokenize(text);
      assertEquals(list.at(-1)?.kind, "failure");
      assertEquals(failure?.message, message);
      assertEquals(text.slice(failure!.start, failure!.end), at);
    });
  }

  it("knows where each token is", () => {
    const text = "a += `x${ 0x10 }y`;";
    assertEquals(
      tokenize(text).list.map(({ start, end }) => text.slice(start, end)),
      ["a", "+=", "`x${", "0x10", "}y`", ";", ""],
    );
  });

  it("pairs brackets and a template's parts", () => {
    const { list } = tokenize("f(a[1], `x${ {} }y${1}z`, {}) }");
    const pairs = list.flatMap(({ pair, start }) => pair < 0 ? [] : [[start, list[pair]!.start]]);
    assertEquals(pairs, [[1, 28], [3, 5], [8, 16], [13, 14], [16, 21], [26, 27]]);
  });

  it("marks names with escapes, which are no keywords", () => {
    assertEquals(tokenize("this th\\u0069s").list.map(({ escaped }) => escaped), [false, true, false]);
  });

  it("steps over what it cannot read when lenient", () => {
    assertEquals(list("a 'b\nc € d 017 e", true), "i:a i:b ⏎i:c i:d n:17 i:e end");
    assertEquals(list("<p>don't {x}</p>;\nnext", true).endsWith("⏎i:next end"), true);
  });

  it("gives up what it reads to the end in vain, again and again: that would be quadratic", () => {
    const many = 10_000;
    const endOf = (text: string) => tokenize(text.repeat(many), true).list.at(-1)!.start;
    assertEquals(["\\'", "`\\", '"\\'].map(endOf), [10, 9, 9]);
    assertEquals(["/*", "€"].map(endOf), [2 * many, many]);
    // Digits that end in two separators are read in vain from each of them on.
    const digits = `${"1".repeat(many)}__`;
    assertEquals(tokenize(digits, true).list.at(-1)!.start < 10, true);
  });
});
