import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { Cursor } from "../../src/syntax/cursor.ts";
import { parseFunction } from "../../src/syntax/parser.ts";
import { print, printBody, printFunction } from "./print.ts";

/** Expression, and its tree. */
const expressions: readonly (readonly [string, string])[] = [
  ["1", "1"],
  ["0x10", "16"],
  ["1_000n", "1000n"],
  ["'a'", '"a"'],
  ["true", "true"],
  ["false", "false"],
  ["null", "null"],
  ["undefined", "undefined"],
  ["this", "this"],
  ["na\\u{ef}ve", "naïve"],
  ["(a)", "a"],
  // Precedence
  ["a + b + c", "(+ (+ a b) c)"],
  ["a - b - c", "(- (- a b) c)"],
  ["a + b * c", "(+ a (* b c))"],
  ["(a + b) * c", "(* (+ a b) c)"],
  ["a * b % c / d", "(/ (% (* a b) c) d)"],
  ["a ** b ** c", "(** a (** b c))"],
  ["(-a) ** b", "(** (- a) b)"],
  ["2 ** -1", "(** 2 (- 1))"],
  ["a << b + c >>> d", "(>>> (<< a (+ b c)) d)"],
  ["a < b === c >= d", "(=== (< a b) (>= c d))"],
  ["a & b == c", "(& a (== b c))"],
  ["a | b ^ c & d", "(| a (^ b (& c d)))"],
  ["a || b && c | d", "(|| a (&& b (| c d)))"],
  ["a && b || c && d", "(|| (&& a b) (&& c d))"],
  ["a ?? b ?? c", "(?? (?? a b) c)"],
  ["a ?? (b || c)", "(?? a (|| b c))"],
  ["a in b instanceof c", "(instanceof (in a b) c)"],
  ["a ? b : c ? d : e", "(? a b (? c d e))"],
  ["a ? b ? c : d : e", "(? a (? b c d) e)"],
  ["a ? b = 1 : c = 2", "(? a (= b 1) (= c 2))"],
  ["a, b, c", "(, a b c)"],
  ["a = b = c", "(= a (= b c))"],
  ["a = b ? c : d", "(= a (? b c d))"],
  // Unary and update
  ["-a + +b", "(+ (- a) (+ b))"],
  ["!a === ~b", "(=== (! a) (~ b))"],
  ["- -a", "(- (- a))"],
  ["!!a", "(! (! a))"],
  ["typeof a === 'number'", '(=== (typeof a) "number")'],
  ["void 0", "(void 0)"],
  ["!0", "(! 0)"],
  ["1 / 0", "(/ 1 0)"],
  ["delete a.b", "(delete a.b)"],
  ["a++ + ++b", "(+ (_++ a) (++_ b))"],
  ["a-- - --b", "(- (_-- a) (--_ b))"],
  ["-a++", "(- (_++ a))"],
  ["++this.a.b", "(++_ this.a.b)"],
  ["this['a']--", '(_-- this["a"])'],
  // Assignment
  ["a += 1", "(+= a 1)"],
  ["a.b -= 1, a[b] *= 2", "(, (-= a.b 1) (*= a[b] 2))"],
  ["a /= 1", "(/= a 1)"],
  ["a %= 1, a **= 2, a <<= 3", "(, (%= a 1) (**= a 2) (<<= a 3))"],
  ["a >>= 1, a >>>= 2, a &= 3", "(, (>>= a 1) (>>>= a 2) (&= a 3))"],
  ["a |= 1, a ^= 2", "(, (|= a 1) (^= a 2))"],
  ["a &&= 1, a ||= 2, a ??= 3", "(, (&&= a 1) (||= a 2) (??= a 3))"],
  ["[a, b] = [b, a]", "(= [a b] [b a])"],
  ["[a = 1, , [b], ...c] = d", "(= [(default a 1) - [b] ...c] d)"],
  ["[a.b, c[0]] = d", "(= [a.b c[0]] d)"],
  ["({ a, b: c, d = 1, e: f = 2, ...g } = h)", "(= {a:a b:c d:(default d 1) e:(default f 2) ...g} h)"],
  ["({ a: { b: [c] }, 'd e': f, 1: g, [h]: i } = j)", "(= {a:{b:[c]} d e:f 1:g [h]:i} j)"],
  ["[{ a: 1 }.a] = b", "(= [{a:1}.a] b)"],
  ["a = { b } = c", "(= a (= {b:b} c))"],
  // Members, calls, new
  ["a.b.c", "a.b.c"],
  ["a.if.class", "a.if.class"],
  ["a[b][0]", "a[b][0]"],
  ["this.#a", "this.#a"],
  // What Bun makes of private accessors
  ["__privateGet_t4v9rzz2(this, _a$1, _a_acc$2.get)", "this.#a"],
  ["__privateSet(b.c, _a, __privateGet(this, _a, _a_acc.get) + 1, _a_acc.set)", "(= b.c.#a (+ this.#a 1))"],
  ["__privateGet_x(this, _a)", "(call __privateGet_x this _a)"],
  ["__privateGet_x(...a, _b, c)", "(call __privateGet_x ...a _b c)"],
  ["super.a()", "(call super.a)"],
  ["a()", "(call a)"],
  ["a(b, c)(d)", "(call (call a b c) d)"],
  ["a(...b, c,)", "(call a ...b c)"],
  ["a.b(c).d", "(call a.b c).d"],
  ["a?.b", "(chain a?.b)"],
  ["a?.b.c(d)[e]", "(chain (call a?.b.c d)[e])"],
  ["a?.[b]", "(chain a?.[b])"],
  ["a?.(b)", "(chain (call? a b))"],
  ["a.b?.(c)?.d", "(chain (call? a.b c)?.d)"],
  ["(a?.b).c", "(chain a?.b).c"],
  ["a?.b ?? c", "(?? (chain a?.b) c)"],
  ["a?.#b", "(chain a?.#b)"],
  ["a ?.5 : 1", "(? a 0.5 1)"],
  ["new A", "(new A)"],
  ["new A(b)", "(new A b)"],
  ["new a.B(c).d", "(new a.B c).d"],
  ["new (a())(b)", "(new (call a) b)"],
  ["new new A(b)(c)", "(new (new A b) c)"],
  ["1..a", "1.a"],
  // Arrays, objects, templates
  ["[]", "[]"],
  ["[1, 2,]", "[1 2]"],
  ["[, a, , b]", "[- a - b]"],
  ["[...a, b]", "[...a b]"],
  ["({})", "{}"],
  ["({ a, b: 1, 'c': 2, 3: 4, [d]: 5, ...e, })", "{a:a b:1 c:2 3:4 [d]:5 ...e}"],
  ["({ if: 1, get: 2, set: 3, async: 4, get })", "{if:1 get:2 set:3 async:4 get:get}"],
  ["({ a() {}, get b() { return 1 }, set c(d) {} })", "{a:(method a []) b:(getter b [] (return 1)) c:(setter c [d])}"],
  ["({ get() {}, [a]() {}, 'b'() {} })", "{get:(method get []) [a]:(method []) b:(method b [])}"],
  ["({ 1n: a })", "{1:a}"],
  ["`a`", '(template "a")'],
  ["`a${b}c${d}`", '(template "a" b "c" d "")'],
  ["`${`${a}`}`", '(template "" (template "" a "") "")'],
  ["`${{ a: 1 }.a}`", '(template "" {a:1}.a "")'],
  // Functions
  ["a => a", "(arrow [a] => a)"],
  ["() => {}", "(arrow [])"],
  ["(a, b) => a + b", "(arrow [a b] => (+ a b))"],
  ["(a, { b, c = 1 }, [d], e = 2, ...f) => a", "(arrow [a {b:b c:(default c 1)} [d] (default e 2) ...f] => a)"],
  ["({ a = 1 }) => a", "(arrow [{a:(default a 1)}] => a)"],
  ["a => ({ b: a })", "(arrow [a] => {b:a})"],
  ["a => b => c", "(arrow [a] => (arrow [b] => c))"],
  ["a => a, b", "(, (arrow [a] => a) b)"],
  ["(() => { return 1 })()", "(call (arrow [] (return 1)))"],
  ["a ? (b) : c => d", "(? a b (arrow [c] => d))"],
  ["a ? (b) => c : d", "(? a (arrow [b] => c) d)"],
  ["function () {}", "(function [])"],
  ["function a(b) { return b }", "(function a [b] (return b))"],
  ["async", "async"],
  ["async(a)", "(call async a)"],
  ["async => a", "(arrow [async] => a)"],
  ["of + get + set + let_", "(+ (+ (+ of get) set) let_)"],
];

