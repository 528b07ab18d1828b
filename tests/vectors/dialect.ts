/**
 * The assembly of bpf_conformance and ubpf (`ldxw %r0, [%r1+4]`), put into ours line by line: their texts then test our
 * assembler.
 *
 * @module
 */
import { assemble, type Instruction } from "../../src/bytecode/mod.ts";

const signs: Readonly<Record<string, string>> = {
  add: "+=",
  sub: "-=",
  mul: "*=",
  div: "/=",
  or: "|=",
  and: "&=",
  lsh: "<<=",
  rsh: ">>=",
  mod: "%=",
  xor: "^=",
  mov: "=",
  arsh: "s>>=",
  sdiv: "s/=",
  smod: "s%=",
};
const comparisons: Readonly<Record<string, string>> = {
  jeq: "==",
  jgt: ">",
  jge: ">=",
  jset: "&",
  jne: "!=",
  jsgt: "s>",
  jsge: "s>=",
  jlt: "<",
  jle: "<=",
  jslt: "s<",
  jsle: "s<=",
};
const sizes: Readonly<Record<string, number>> = { b: 8, h: 16, w: 32, dw: 64 };

/**
 * Assembles a text of that dialect.
 *
 * @param text One instruction a line.
 * @returns The program; throws if the text is wrong.
 */
export function assembleDialect(text: string): readonly Instruction[] {
  const lines = text.split("\n").map((line) => line.replace(/#.*/, "").trim()).filter((line) => line !== "");
  // A jump to `exit` that is no label goes to the first exit.
  const own = lines.includes("exit:");
  let exits = 0;
  const ours = lines.map((line) => {
    const translated = translate(line);
    return !own && translated === "exit" && exits++ === 0 ? `at_exit: ${translated}` : translated;
  });
  return assemble(ours.join("\n")).instructions;
}

function translate(line: string): string {
  if (line.endsWith(":")) return `at_${line}`;
  const [mnemonic, ...rest] = line.split(/\s+/);
  const operands = rest.join(" ").split(/\s*,\s*/).filter((operand) => operand !== "");
  const rule = rules.find(([pattern]) => pattern.test(mnemonic));
  if (!rule) throw new Error(`unknown mnemonic ${mnemonic}`);
  const [pattern, count, write] = rule;
  if (operands.length !== count) throw new Error(`wrong operand count: ${line}`);
  return write(pattern.exec(mnemonic)!.slice(1), operands);
}

type Rule = readonly [RegExp, operands: number, (parts: readonly string[], operands: readonly string[]) => string];

/** `%r1` as a register of the width; a number stays one. */
function operand(text: string, width: string): string {
  return text.startsWith("%r") ? (width === "32" ? "w" : "r") + text.slice(2) : text;
}

/** `[%r1+4]`. */
function address(text: string): string {
  const [, base, offset] = /^\[%(r\d+)([+-]\w+)?\]$/.exec(text) ?? [];
  if (!base) throw new Error(`bad memory operand ${text}`);
  return `(${base} ${offset ?? "+0"})`;
}

function target(text: string): string {
  return /^[+-]/.test(text) ? text : `at_${text}`;
}

const rules: readonly Rule[] = [
  [
    /^(add|sub|mul|div|or|and|lsh|rsh|mod|xor|mov|arsh|sdiv|smod)(32)?$/,
    2,
    ([name, width], [dst, src]) => `${operand(dst, width)} ${signs[name]} ${operand(src, width)}`,
  ],
  [/^neg(32)?$/, 1, ([width], [dst]) => `${operand(dst, width)} = -${operand(dst, width)}`],
  [
    /^movsx(8|16|32)(32|64)$/,
    2,
    ([bits, width], [dst, src]) => `${operand(dst, width)} = (s${bits})${operand(src, width)}`,
  ],
  [/^(le|be|bswap|swap)(16|32|64)$/, 1, ([name, bits], [dst]) => {
    const register = operand(dst, "64");
    return `${register} = ${name === "swap" ? "bswap" : name}${bits} ${register}`;
  }],
  [/^ldx(b|h|w|dw)$/, 2, ([size], [dst, src]) =>
    `${operand(dst, "64")} = *(u${sizes[size]} *)${address(src)}`
      .replace(/^r(\d+) = \*\(u(8|16|32)/, "w$1 = *(u$2")],
  [/^ldxs(b|h|w)$/, 2, ([size], [dst, src]) => `${operand(dst, "64")} = *(s${sizes[size]} *)${address(src)}`],
  [
    /^stx?(b|h|w|dw)$/,
    2,
    ([size], [dst, src]) => `*(u${sizes[size]} *)${address(dst)} = ${operand(src, size === "dw" ? "64" : "32")}`,
  ],
  [/^lddw$/, 2, (_, [dst, value]) => `${operand(dst, "64")} = ${value} ll`],
  [/^ja(32)?$/, 1, ([far], [to]) => `${far ? "gotol" : "goto"} ${target(to)}`],
  [
    /^(j(?:eq|gt|ge|set|ne|sgt|sge|lt|le|slt|sle))(32)?$/,
    3,
    ([name, width], [left, right, to]) =>
      `if ${operand(left, width)} ${comparisons[name]} ${operand(right, width)} goto ${target(to)}`,
  ],
  [/^call$/, 1, (_, [callee]) => call(callee)],
  [/^exit$/, 0, () => "exit"],
  [/^lock$/, 2, (_, [first, src]) => lock(first.split(" "), src)],
];

function call(callee: string): string {
  if (callee.startsWith("local ")) return `call ${target(callee.slice("local ".length))}`;
  return callee.startsWith("%") ? `callx ${callee.slice(1)}` : `call ${callee}`;
}

/** `lock fetch add32 [%r10-8], %r1`. */
function lock(words: readonly string[], src: string): string {
  const [, fetch, name, narrow, place] = /^(fetch )?(add|or|and|xor|xchg|cmpxchg)(32)? (\[.*)$/.exec(words.join(" ")) ??
    [];
  if (!place) throw new Error(`bad lock ${words.join(" ")}`);
  const value = operand(src, narrow), type = `u${narrow ?? 64}`, at = address(place), inner = at.slice(1, -1);
  const suffix = narrow ? "32_32" : "_64";
  if (name === "xchg") return `${value} = xchg${suffix}(${inner}, ${value})`;
  if (name === "cmpxchg") {
    const old = narrow ? "w0" : "r0";
    return `${old} = cmpxchg${suffix}(${inner}, ${old}, ${value})`;
  }
  if (fetch) return `${value} = atomic_fetch_${name}((${type} *)${at}, ${value})`;
  return `lock *(${type} *)${at} ${signs[name]} ${value}`;
}
