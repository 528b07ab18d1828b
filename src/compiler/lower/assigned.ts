/**
 * Which names a piece of text may assign: what a loop can change.
 *
 * @module
 */

import type { Span } from "../../syntax/ast.ts";

/**
 * The names of locals and members that are assigned anywhere inside, functions written there included; and whether other
 * functions may run, which may assign more: a member may have a getter or a setter.
 */
export function assignedNames(nodes: readonly (Span | undefined)[]): { names: Set<string>; calls: boolean } {
  const names = new Set<string>();
  let calls = false;
  const visit = (node: unknown): void => {
    if (Array.isArray(node)) return node.forEach(visit);
    if (typeof node !== "object" || node === null) return;
    const { kind, ...fields } = node as Record<string, unknown>;
    if (kind === "AssignmentExpression") targetNames(fields.target, names);
    if (kind === "UpdateExpression") targetNames(fields.argument, names);
    if (kind === "ForOfStatement" && !fields.declaration) targetNames(fields.target, names);
    if (kind === "CallExpression" || kind === "MemberExpression") calls = true;
    Object.values(fields).forEach(visit);
  };
  nodes.forEach(visit);
  return { names, calls };
}

function targetNames(node: unknown, names: Set<string>): void {
  if (Array.isArray(node)) return node.forEach((part) => targetNames(part, names));
  if (typeof node !== "object" || node === null) return;
  const { kind, ...fields } = node as Record<string, unknown>;
  if (kind === "Identifier") names.add(fields.name as string);
  else if (kind === "MemberExpression") {
    const property = fields.property as { kind: string; value?: unknown; name?: string };
    names.add(property.kind === "PrivateName" ? `#${property.name}` : String(property.value));
  } else Object.values(fields).forEach((part) => targetNames(part, names));
}
