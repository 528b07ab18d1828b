/**
 * Decorators in places where they cannot work: what TypeScript would have said, for people who do not ask it.
 *
 * @module
 */

import { EbpfError, ErrorCode } from "../errors.ts";
import { type AnyScalar, type AnyType, constantFits, isScalar } from "../types/mod.ts";
import { callerOf } from "./place.ts";

/** A use of a decorator. */
export interface Use {
  /** The decorator's name. */
  readonly decorator: string;
  /** How it is written before an accessor: `@globalVar(u32)`. */
  readonly example: string;
  /** An error from where it stands. */
  readonly site: Error;
}

/** The error for a decorator that cannot work where it stands. */
export function misuse({ site }: Use, what: string, remedy: string): EbpfError {
  return new EbpfError(ErrorCode.DecoratorMisuse, what, { remedy, location: callerOf(site) });
}

/**
 * Refuses `@globalVar accessor x`: then the decorator itself gets what its result should get.
 *
 * @param given All arguments that the decorator was called with.
 */
export function refuseMissingCall(use: Use, given: ArrayLike<unknown>): void {
  const context = given[1];
  const legacy = typeof context === "string" || typeof context === "symbol";
  if (!legacy && !isContext(context)) return;
  const name = String(legacy ? context : context.name);
  // Without a place: the runtime's helpers are what called us.
  throw new EbpfError(
    ErrorCode.DecoratorMisuse,
    `Cannot decorate "${name}": @${use.decorator} stands there without parentheses`,
    { remedy: `Write ${use.example}` },
  );
}

function isContext(given: unknown): given is DecoratorContext {
  return typeof given === "object" && given !== null && "kind" in given && "addInitializer" in given;
}

/** The decorators that were made, by themselves. */
export const uses: WeakMap<object, Use> = new WeakMap();

/** Refuses `count = globalVar(u32)`: then the field holds the decorator itself. */
export function refuseDecorator(name: string, value: unknown): void {
  const use = typeof value === "function" ? uses.get(value) : undefined;
  if (use) {
    throw misuse(
      use,
      `Cannot use this.${name}: it holds the decorator ${use.decorator} itself`,
      `Write ${use.example}`,
    );
  }
}

/** Refuses an argument that is no type of ours. */
export function demandType(use: Use, type: unknown): void {
  const isType = (typeof type === "object" && type !== null || typeof type === "function") && "kind" in type &&
    "alignment" in type;
  if (isType && (type as AnyType).kind !== "bits") return;
  const what = isType ? "bit fields are for structs" : `${describe(type)} is no type`;
  throw misuse(use, `Cannot make a variable with @${use.decorator}: ${what}`, `Write ${use.example}`);
}

/** Refuses everything but an accessor of objects. */
export function demandAccessor(use: Use, context: unknown): void {
  if (!isContext(context)) {
    throw misuse(
      use,
      `Cannot decorate with @${use.decorator}: these are not standard decorators`,
      'Remove "experimentalDecorators" from the compiler options',
    );
  }
  const { kind } = context;
  const name = String(context.name);
  if (kind !== "accessor") {
    const remedy = kind === "field"
      ? `Write "accessor" before ${name}, as in ${use.example}: the word "accessor" is missing`
      : `Write ${use.example}`;
    throw misuse(use, `Cannot make a variable of "${name}": @${use.decorator} stands on a ${kind}`, remedy);
  }
  if (context.static) {
    throw misuse(
      use,
      `Cannot make a variable of "${name}": it is static`,
      'Remove "static": variables belong to each program object',
    );
  }
  if (typeof context.name === "symbol") {
    throw misuse(use, `Cannot make a variable of "${name}": its name is a symbol`, "Give it a plain name");
  }
}

/** What a scalar's values are called in TypeScript. */
const typeofValue = { number: "number", fixed: "number", bigint: "bigint", boolean: "boolean" } as const;

/** Refuses an initial value that is not of the variable's type. */
export function demandInitial(use: Use, name: string, type: AnyType, initial: unknown): void {
  if (initial === undefined || !isScalar(type)) return;
  const wanted = typeofValue[type.value];
  const actual: string = typeof initial;
  if (actual !== wanted) {
    const what = `Cannot start "${name}" with ${describe(initial)}: ${type.name} is a ${wanted} in TypeScript`;
    throw misuse(use, what, remedyFor(wanted, initial));
  }
  if (wanted === "boolean" || type.value === "fixed") return;
  if (wanted === "number" && !Number.isInteger(initial)) {
    throw new EbpfError(ErrorCode.OutOfRange, `Cannot start "${name}" with ${initial}: ${type.name} holds integers`, {
      remedy: "Give a whole number",
      location: callerOf(use.site),
    });
  }
  if (!constantFits(type, initial as number | bigint)) throw outOfRange(use, name, type, initial);
}

function remedyFor(wanted: string, initial: unknown): string {
  if (wanted === "bigint" && Number.isInteger(initial)) return `Write ${initial}n`;
  if (wanted === "number" && typeof initial === "bigint") return `Write ${initial}`;
  return `Give a ${wanted}`;
}

function outOfRange({ site }: Use, name: string, type: AnyScalar, initial: unknown): EbpfError {
  const bits = 8 * type.size;
  return new EbpfError(ErrorCode.OutOfRange, `Cannot start "${name}" with ${initial}: it does not fit ${type.name}`, {
    remedy: `Give a value from -2^${bits - 1} to 2^${bits} - 1, or use a larger type`,
    location: callerOf(site),
  });
}

/** A value in words. */
export function describe(value: unknown): string {
  switch (typeof value) {
    case "bigint":
      return `${value}n`;
    case "string":
      return JSON.stringify(value);
    case "function":
      return value.name ? `the function ${value.name}` : "a function";
    case "object":
      return value === null ? "null" : "an object";
    default:
      return String(value);
  }
}
