/**
 * Functions in a TypeScript file, by its tokens alone: where their parameters begin and where their bodies end.
 *
 * Types are stepped over, not understood; what is found too much (function types, overloads' bodies that are none) is
 * sorted out by alignment.
 *
 * @module
 */

import { isOperator } from "./cursor.ts";
import type { SourceFile } from "./file.ts";
import type { Token } from "./tokens.ts";

/** A function in a file, as a range of tokens. */
export interface Candidate {
  /** Index of the token that begins the parameters. */
  readonly start: number;
  /** Index after the body's last token. */
  readonly end: number;
  /** Index of the bracket around the function: a class's `{` for methods; -1 at the top. */
  readonly enclosing: number;
  readonly form: "arrow" | "block";
  /** Index of its `=>`, or -1. */
  readonly arrow: number;
}

/** Words before `( … ) { … }` that make it no function. */
const STATEMENTS: ReadonlySet<string> = new Set(["if", "for", "while", "switch", "with", "catch"]);

/** Methods, accessors and functions that are written with this name (`"#name"` for private ones). */
export function namedFunctions(file: SourceFile, name: string): readonly Candidate[] {
  const { tokens } = file;
  const found: Candidate[] = [];
  for (let index = 0; index < tokens.length; index++) {
    const { kind, text } = tokens[index]!;
    if (kind === "punctuator" || kind === "identifier" && text !== name || nameOf(tokens[index]!) !== name) continue;
    const before = tokens[index - 1];
    if (isOperator(before, ".") || isOperator(before, "?.")) continue;
    const key = isOperator(before, "[") && isOperator(tokens[index + 1], "]") ? index + 1 : index;
    const open = isOperator(tokens[key + 1], "<") ? skipTypeArguments(tokens, key + 1) : key + 1;
    const candidate = functionAt(file, open);
    if (candidate?.form === "block") found.push({ ...candidate, enclosing: file.enclosing[key]! });
  }
  return found;
}

/** All arrows, or all functions with `{ … }`. */
export function functionsOfForm(file: SourceFile, form: Candidate["form"]): readonly Candidate[] {
  const { tokens } = file;
  const found: Candidate[] = [];
  const arrows = new Set<number>();
  tokens.forEach((token, index) => {
    const before = tokens[index - 1];
    if (before?.kind === "identifier" && STATEMENTS.has(before.text) && !isOperator(tokens[index - 2], ".")) return;
    // `T =>` ends the return type of the arrow that was found before it.
    const lone = token.kind === "identifier" && isOperator(tokens[index + 1], "=>") && !arrows.has(index + 1);
    const candidate = lone ? arrowFrom(file, index, index + 1) : functionAt(file, index);
    if (candidate?.form === form) found.push(candidate);
    if (candidate) arrows.add(candidate.arrow);
  });
  return found;
}

/** Those arrows that get this name from where they are written: `const name = …`, `name: …`. */
export function arrowsNamed(
  { tokens }: SourceFile,
  arrows: readonly Candidate[],
  name: string,
): readonly Candidate[] {
  return arrows.filter(({ start }) => {
    if (isOperator(tokens[start - 1], ":")) return nameOf(tokens[start - 2]!) === name;
    if (!isOperator(tokens[start - 1], "=")) return false;
    // There may be a type between the name and the `=`.
    for (let at = start - 2; at > 0 && start - at < MAXIMUM_TYPE && !isOperator(tokens[at], ";"); at--) {
      const { kind, text } = tokens[at - 1]!;
      if (kind === "identifier" && DECLARATIONS.has(text)) return nameOf(tokens[at]!) === name;
    }
    return nameOf(tokens[start - 2]!) === name;
  });
}

const DECLARATIONS: ReadonlySet<string> = new Set(["const", "let", "var"]);
/** Tokens of the longest type that is looked through. */
const MAXIMUM_TYPE = 64;

