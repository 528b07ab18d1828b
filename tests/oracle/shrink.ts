/**
 * Makes a failing program small: drops statements and replaces expressions by their parts, as long as it still fails.
 *
 * @module
 */

import type { Piece } from "./generate.ts";

/** The smallest variant of `piece` found for which `fails` holds; `tries` bounds the work. */
export function shrink(piece: Piece, fails: (piece: Piece) => boolean, tries = 2000): Piece {
  let best = piece;
  let left = tries;
  for (let progress = true; progress;) {
    progress = false;
    for (const variant of variants(best)) {
      if (left-- <= 0) return best;
      if (!fails(variant)) continue;
      best = variant;
      progress = true;
      break;
    }
  }
  return best;
}

const SIMPLEST: Readonly<Record<string, readonly string[]>> = {
  number: ["0", "1"],
  bigint: ["0n", "1n"],
  boolean: ["false", "true"],
  fixed: ["0", "0.5"],
  rounded: ["0.5"],
  fraction: ["(1 / 3)"],
  divisor: ["1", "3"],
  bigintDivisor: ["1n"],
};

/** All programs that are one step simpler. */
function* variants(piece: Piece): Generator<Piece> {
  const { kind, parts } = piece;
  const inner = parts.filter((part) => typeof part !== "string");
  for (const part of inner) if (part.kind === kind) yield part;
  if (kind === "block" || kind === "list") {
    for (let i = 0; i < parts.length; i++) {
      if (typeof parts[i] !== "string") yield { kind, parts: parts.filter((_, j) => j !== i) };
    }
  }
  if (kind === "statement") { for (const part of inner) if (part.kind === "block") yield part; }
  const isSimplest = parts.length === 1 && SIMPLEST[kind]?.includes(parts[0] as string);
  if (!isSimplest) { for (const text of SIMPLEST[kind] ?? []) yield { kind, parts: [text] }; }
  for (let i = 0; i < parts.length; i++) {
    const part = parts[i];
    if (typeof part === "string") continue;
    for (const variant of variants(part)) yield { kind, parts: parts.with(i, variant) };
  }
}
