/**
 * The keys of properties, in object literals and in patterns.
 *
 * @module
 */

import type { Expression } from "./ast.ts";
import type { Cursor } from "./cursor.ts";
import { parseAssignment } from "./expressions.ts";

/** A key; computed ones are any expression. */
export interface PropertyKeyNode {
  readonly key: Expression;
  readonly computed: boolean;
}

/** `a`, `"a"`, `1`, `[a]` */
export function parsePropertyKey(cursor: Cursor): PropertyKeyNode {
  if (cursor.eat("[")) {
    const key = cursor.nested((cursor) => parseAssignment(cursor));
    cursor.expect("]");
    return { key, computed: true };
  }
  const { kind, text, value, start, end } = cursor.token;
  if (kind === "identifier" || kind === "string") {
    cursor.take();
    return { key: { kind: "StringLiteral", value: text, start, end }, computed: false };
  }
  if (kind === "number") {
    cursor.take();
    return { key: { kind: "NumberLiteral", value: value as number, start, end }, computed: false };
  }
  if (kind === "bigint") {
    cursor.take();
    return { key: { kind: "StringLiteral", value: String(value), start, end }, computed: false };
  }
  return cursor.expected("a property's name");
}
