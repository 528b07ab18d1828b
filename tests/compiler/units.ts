/**
 * Units for the compiler's tests, made of program text and a table of variables.
 *
 * @module
 */

import type { MapReference } from "../../src/bytecode/instruction.ts";
import type { AnyFunction, Unit, Variable } from "../../src/compiler/unit.ts";
import * as scalars from "../../src/types/scalar.ts";
import type { AnyScalar } from "../../src/types/scalar.ts";
import { generate, print, type RandomProgram } from "../oracle/generate.ts";

/** What a program text may name. */
export const XDP = { ABORTED: 0, DROP: 1, PASS: 2, TX: 3, REDIRECT: 4 };

/** The map that shared variables live in. */
export const globals: MapReference = { name: "globals" };

/** The variables of a program: of the map by their types, in order; others as they are. */
export type Variables = Readonly<Record<string, AnyScalar | Variable>>;

/** A unit of a method's text: `program(packet) { … }`. */
export function unitOf(text: string, variables: Variables = {}, minimumPacketSize = 0): Unit {
  const instance = new Function("XDP", `return { ${text} }`)(XDP) as { readonly program: AnyFunction };
  const table = placed(variables);
  return {
    instance,
    name: "test",
    entry: instance.program,
    defaultAction: XDP.PASS,
    minimumPacketSize,
    variable: (owner, name) => owner === instance ? table.get(name) : undefined,
    captures: () => undefined,
    builtins: new Map([["XDP", XDP]]),
    locate: () => undefined,
    sourceLine: () => undefined,
  };
}

/** Lays shared variables out one after the other. */
function placed(variables: Variables): Map<string, Variable> {
  let end = 0;
  return new Map(
    Object.entries(variables).map(([name, variable]): [string, Variable] => {
      if (variable.kind !== "scalar") return [name, variable as Variable];
      const offset = Math.ceil(end / variable.size) * variable.size;
      end = offset + variable.size;
      return [name, { kind: "global", type: variable as AnyScalar, map: globals, offset }];
    }),
  );
}

/** The unit of a random program of the oracle's. */
export function randomUnit(seed: number): Unit {
  const program = generate(seed);
  return unitOf(`program(packet) ${print(program.body)}`, variablesOf(program), program.minimumPacketSize);
}

function variablesOf({ globals, locals, packetVariables }: RandomProgram): Variables {
  return Object.fromEntries([
    ...globals.map(({ name, type }) => [name, typeOf(type)]),
    ...locals.map(({ name, type, initial }) => [name, { kind: "local", type: typeOf(type), initial }]),
    ...packetVariables.map(({ name, type, offset }) => [name, { kind: "packet", type: typeOf(type), offset }]),
  ]);
}

function typeOf(name: string): AnyScalar {
  return (scalars as unknown as Record<string, AnyScalar>)[name];
}
