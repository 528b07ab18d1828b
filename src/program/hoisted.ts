/**
 * Decorators that a runtime evaluates elsewhere than JavaScript would: Deno those of the class in `(x) => class …`, outside
 * of the arrow function, where the names in them mean what they mean there.
 *
 * @module
 */

import type { SourceLocation } from "../errors.ts";
import { stackLocations } from "../syntax/stack.ts";
import { type Token, tokenize } from "../syntax/tokens.ts";

/** What V8 calls the code in which such a class applies its decorators. */
const APPLIES = /<static_initializer>/;
/** V8 remembers no more frames, unless it is told to. */
const DEFAULT_FRAMES = 10;

/**
 * Where the class stands whose decorator was made outside of the function that makes the class; `undefined` if it was made
 * where it should be.
 *
 * @param made An error from the function that makes the decorator.
 * @param applied An error from the decorator itself.
 */
export function hoistedFrom(made: Error, applied: Error): SourceLocation | undefined {
  const [own, ...outside] = framesOf(made);
  const all = framesOf(applied);
  const inside = all.slice(all.findIndex((frame) => APPLIES.test(frame)) + 1);
  if (own === undefined || inside.length === all.length || inside.length === 0) return undefined;
  // Functions of the user's may stand between the decorator and the class.
  if (outside.some((_, start) => isSameCall(outside.slice(start), inside, all.length))) return undefined;
  return stackLocations(inside[0])[0];
}

function framesOf({ stack }: Error): readonly string[] {
  return typeof stack === "string" ? stack.split("\n").filter((line) => /^\s*at /.test(line)) : [];
}

/** Whether two stacks end in the same call of the same function; the second may be cut off. */
function isSameCall(outside: readonly string[], inside: readonly string[], depth: number): boolean {
  const isCut = depth >= DEFAULT_FRAMES;
  if (outside.length < inside.length || outside.length > inside.length && !isCut) return false;
  const functionOf = (frame: string) => /^\s*at (?:async )?(.*) \(/.exec(frame)?.[1];
  return inside.every((frame, i) => i === 0 ? functionOf(frame) === functionOf(outside[0]) : frame === outside[i]);
}

/** All names in the parameters of the arrow functions whose expression a class is part of. */
export function parametersAround(text: string, { line, column }: SourceLocation): ReadonlySet<string> {
  const place = text.split("\n").slice(0, line - 1).reduce((sum, { length }) => sum + length + 1, 0) + column - 1;
  const { list } = tokenize(text, true);
  const openings = new Map(list.map(({ pair }, index) => [pair, index]));
  const names = new Set<string>();
  const add = ({ kind, text }: Token) => kind === "identifier" && names.add(text);
  // Engines mean the class by any place in its head.
  let at = list.findLastIndex(({ text, start }) => text === "class" && start <= place) - 1;
  let isSibling = false;
  while (at > 0 && list[at].text !== ";" && !isBodyStart(list, at)) {
    const { text, pair } = list[at];
    if (text === "=>") {
      const first = openings.get(at - 1) ?? at - 1;
      if (!isSibling) list.slice(first, at).forEach(add);
      at = first;
    } else if (text === ",") isSibling = true;
    else if (pair > at) isSibling = false;
    else at = openings.get(at) ?? at;
    at--;
  }
  return names;
}

/** Whether statements begin here: what is in them stays in them. */
function isBodyStart(list: readonly Token[], index: number): boolean {
  return list[index].text === "{" && /^(?:\)|=>)$/.test(list[index - 1].text);
}
