/**
 * Captures: which values of the user's module a program may name.
 *
 * The thunk's own text is the table of names: in `() => ({ PORT: d })` the program's text says `d`, because a minifier
 * renames both alike. A plain object would not survive that.
 *
 * @module
 */

import { EbpfError, ErrorCode } from "../errors.ts";
import type { Expression, FunctionExpression, ObjectExpression, Property, SpreadElement } from "../syntax/ast.ts";
import { SyntaxFailure } from "../syntax/failure.ts";
import { parseFunction } from "../syntax/parser.ts";
import { isPath } from "../syntax/stack.ts";
import { hoistedFrom, parametersAround } from "./hoisted.ts";
import { describe, misuse, refuseMissingCall, type Use } from "./misuse.ts";
import { callerOf } from "./place.ts";

/** A function that gives the values a program may name: `() => ({ PORT, checksum })`. */
export type Captures = () => Readonly<Record<string, unknown>>;

/** A decorator for methods, getters and setters. */
export type KernelDecorator = <This, A extends never[], R>(
  method: (this: This, ...a: A) => R,
  context:
    | ClassMethodDecoratorContext<This, (this: This, ...a: A) => R>
    | ClassGetterDecoratorContext<This, R>
    | ClassSetterDecoratorContext<This, A[0]>,
) => void;

/** What {@linkcode kernel} remembers of a function, under this key. */
const captured = Symbol("captures");

interface Captured {
  readonly captures: Captures;
  readonly site: Error;
  /** An error from the decorator itself. */
  readonly applied?: Error;
}

const usage = "@kernel(() => ({ PORT }))";

/**
 * Lets a method of a program name values of the module around it. Without it, a program sees `this`, its parameters and
 * locals, and the library's base classes.
 *
 * @param captures A function that gives an object of those names. Its text is read, and it is called when the program is
 * generated: `load()`, `check()`.
 * @returns The decorator.
 * @throws {EbpfError} `DecoratorMisuse` if it stands on anything but a method, a getter or a setter, or without a function.
 *
 * @example
 * ```ts
 * import { be16, kernel, packetVar, XDP } from "@waggle/ebpf";
 *
 * const PTP = 0x88f7;
 *
 * class DropPtp extends XDP {
 *   @packetVar(12, be16) accessor etherType!: number;
 *
 *   @kernel(() => ({ PTP }))
 *   program() {
 *     return this.etherType === PTP ? XDP.DROP : XDP.PASS;
 *   }
 * }
 *
 * console.log(new DropPtp().test(new Uint8Array(14), { on: "js" }).name === "PASS");
 * ```
 */
export function kernel(captures: Captures): KernelDecorator;
/**
 * Lets a function that a program calls name values of the module around it.
 *
 * @param captures A function that gives an object of those names.
 * @param fn The function.
 * @returns The same function.
 * @throws {EbpfError} `DecoratorMisuse` without two functions.
 *
 * @example
 * ```ts
 * import { kernel } from "@waggle/ebpf";
 *
 * const PTP = 0x88f7;
 * const isPtp = kernel(() => ({ PTP }), (etherType: number) => etherType === PTP);
 *
 * console.log(isPtp(0x88f7));
 * ```
 */
export function kernel<F extends (...a: never[]) => unknown>(captures: Captures, fn: F): F;
export function kernel<F extends (...a: never[]) => unknown>(captures: Captures, fn?: F): F | KernelDecorator {
  const use: Use = { decorator: "kernel", example: usage, site: new Error() };
  refuseMissingCall(use, arguments);
  demandFunction(use, captures, "its captures");
  if (arguments.length < 2) return decorator(use, captures);
  demandFunction(use, fn, "its second argument");
  remember(fn!, { captures, site: use.site });
  return fn!;
}

function decorator(use: Use, captures: Captures): KernelDecorator {
  return (method, context) => {
    if (!["method", "getter", "setter"].includes(context?.kind)) {
      const { kind = "this", name } = (context ?? {}) as Partial<DecoratorContext>;
      const what = `Cannot use @kernel on ${kind} "${String(name)}"`;
      throw misuse(use, what, `Put ${usage} on a method`);
    }
    if (context.private) {
      const what = `Cannot use @kernel on the private method "${String(context.name)}"`;
      throw misuse(use, what, "name it without #: a program cannot use private methods");
    }
    remember(method, { captures, site: use.site, applied: new Error() });
  };
}

function demandFunction(use: Use, value: unknown, which: string): void {
  if (typeof value === "function") return;
  const remedy = `Write ${usage}: the function's text tells the names, also after a minifier has changed them`;
  throw misuse(use, `Cannot use @kernel: ${which} must be a function, and is ${describe(value)}`, remedy);
}

function remember(fn: object, value: Captured): void {
  Object.defineProperty(fn, captured, { value, configurable: true });
}

function recall(fn: object): Captured | undefined {
  return (fn as { readonly [captured]?: Captured })[captured];
}

/** Where `kernel(…)` stands for a function, if it does. */
export function capturesSite(fn: object): Error | undefined {
  return recall(fn)?.site;
}

/**
 * The values that a function captures, by what its text calls them: names, or names with dots (`library.PORT`).
 * `undefined` without captures.
 *
 * @param fn The function.
 * @param readFile Reads a source file, if it can be read.
 * @throws {EbpfError} `UnsupportedSyntax` if the thunk is not of the form that can be read, or stands where its names mean
 * something else; `UnknownName` if it throws.
 */
