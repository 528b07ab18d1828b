/**
 * What hangs on a program's fields: its parts, other programs, and maps, each with the name that leads to it.
 *
 * @module
 */

import { BpfMap } from "../maps/mod.ts";
import { Program } from "./program.ts";

/** An object on a field. */
export interface Field {
  /** The fields that lead there, joined: `"small"`, `"rules_0"`; empty for the program itself. */
  readonly name: string;
  readonly value: Program | BpfMap;
}

/** A program and everything that its fields lead to, each once: arrays, and the static maps of its class, included. */
export function fieldsOf(program: Program): Field[] {
  const found = new Map<object, Field>();
  const visit = (name: string, value: unknown): void => {
    if (Array.isArray(value)) return value.forEach((element, index) => visit(`${name}_${index}`, element));
    const isProgram = value instanceof Program;
    if (!isProgram && !(value instanceof BpfMap) || found.has(value)) return;
    found.set(value, { name, value });
    if (!isProgram) return;
    for (const [field, held] of [...Object.entries(value), ...staticFields(value)]) {
      visit(name === "" ? field : `${name}_${field}`, held);
    }
  };
  visit("", program);
  return [...found.values()];
}

/** The static fields of an object's class and its base classes. */
function staticFields(object: object): [string, unknown][] {
  const fields: [string, unknown][] = [];
  for (let at = object.constructor; at !== Function.prototype; at = Object.getPrototypeOf(at)) {
    fields.push(...Object.entries(at));
  }
  return fields;
}