/** Statements, and their trees in a row. */
const statements: readonly (readonly [string, string])[] = [
  ["", ""],
  [";;", "() ()"],
  ["a; b", "a b"],
  ["{ a; { b } }", "(block a (block b))"],
  ["let a, b = 1; const c = 2; var d", "(let a (b 1)) (const (c 2)) (var d)"],
  ["const { a, b: { c = 1 }, ...d } = e, [f, ...g] = h", "(const ({a:a b:{c:(default c 1)} ...d} e) ([f ...g] h))"],
  ["if (a) b; else c", "(if a b c)"],
  ["if (a) { b } else if (c) { d } else { e }", "(if a (block b) (if c (block d) (block e)))"],
  ["if (a) if (b) c; else d", "(if a (if b c d))"],
  ["if (a) ; else b", "(if a () b)"],
  ["for (;;) a", "(for - - - a)"],
  ["for (let i = 0; i < 4; i++) { a }", "(for (let (i 0)) (< i 4) (_++ i) (block a))"],
  ["for (let i = 0, j = 1; ; i++, j--) ;", "(for (let (i 0) (j 1)) - (, (_++ i) (_-- j)) ())"],
  ["for (a = 0; ;) ;", "(for (= a 0) - - ())"],
  ["for (let i = (a in b); ;) ;", "(for (let (i (in a b))) - - ())"],
  ["for (let i = [a in b][0]; ;) ;", "(for (let (i [(in a b)][0])) - - ())"],
  ["for (const a of b) c", "(for-of const a b c)"],
  ["for (const [a, { b }] of c.d()) ;", "(for-of const [a {b:b}] (call c.d) ())"],
  ["for (a of b) ;", "(for-of a b ())"],
  ["for (a.b of c) ;", "(for-of a.b c ())"],
  ["for ([a, b] of c) ;", "(for-of [a b] c ())"],
  ["for (const a in b) ;", "(for-in const a b ())"],
  ["for (a[0] in b, c) ;", "(for-in a[0] (, b c) ())"],
  ["for (let of of of) ;", "(for-of let of of ())"],
  ["while (a) b", "(while a b)"],
  ["do a; while (b) c", "(do a b) c"],
  ["do { a } while (b); c", "(do (block a) b) c"],
  [
    "switch (a) { case 1: b; case 2: default: c; break; case d: }",
    "(switch a (case 1 b) (case 2) (default c (break)) (case d))",
  ],
  ["switch (a) {}", "(switch a)"],
  ["a: for (;;) { break a; continue a }", "(label a (for - - - (block (break a) (continue a))))"],
  ["a: { break a }", "(label a (block (break a)))"],
  ["return", "(return)"],
  ["return a, b", "(return (, a b))"],
  ["throw new A(b)", "(throw (new A b))"],
  ["function a() {} b", "(declare (function a [])) b"],
  ["let\na", "(let a)"],
  ["let [a] = b", "(let ([a] b))"],
  ["async; using; await_", "async using await_"],
  // Minified text
  ["if(a)return b?c:d,e;f&&g()", "(if a (return (, (? b c d) e))) (&& f (call g))"],
  ["return this.a+=1,b()", "(return (, (+= this.a 1) (call b)))"],
  ["for(var a=0,b;a<1;)b=a++", "(for (var (a 0) b) (< a 1) - (= b (_++ a)))"],
  ["a?(b=1,c):d", "(? a (, (= b 1) c) d)"],
  // Semicolons left out
  ["a\nb", "a b"],
  ["a = b\n(c)", "(= a (call b c))"],
  ["a\n++b", "a (++_ b)"],
  ["a\n++\nb", "a (++_ b)"],
  ["return\na", "(return) a"],
  ["for (;;) { break\na }", "(for - - - (block (break) a))"],
  ["for (;;) { continue\na }", "(for - - - (block (continue) a))"],
  ["if (a) b\nelse c", "(if a b c)"],
  ["let a = 1\nlet b = a\n+ 1", "(let (a 1)) (let (b (+ a 1)))"],
  ["a /*\n*/ b", "a b"],
  ["const a = () => {}\nb", "(const (a (arrow []))) b"],
  ["a\n?.b", "(chain a?.b)"],
  ["do a\nwhile (b)\nc", "(do a b) c"],
  ["return a", "(return a)"],
  // Directives
  ['"use strict"; a', "a"],
  ["'use strict'\n'b'\na; 'c'", 'a "c"'],
  ["'a' + b", '(+ "a" b)'],
  ["('a'); b", '"a" b'],
];