export function capturesOf(
  fn: object,
  readFile: (path: string) => string | undefined = () => undefined,
): ReadonlyMap<string, unknown> | undefined {
  const own = recall(fn);
  if (!own) return undefined;
  const properties = readTable(own);
  refuseHoisted(own, properties, readFile);
  const values = evaluate(own);
  const table = new Map<string, unknown>();
  for (const property of properties) {
    const key = keyOf(property, own);
    const name = nameIn(property, key, own);
    if (name !== undefined) table.set(name, values[key]);
  }
  return table;
}

function readTable(own: Captured): readonly (Property | SpreadElement)[] {
  const tree = parseThunk(own);
  if (tree.parameters.length > 0) throw unreadable(own, "it has parameters, and is called without arguments");
  const object = resultOf(tree);
  if (object?.kind !== "ObjectExpression") throw unreadable(own, "it does not just give an object");
  return (object as ObjectExpression).properties;
}

function parseThunk(own: Captured): FunctionExpression {
  try {
    return parseFunction(Function.prototype.toString.call(own.captures));
  } catch (error) {
    if (error instanceof SyntaxFailure) throw unreadable(own, error.message.replace(/^A program\b/, "the function"));
    throw error;
  }
}

/** What `() => x` and `() => { return x; }` give. */
function resultOf({ body }: FunctionExpression): Expression | undefined {
  if (body.kind !== "BlockStatement") return body;
  const [first] = body.body;
  return first?.kind === "ReturnStatement" ? first.argument : undefined;
}

function keyOf(property: Property | SpreadElement, own: Captured): string {
  if (property.kind === "SpreadElement") throw unreadable(own, "it has a spread element");
  const { key, computed } = property;
  if (computed || (key.kind !== "StringLiteral" && key.kind !== "NumberLiteral")) {
    throw unreadable(own, "it has a computed key");
  }
  return String(key.value);
}

/**
 * What the text calls a value. Where a bundler has put a constant in a name's place, it has done so in the program too:
 * then nothing may ask for the name, and the key is none.
 */
function nameIn(property: Property | SpreadElement, key: string, own: Captured): string | undefined {
  const { value } = property as Property;
  const name = dottedName(value);
  if (name !== undefined || isConstant(value)) return name;
  const what = value.kind === "FunctionExpression" ? "a function" : "an expression";
  throw unreadable(own, `${key} is ${what}, not a name`, `Make it a constant of its own, and capture that: ${usage}`);
}

/** `PORT`, and `library.PORT`, as bundlers write what they import from CommonJS. */
function dottedName(node: Expression): string | undefined {
  if (node.kind === "Identifier") return node.name;
  if (node.kind !== "MemberExpression" || node.optional || node.property.kind !== "StringLiteral") return undefined;
  const object = dottedName(node.object);
  return object && `${object}.${node.property.value}`;
}

/** Whether a bundler can have written it for a constant: a literal, `!0`, `1 / 0`. */
function isConstant(node: Expression): boolean {
  switch (node.kind) {
    case "UnaryExpression":
      return isConstant(node.argument);
    case "BinaryExpression":
      return isConstant(node.left) && isConstant(node.right);
    case "TemplateLiteral":
      return node.expressions.length === 0;
    default:
      return node.kind.endsWith("Literal");
  }
}

/** Refuses names that mean something else where the runtime has put the decorator. */
function refuseHoisted(
  own: Captured,
  properties: readonly (Property | SpreadElement)[],
  readFile: (path: string) => string | undefined,
): void {
  const location = own.applied && hoistedFrom(own.site, own.applied);
  if (!location) return;
  const text = isPath(location.file) ? readFile(location.file) : undefined;
  const parameters = text === undefined ? undefined : parametersAround(text, location);
  const names = properties.map((property) => nameIn(property, keyOf(property, own), own)?.split(".")[0]);
  const name = names.find((name) => name !== undefined && (!parameters || parameters.has(name)));
  if (name === undefined) return;
  throw new EbpfError(
    ErrorCode.UnsupportedSyntax,
    `Cannot capture ${name} here: this runtime evaluates the decorators of a class in (x) => class … outside of the arrow function`,
    { remedy: hoistedRemedy, location: callerOf(own.site) },
  );
}

const hoistedRemedy = "For (name) => class … write (name) => { return class … }";

function evaluate({ captures, site }: Captured): Readonly<Record<string, unknown>> {
  try {
    return captures();
  } catch (cause) {
    throw new EbpfError(ErrorCode.UnknownName, `Cannot evaluate the captures: ${(cause as Error)?.message ?? cause}`, {
      remedy: "Everything that is captured must be there when the program is generated" + (
        // Deno evaluates such a class's decorators outside of the arrow function.
        cause instanceof ReferenceError ? `. ${hoistedRemedy}` : ""
      ),
      location: callerOf(site),
      cause,
    });
  }
}

function unreadable({ site }: Captured, why: string, remedy = `Write them as ${usage}`): EbpfError {
  return new EbpfError(ErrorCode.UnsupportedSyntax, `Cannot read the names of the captures: ${why}`, {
    remedy,
    location: callerOf(site),
  });
}
