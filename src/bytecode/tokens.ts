/**
 * Splits a line of assembly into tokens, and reduces it to its shape: `r1 += 5` and `r3 += 0x10` are both `r += n`.
 * The table of shapes, made from the opcode table's texts, then tells the operation.
 *
 * @module
 */

import { once } from "../once.ts";
import { type OperandForm, type Template, writtenForms } from "./text.ts";

/** A piece of a line. */
export type Token =
  | { readonly kind: "r" | "w"; readonly value: bigint }
  | { readonly kind: "number"; readonly value: bigint; readonly text: string }
  /** A word that is not of the language: the name of a place, a helper or a map. */
  | { readonly kind: "name"; readonly text: string }
  | { readonly kind: "literal"; readonly text: string };

const tokenPattern = once(() =>
  new RegExp(
    [
      String.raw`(?<register>[rw](?:10|[0-9])(?![\w.$]))`,
      // A sign belongs to its number: there is no arithmetic in assembly.
      String.raw`(?<number>[+-]?\s*(?:0[xX][0-9a-fA-F]+|[0-9]+)(?![\w.$]))`,
      String.raw`(?<operator>s(?:>>=|\/=|%=|>=|<=|>|<)|>>=|<<=|[-+*\/%&|^=!<>]=|[-=<>&()*\[\],:])`,
      String.raw`(?<word>[A-Za-z_.$][\w.$]*)`,
    ].join("|"),
    "y",
  )
);

/**
 * Splits a line.
 *
 * @param line Without comment.
 * @returns Tokens, or the position of what is none.
 */
export function tokenize(line: string): readonly Token[] | number {
  return split(line, isWord);
}

function split(line: string, isLiteral: (word: string) => boolean): Token[] | number {
  const tokens: Token[] = [];
  const pattern = tokenPattern();
  const space = /\s*/y;
  for (let position = 0;;) {
    space.lastIndex = position;
    space.exec(line);
    if (space.lastIndex === line.length) return tokens;
    pattern.lastIndex = space.lastIndex;
    const groups = pattern.exec(line)?.groups;
    if (!groups) return space.lastIndex;
    // Before `isLiteral`, which may make the table of words, and that splits lines itself.
    position = pattern.lastIndex;
    tokens.push(toToken(groups, isLiteral));
  }
}

function toToken(
  { register, number, operator, word }: Record<string, string>,
  isLiteral: (word: string) => boolean,
): Token {
  if (register) return { kind: register[0] as "r" | "w", value: BigInt(register.slice(1)) };
  if (number) return { kind: "number", value: parseNumber(number), text: number };
  if (operator) return { kind: "literal", text: operator };
  return { kind: isLiteral(word) ? "literal" : "name", text: word };
}

function parseNumber(text: string): bigint {
  const digits = text.replace(/\s/g, "");
  const magnitude = BigInt(digits.replace(/^[+-]/, ""));
  return digits.startsWith("-") ? -magnitude : magnitude;
}

/**
 * The shape of a line.
 *
 * @param tokens The line.
 * @returns The key of {@linkcode shapes}.
 */
export function shapeOf(tokens: readonly Token[]): string {
  return tokens.map((token) => {
    if (token.kind === "literal") return token.text;
    return token.kind === "r" || token.kind === "w" ? token.kind : "#";
  }).join(" ");
}

/** What stands for an operand when a template itself is split. */
const samples: Readonly<Record<OperandForm, string>> = {
  r: "r0",
  w: "w0",
  number: " 1 ",
  distance: " +1 ",
  callee: " pc +1",
  signed: " + 1",
  helper: " 1 ",
  map: " 1 ",
};

/** A template as it can be written, with or without its optional part. */
export interface Shape {
  readonly template: Template;
  /** Operands in the order of the tokens that are not literals. */
  readonly operands: Template["operands"];
}

function shapeTable(): { readonly shapes: ReadonlyMap<string, Shape>; readonly words: ReadonlySet<string> } {
  const shapes = new Map<string, Shape>();
  const words = new Set<string>();
  for (const template of writtenForms()) {
    for (const withOptional of [true, false]) {
      const parts = template.parts.filter((part) =>
        typeof part === "string" || part.optional === undefined || withOptional
      );
      const text = parts.map((part) =>
        typeof part === "string" ? part : (part.optional ?? "") + samples[part.operand.form]
      ).join("");
      const tokens = split(text, () => true) as Token[];
      for (const token of tokens) if (token.kind === "literal" && /^[a-z]\w/i.test(token.text)) words.add(token.text);
      const key = shapeOf(tokens);
      const operands = parts.flatMap((part) => typeof part === "string" ? [] : [part.operand]);
      if (!shapes.has(key)) shapes.set(key, { template, operands });
    }
  }
  return { shapes, words };
}

let table: ReturnType<typeof shapeTable> | undefined;

/**
 * All lines that there are, by shape. Made at the first use: who only prints or runs code need not pay for it.
 *
 * @returns Key: {@linkcode shapeOf}.
 */
export function shapes(): ReadonlyMap<string, Shape> {
  return (table ??= shapeTable()).shapes;
}

/**
 * Tells the language's own words from names that people give.
 *
 * @param word Any word.
 * @returns True for `goto`, `u32`, `lock`, …
 */
export function isWord(word: string): boolean {
  return (table ??= shapeTable()).words.has(word) || /^[rw](?:10|[0-9])$/.test(word);
}
