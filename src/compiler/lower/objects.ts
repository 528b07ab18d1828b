/**
 * Object literals, and what is left of an object when some of its fields are taken.
 *
 * @module
 */

import { ErrorCode } from "../../errors.ts";
import type { ObjectExpression, Span } from "../../syntax/ast.ts";
import type { AnyFunction } from "../unit.ts";
import { memberTarget } from "./assignments.ts";
import type { Builtin } from "./builtins.ts";
import { withEach } from "./choices.ts";
import type { Context } from "./context.ts";
import { describe } from "./describe.ts";
import { lowerExpression, staticValue } from "./expressions.ts";
import { isNothing } from "./join_choices.ts";
import { detached, readMember } from "./members.ts";
import { known, listOf, type Operand, recordOf, UNDEFINED } from "./operand.ts";

/** What is done with an object's fields. */
type Verb = "spread" | "gather" | "list" | "copy";

export function lowerObject(context: Context, node: ObjectExpression): Operand {
  const fields = new Map<string, Operand>();
  for (const property of node.properties) {
    if (property.kind === "SpreadElement") {
      const operand = lowerExpression(context, property.argument);
      for (const [name, value] of fieldsOf(context, operand, property, "spread")) fields.set(name, value);
      continue;
    }
    const { key, value } = property;
    if (value.kind === "FunctionExpression" && (value.form === "getter" || value.form === "setter")) {
      context.fail(
        ErrorCode.UnsupportedSyntax,
        property,
        `Cannot use a ${value.form} in an object of the program`,
        "Write a method, and call it",
      );
    }
    fields.set(String(staticValue(context, key, "an object's keys")), lowerExpression(context, value));
  }
  return recordOf(fields);
}

/** `{ a, ...rest }`: the fields that are not taken. */
export function restOf(context: Context, operand: Operand, taken: ReadonlySet<string>, span: Span): Operand {
  return recordOf(new Map([...fieldsOf(context, operand, span, "gather")].filter(([name]) => !taken.has(name))));
}

/** `Object.keys()` and its like, of an object with run-time values in it. */
const LISTINGS = [
  [Object.keys, (name: string) => known(name)] as const,
  [Object.values, (_: string, value: Operand) => value] as const,
  [Object.entries, (name: string, value: Operand) => listOf([known(name), value])] as const,
].map(([fn, part]): [AnyFunction, Builtin] => [fn, (context, [operand = UNDEFINED], span) => {
  const fields = fieldsOf(context, operand, span, "list");
  return listOf([...fields].map(([name, value]) => part(name, value)));
}]);

/** `Object.assign(header, { ttl: 64, … })`: writes one field after the other, as the statements would. */
function assignFields(context: Context, operands: readonly Operand[], span: Span): Operand {
  const [target = UNDEFINED, ...sources] = operands;
  for (const source of sources) {
    if (isNothing(source)) continue;
    for (const name of namesOf(context, source, span)) {
      const value = detached(context, readMember(context, { object: source, name }, span), span);
      withEach(context, target, (object) => {
        memberTarget(context, { object, name }, span).write(value, span);
        return UNDEFINED;
      });
    }
  }
  return target;
}

/** The runtime's functions of objects, of some with run-time values in them. */
export const OBJECT_FUNCTIONS: readonly (readonly [AnyFunction, Builtin])[] = [
  ...LISTINGS,
  [Object.assign, assignFields],
];

/** The fields of an object that JavaScript would copy; getters among them are compiled, not run. */
function fieldsOf(context: Context, operand: Operand, span: Span, verb: Verb): ReadonlyMap<string, Operand> {
  if (operand.kind === "record") return operand.fields;
  const read = (name: string) => detached(context, readMember(context, { object: operand, name }, span), span);
  return new Map(namesOf(context, operand, span, verb).map((name) => [name, read(name)]));
}

/** The names of those fields. */
function namesOf(context: Context, operand: Operand, span: Span, verb: Verb = "copy"): readonly string[] {
  if (operand.kind === "record") return [...operand.fields.keys()];
  if (operand.kind === "list") return Object.keys(operand.elements);
  if (isNothing(operand) && verb === "spread") return [];
  if (operand.kind === "static" && operand.value !== undefined && operand.value !== null) {
    return Object.keys(Object(operand.value));
  }
  return context.fail(
    ErrorCode.UnsupportedSyntax,
    span,
    `Cannot ${verb} the fields of ${describe(operand)}`,
    operand.kind === "view" ? "Name each of them: a view has none of its own, also in JavaScript" : "Name each of them",
  );
}