/** A function's text in all the forms that `toString` gives, and its tree. */
const functions: readonly (readonly [string, string])[] = [
  ["program(packet) { return 1; }", "(method program [packet] (return 1))"],
  ["program(packet, [a], { b } = {}, ...c) {}", "(method program [packet [a] (default {b:b} {}) ...c])"],
  ["get a() { return 1 }", "(getter a [] (return 1))"],
  ["set a(b) {}", "(setter a [b])"],
  ["get() {}", "(method get [])"],
  ["set(a) {}", "(method set [a])"],
  ["static() {}", "(method static [])"],
  ["async() {}", "(method async [])"],
  ["static a() {}", "(method a [])"],
  ["static get a() {}", "(getter a [])"],
  ["if() {}", "(method if [])"],
  ["'a b'() {}", "(method a b [])"],
  ["1() {}", "(method 1 [])"],
  ["na\\u{ef}ve() {}", "(method naïve [])"],
  ["[Symbol.iterator]() {}", "(method [])"],
  ['["a"]() {}', "(method a [])"],
  ["[a + 'b']() {}", "(method [])"],
  ['[(_dec$3 = [dec({ a: 1 })], "program")](packet) { a }', "(method program [packet] a)"],
  ["[(_dec = [\n  kernel(() => ({ a }))\n], 'program')]() {}", "(method program [])"],
  ['[(_dec = [dec(async () => { class A { #b = /[)]/ } })], "a")]() {}', "(method a [])"],
  ['get [(_dec = [dec(1)], "a")]() {}', "(getter a [])"],
  ["function a(b) { c }", "(function a [b] c)"],
  ["function () {}", "(function [])"],
  ["(a) => b", "(arrow [a] => b)"],
  ["a => { b }", "(arrow [a] b)"],
  ["({ a }, b = (c) => c) => d", "(arrow [{a:a} (default b (arrow [c] => c))] => d)"],
  ["() => ({ a, b: c })", "(arrow [] => {a:a b:c})"],
  ["/* a */ program /* b */ (c) // d\n{ /* e */ } // f", "(method program [c])"],
];

