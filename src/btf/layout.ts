/**
 * Types of BTF in words, with every place in them: two types with the same words are laid out alike. By them a program
 * finds out whether a map that another one made is the map that it would make, and says what differs.
 *
 * @module
 */

import type { BtfTypes } from "./decode.ts";
import type { BtfId, BtfMember } from "./types.ts";

/** A type in words: `"u32"`, `"mac"`, `"u16[4]"`, `"struct { packets: u64 at 0, state: 3 bits at 64 }"`. */
export function typeText(types: BtfTypes, id: BtfId): string {
  const type = types[id];
  if (!type) return "nothing";
  switch (type.kind) {
    case "array":
      return `${typeText(types, type.element)}[${type.count}]`;
    case "struct":
    case "union":
      return `${type.kind} { ${type.members.map((member) => memberText(types, member)).join(", ")} }`;
    case "int":
    case "typedef":
    case "enum":
    case "enum64":
      return type.name || type.kind;
    default:
      return type.kind;
  }
}

function memberText(types: BtfTypes, { name, type, bitOffset, bitSize }: BtfMember): string {
  return bitSize === undefined
    ? `${name}: ${typeText(types, type)} at ${bitOffset / 8}`
    : `${name}: ${bitSize} bits at bit ${bitOffset}`;
}

/** A variable of a data section. */
export interface SectionVariable {
  readonly name: string;
  readonly offset: number;
  /** Its type, as {@linkcode typeText} has it. */
  readonly type: string;
}

/** The variables of a data section; `undefined` if the type is none. */
export function sectionVariables(types: BtfTypes, id: BtfId): readonly SectionVariable[] | undefined {
  const section = types[id];
  if (section?.kind !== "section") return undefined;
  return section.entries.flatMap(({ type, offset }) => {
    const variable = types[type];
    return variable?.kind === "variable" ? [{ name: variable.name, offset, type: typeText(types, variable.type) }] : [];
  });
}
