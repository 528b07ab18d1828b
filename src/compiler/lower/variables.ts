/**
 * Variables of objects: shared ones in the memory of a map, those that stand for bytes of the packet, and the locals of one
 * run.
 *
 * @module
 */

import type { Span } from "../../syntax/ast.ts";
import { type AnyScalar, isScalar } from "../../types/scalar.ts";
import type { Variable } from "../unit.ts";
import type { Context } from "./context.ts";
import { entryPlace } from "./entry_variables.ts";
import { toFixed } from "./fixed.ts";
import { converted, scalar, wrapped } from "./memory.ts";
import { type Binding, known, type Operand } from "./operand.ts";
import { alignmentOf, type Place, placeAt, placeInPacket } from "./place.ts";
import { stackPlace } from "./stack.ts";
import { readPlace, writePlace } from "./views.ts";

/** A variable of an object, by its name there. */
export interface Named {
  readonly variable: Variable;
  readonly owner: object;
  readonly name: string;
}

export function readVariable(context: Context, named: Named, span: Span): Operand {
  const place = variablePlace(context, named, span);
  if (place) return readPlace(context, place, span);
  const { value } = scalar(context, named.variable.type, span);
  const binding = localBinding(context, named);
  const operand = context.builder.state.locals.get(binding) ?? binding.initial!;
  // What a fixed-point variable begins with is such a number too, even if it is 1.
  return value === "fixed" && operand.kind === "static" ? toFixed(context, operand, span) : operand;
}

/** Stores as a DataView setter does: the low bits of what the operand is. */
export function writeVariable(context: Context, named: Named, operand: Operand, span: Span): void {
  const place = variablePlace(context, named, span);
  if (place) return writePlace(context, place, operand, span);
  const type = scalar(context, named.variable.type, span);
  const word = wrapped(context, type, converted(context, type, operand, span));
  if (context.builder.reachable) context.builder.state.locals.set(localBinding(context, named), word);
}

/** Where a variable is in memory; scalar locals are not. */
export function variablePlace(context: Context, { variable, owner, name }: Named, span: Span): Place | undefined {
  const { builder } = context;
  const { type } = variable;
  switch (variable.kind) {
    case "global": {
      const { map, offset } = variable;
      return placeAt(type, "map", builder.emit({ kind: "mapValue", map, offset }), 0, alignmentOf(offset));
    }
    case "entry":
      return entryPlace(context, variable, span);
    case "packet":
      return placeInPacket(context, type, undefined, variable.offset);
    case "local":
      return isScalar(type) ? undefined : stackPlace(context, variable, owner, name, span);
  }
}

/** The binding that stands for a scalar `@localVar` variable of an object. */
function localBinding(context: Context, { variable, owner, name }: Named): Binding {
  const { locals } = context;
  context.demandMain(name);
  let bindings = locals.get(owner);
  if (!bindings) locals.set(owner, bindings = new Map());
  let binding = bindings.get(name);
  if (!binding) {
    const initial = variable.kind === "local" ? stored(variable.type as AnyScalar, variable.initial) : undefined;
    bindings.set(name, binding = { name, constant: false, initial: known(initial) });
  }
  return binding;
}

/** A value as the type gives it back: 255 is -1 in an `i8`. */
function stored(type: AnyScalar, initial: unknown): unknown {
  const view = new DataView(new ArrayBuffer(type.size));
  type.set(view, 0, initial);
  return type.get(view, 0);
}