describe("parseFunction", () => {
  describe("expressions", () => {
    for (const [text, expected] of expressions) {
      it(text, () => {
        const { body } = parseFunction(`() => (${text}\n)`);
        assertEquals(body.kind === "BlockStatement" ? "a block" : print(body), expected);
      });
    }
  });
  describe("statements", () => {
    for (const [text, expected] of statements) {
      it(JSON.stringify(text), () => assertEquals(printBody(parseFunction(`m() {${text}}`)), expected));
    }
  });
  describe("functions", () => {
    for (const [text, expected] of functions) {
      it(text, () => assertEquals(printFunction(parseFunction(text)), expected));
    }
  });

  it("knows where everything is", () => {
    const text = "m(a) { return (a + b) * c.d(e), x = `y${z}`; }";
    const spans: string[] = [];
    collect(parseFunction(text), (kind, start, end) => spans.push(`${kind} ${text.slice(start, end)}`));
    assertEquals(spans, [
      `FunctionExpression ${text}`,
      "Parameter a",
      "Identifier a",
      "BlockStatement { return (a + b) * c.d(e), x = `y${z}`; }",
      "ReturnStatement return (a + b) * c.d(e), x = `y${z}`;",
      "SequenceExpression (a + b) * c.d(e), x = `y${z}`",
      "BinaryExpression (a + b) * c.d(e)",
      "BinaryExpression a + b",
      "Identifier a",
      "Identifier b",
      "CallExpression c.d(e)",
      "MemberExpression c.d",
      "Identifier c",
      "StringLiteral d",
      "Identifier e",
      "AssignmentExpression x = `y${z}`",
      "Identifier x",
      "TemplateLiteral `y${z}`",
      "Identifier z",
    ]);
  });

  it("knows where operators are", () => {
    const text = "() => a /* + */ + (b && (c -= 1))";
    const operators: string[] = [];
    JSON.stringify(parseFunction(text), (key, value) => {
      if (key === "operatorStart") operators.push(text.slice(value, value + 2).trim());
      return value;
    });
    assertEquals(operators.sort(), ["&&", "+", "-="]);
  });

  it("takes long chains without nesting", () => {
    const many = 20_000;
    parseFunction(`() => ${"a + ".repeat(many)}a`);
    parseFunction(`() => a${".b()".repeat(many)}`);
    parseFunction(`m() { ${"if (a) b; else ".repeat(many)} c }`);
    parseFunction(`m() { return ${"a, ".repeat(many)} a }`);
  });

  it("is linear: it looks at tokens so often for each", () => {
    const text = (count: number) => `m() { ${"this.count += (a => a)([...b, { c }], `${d}`) >>> 1;\n".repeat(count)} }`;
    const [small, large] = [10, 1000].map((count) => looks(() => parseFunction(text(count))));
    assertEquals([small > 10 * 25, large < 101 * small], [true, true], `${small}, ${large}`);
  });
});

/** How often a parser looks at a token, or goes past it, while something is done. */
function looks(work: () => void): number {
  const { prototype } = Cursor;
  const looking = ["at", "atWord", "ahead", "take"] as const;
  const methods = looking.map((name) => [name, Object.getOwnPropertyDescriptor(prototype, name)!] as const);
  let count = 0;
  for (const [name, method] of methods) {
    const value = function (this: Cursor, ...given: unknown[]): unknown {
      count++;
      return method.value.apply(this, given);
    };
    Object.defineProperty(prototype, name, { ...method, value });
  }
  try {
    work();
  } finally {
    for (const [name, method] of methods) Object.defineProperty(prototype, name, method);
  }
  return count;
}

function collect(node: unknown, visit: (kind: string, start: number, end: number) => void): void {
  if (typeof node !== "object" || node === null) return;
  if ("kind" in node) {
    const { kind, start, end } = node as { kind: string; start: number; end: number };
    visit(kind, start, end);
  }
  for (const value of Object.values(node)) collect(value, visit);
}
