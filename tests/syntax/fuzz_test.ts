import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { ErrorCode } from "../../src/errors.ts";
import { SyntaxFailure } from "../../src/syntax/failure.ts";
import { parseFunction } from "../../src/syntax/parser.ts";
import { tokenize } from "../../src/syntax/tokens.ts";
import { printFunction } from "./print.ts";
import { Random } from "./random.ts";
import { methodTexts } from "./testdata/texts.ts";

const SEED = 20_240_229;
const ROUNDS = 4000;

/** Bodies to start from, and pieces to put into them. */
const bodies = methodTexts().map((text) => {
  const { body } = parseFunction(text);
  return body.kind === "BlockStatement"
    ? text.slice(body.start + 1, body.end - 1)
    : `return ${text.slice(body.start, body.end)}`;
});
const pieces = tokenize(
  "( ) [ ] { } ; , . ?. ... ? : = == => + ++ - -- * ** / % & && | || ?? ??= >>> ! ~ ' \" ` ${ \\ # @ $ 0 1n 0x " +
    "a this packet if else for of in while do switch case default break continue return throw function class async await " +
    "yield let const var new super typeof void delete instanceof try catch with debugger import null true arguments eval",
  true,
).list.map(({ text }) => text).concat(
  "/",
  "/*",
  "*/",
  "//",
  "\n",
  " ",
  "`",
  "${",
  "'",
  '"',
  "\\u{",
  "\u2028",
  "é",
  "😀",
  "\0",
);

function mutate(body: string, random: Random): string {
  let text = body;
  for (let count = 1 + random.below(3); count > 0; count--) {
    const at = random.below(text.length + 1);
    const end = Math.min(text.length, at + random.below(12));
    const from = random.pick(bodies);
    const start = random.below(from.length);
    const inserted = [
      random.pick(pieces),
      ` ${random.pick(pieces)} `,
      "",
      text.slice(at, end).repeat(2),
      from.slice(start, start + random.below(40)),
    ];
    text = text.slice(0, at) + random.pick(inserted) + text.slice(random.below(2) ? at : end);
  }
  return text;
}

/** Whether the runtime itself takes the body, as a class's method would have it. */
function runtimeTakes(body: string): boolean {
  try {
    new Function("packet", `"use strict"; ${body}`);
    return true;
  } catch {
    return false;
  }
}

function failureOf(text: string): SyntaxFailure | undefined {
  try {
    printFunction(parseFunction(text));
    return undefined;
  } catch (error) {
    if (error instanceof SyntaxFailure) return error;
    throw new Error(`Not our own error for ${JSON.stringify(text)}`, { cause: error });
  }
}

describe("parseFunction on mutated texts", () => {
  it(`throws nothing but its own error, inside the text (seed ${SEED})`, () => {
    const random = new Random(SEED);
    for (let round = 0; round < ROUNDS; round++) {
      const text = `m(packet) {${mutate(random.pick(bodies), random)}}`;
      const failure = failureOf(text);
      if (!failure) continue;
      assert(failure.start >= 0 && failure.start <= failure.end && failure.end <= text.length, text);
      assertEquals(tokenize(text, true).list.at(-1)?.kind, "end");
    }
  });

  it(`finds no fault in what the runtime takes (seed ${SEED + 1})`, () => {
    const random = new Random(SEED + 1);
    let taken = 0;
    for (let round = 0; round < ROUNDS; round++) {
      const body = mutate(random.pick(bodies), random);
      // Only in modules `await` is no name.
      if (body.includes("await") || !runtimeTakes(body)) continue;
      taken++;
      const failure = failureOf(`m(packet) {${body}\n}`);
      // `f() = 1` and `f()++` fail only when they run, for the sake of very old pages.
      if (/^Only names.*(?:assigned to|up or down)$/.test(failure?.message ?? "")) continue;
      assert(failure?.code !== ErrorCode.SyntaxError, `${failure?.message}: ${JSON.stringify(body)}`);
    }
    assert(taken > ROUNDS / 10, `the runtime took only ${taken}`);
  });
});
