/**
 * Makes a compiler's unit of a program object.
 *
 * @module
 */

import type { AnyFunction, Unit, Variable } from "../compiler/unit.ts";
import { EbpfError, ErrorCode, type SourceLocation } from "../errors.ts";
import { readFile } from "../kernel/mod.ts";
import { binding, BpfMap } from "../maps/mod.ts";
import { createLocator, type Hint, type Locator } from "../syntax/locator.ts";
import { stackLocations } from "../syntax/stack.ts";
import { type AnyScalar, type AnyType, isScalar } from "../types/mod.ts";
import type { Description } from "./description.ts";
import { fieldsOf } from "./fields.ts";
import { isFoldedGetter } from "./fold.ts";
import { capturesOf, capturesSite } from "./kernel.ts";
import { type Declaration, type Holder, memory } from "./memory.ts";
import { refuseDecorator } from "./misuse.ts";
import { isNoinline } from "./noinline.ts";
import { callerOf } from "./place.ts";
import type { Program } from "./program.ts";
import { SubProgram } from "./sub_program.ts";

/** A plain field whose value became part of the code, and where. */
export interface Folded {
  readonly owner: object;
  readonly name: string;
  readonly location: SourceLocation | undefined;
}

/** The fields that have their meaning from the library, and are in the code of every program. */
const settings = ["defaultAction", "minimumPacketSize", "frags"];

/** A unit, and what the compiler has told us while working on it. */
export interface ProgramUnit extends Unit {
  readonly foldedFields: readonly Folded[];
}

/**
 * The unit of a program.
 *
 * @throws {EbpfError} `NoProgram` if its class has no `program()`; `DecoratorMisuse` for a field that holds a decorator;
 * `InvalidArgument` for settings that make no sense.
 */
export function createUnit(instance: Program, description: Description): ProgramUnit {
  const { entry, defaultAction, minimumPacketSize, builtins, intrinsics, packetMethods, contextFields } = description;
  const { name } = instance[memory];
  if (typeof entry !== "function") throw noProgram(name);
  for (const [field, value] of Object.entries(instance)) refuseDecorator(field, value);
  const locator = locatorOf(instance);
  const foldedFields: Folded[] = settings.map((name) => ({ owner: instance, name, location: undefined }));
  const known = new Map<AnyFunction, ReadonlyMap<string, unknown> | undefined>();
  return {
    instance,
    name,
    entry,
    defaultAction,
    minimumPacketSize,
    builtins,
    intrinsics,
    packetMethods,
    contextFields,
    variable: (owner, name) => findVariable(instance, owner, name),
    map: (object) => object instanceof BpfMap ? object[binding] : undefined,
    isConstant: isFoldedGetter,
    isSeparate: isNoinline,
    captures(fn) {
      if (!known.has(fn)) known.set(fn, capturesOf(fn, readIfPossible));
      return known.get(fn);
    },
    locate: (fn, text) => locator.locate(fn, text),
    sourceLine: (file, line) => locator.sourceLine(file, line),
    folded(owner, name, location) {
      foldedFields.push({ owner, name, location });
      nameMaps(Reflect.get(owner, name), name);
    },
    foldedFields,
  };
}

/** The error for a class without `program()`. */
export function noProgram(name: string): EbpfError {
  return new EbpfError(ErrorCode.NoProgram, `Cannot generate "${name}": it has no method program()`, {
    remedy: "Write what the kernel is to do with each packet: program(packet) { … }",
  });
}

function findVariable(instance: Program, owner: object, name: string): Variable | undefined {
  const known = (owner as Partial<Holder>)[memory];
  const declaration = known?.find(name);
  if (!known || !declaration) return undefined;
  const { kind, type, offset, initial } = declaration;
  switch (kind) {
    case "global":
      if (owner instanceof SubProgram) known.join(instance[memory], () => nameOf(instance, owner));
      return { kind, type, map: known.map, offset: known.base + offset };
    case "local":
      return { kind, type, initial: initial ?? zeroOf(type) };
    case "packet":
      return { kind, type, offset };
    case "entry":
      return { kind, type, map: known.maps[offset][binding], initial: initial ?? zeroOf(type) };
  }
}

/** What holds a part of a program: its fields; without them, a capture holds an object of this class. */
function nameOf(instance: Program, part: SubProgram): string {
  return fieldsOf(instance).find(({ value }) => value === part)?.name ?? part[memory].name;
}

function zeroOf(type: AnyType): unknown {
  if (!isScalar(type)) return undefined;
  return ({ number: 0, fixed: 0, bigint: 0n, boolean: false } as const)[(type as AnyScalar).value];
}

/** Names the maps of a field by it. */
function nameMaps(value: unknown, name: string): void {
  if (value instanceof BpfMap) value[binding].call(name);
  else if (Array.isArray(value)) value.forEach((element, i) => nameMaps(element, `${name}_${i}`));
}

/** One locator a class: where its methods stand is found once. */
const locators = new WeakMap<object, Locator>();

function locatorOf(instance: Holder): Locator {
  const prototype = Object.getPrototypeOf(instance);
  let locator = locators.get(prototype);
  if (!locator) {
    // Nothing here may hold on to the instance: the locator lives as long as the class.
    const { declarations } = instance[memory];
    locator = createLocator({ readFile: readIfPossible, hint: (fn) => hintFor(prototype, declarations, fn) });
    locators.set(prototype, locator);
  }
  // Files may have changed since, and are not worth their memory.
  const site = new Error();
  const { declarations } = instance[memory];
  locator.forget(() => [
    ...stackLocations(site.stack),
    ...declarations.flatMap(({ site }) => callerOf(site) ?? []),
  ]);
  return locator;
}

/** Without Linux or its permission, errors just show less. */
function readIfPossible(path: string): string | undefined {
  try {
    return readFile(path);
  } catch (error) {
    if (error instanceof EbpfError) return undefined;
    throw error;
  }
}

/** What is known of where a function stands: its own decorator's place, and those of its class's variables. */
function hintFor(prototype: object, declarations: readonly Declaration[], fn: AnyFunction): Hint {
  const site = capturesSite(fn);
  const decorator = site && callerOf(site);
  for (let home: object | null = prototype; home; home = Object.getPrototypeOf(home)) {
    const own = Object.entries(Object.getOwnPropertyDescriptors(home));
    const name = own.find(([, { value, get, set }]) => [value, get, set].includes(fn))?.[0];
    if (name === undefined) continue;
    const getters = new Set(own.map(([, { get }]) => get));
    const siblings = declarations.filter(({ get }) => getters.has(get)).map(({ site }) => callerOf(site));
    return { name, decorator, siblings: siblings.filter((place) => place !== undefined) };
  }
  return { decorator };
}