function nameOf(token: Token): string | undefined {
  switch (token.kind) {
    case "identifier":
    case "string":
      return token.text;
    case "private":
      return `#${token.text}`;
    case "number":
    case "bigint":
      return String(token.value);
    default:
      return undefined;
  }
}

/** The function whose parameters' `(` is here. */
function functionAt(file: SourceFile, open: number): Candidate | undefined {
  const { tokens } = file;
  const close = isOperator(tokens[open], "(") ? tokens[open]!.pair : -1;
  if (close < 0) return undefined;
  const after = isOperator(tokens[close + 1], ":") ? skipType(tokens, close + 2) : close + 1;
  if (isOperator(tokens[after], "=>")) return arrowFrom(file, open, after);
  if (!isOperator(tokens[after], "{") || tokens[after]!.pair < 0) return undefined;
  return { start: open, end: tokens[after]!.pair + 1, enclosing: file.enclosing[open]!, form: "block", arrow: -1 };
}

function arrowFrom(file: SourceFile, start: number, arrow: number): Candidate {
  const { tokens } = file;
  let end = arrow + 1;
  if (isOperator(tokens[end], "{") && tokens[end]!.pair >= 0) end = tokens[end]!.pair + 1;
  else while (!endsExpression(tokens[end])) end = Math.max(end, tokens[end]!.pair) + 1;
  return { start, end, enclosing: file.enclosing[start]!, form: "arrow", arrow };
}

function endsExpression(token: Token | undefined): boolean {
  if (token === undefined || token.kind === "end") return true;
  return token.kind === "punctuator" && [",", ";", ")", "]", "}"].includes(token.text);
}

/** Words of types after which a type still has to come. */
const TYPE_PREFIXES: ReadonlySet<string> = new Set(
  ["keyof", "typeof", "readonly", "unique", "infer", "asserts", "new", "abstract"],
);
const TYPE_JOINTS: ReadonlySet<string> = new Set([".", "|", "&", "?", ":"]);

/** Steps over a return type; gives the index of what follows: a body's `{`, an arrow's `=>`, or something else. */
function skipType(tokens: readonly Token[], start: number): number {
  let at = start;
  for (let operand = true; at < tokens.length;) {
    const token = tokens[at]!;
    const { kind, text, pair } = token;
    if (operand) {
      if (kind === "punctuator" && pair < 0) {
        if (text !== "|" && text !== "&" && text !== "-") return at;
        at++;
      } else if (kind === "template" && pair >= 0) at = pair;
      else if (kind === "identifier" && TYPE_PREFIXES.has(text) && !isOperator(tokens[at + 1], "{")) at++;
      else {
        const parameters = isOperator(token, "(");
        const imports = text === "import" && isOperator(tokens[at + 1], "(") ? tokens[at + 1]!.pair : -1;
        at = Math.max(at, pair, imports) + 1;
        operand = parameters && isOperator(tokens[at], "=>") && !isOperator(tokens[at + 1], "{");
        if (operand) at++;
      }
    } else if (isOperator(token, "<")) at = skipTypeArguments(tokens, at);
    else if (isOperator(token, "[") && pair >= 0) at = pair + 1;
    else if ((kind === "punctuator" && TYPE_JOINTS.has(text)) || text === "extends" || text === "is") {
      operand = true;
      at++;
    } else return at;
  }
  return at;
}

/** Steps over `<…>`; the index after it. */
function skipTypeArguments(tokens: readonly Token[], start: number): number {
  let depth = 0;
  for (let at = start; at < tokens.length; at++) {
    const { kind, text, pair } = tokens[at]!;
    if (kind !== "punctuator") continue;
    if (text === "<") depth++;
    else if (/^>+$/.test(text)) depth -= text.length;
    else if (pair >= 0) at = pair;
    else if (text === ";" || text === ")" || text === "}") return at;
    if (depth <= 0) return at + 1;
  }
  return tokens.length;
}
