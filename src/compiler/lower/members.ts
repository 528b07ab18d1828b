/**
 * Members: `this.count` is a variable if a decorator made it one, a compiled getter, or else a constant of this generation.
 *
 * @module
 */

import { ErrorCode } from "../../errors.ts";
import type { CallExpression, MemberExpression, Span } from "../../syntax/ast.ts";
import type { AnyFunction, Variable } from "../unit.ts";
import type { Label } from "./builder.ts";
import { bytesMember } from "./bytes.ts";
import { callUser } from "./calls.ts";
import { leaveNothing, withEach } from "./choices.ts";
import { CONSOLE, consoleMember } from "./console.ts";
import type { Context } from "./context.ts";
import { describe } from "./describe.ts";
import { lowerExpression } from "./expressions.ts";
import { homesOf } from "./home.ts";
import { isNothing } from "./join_choices.ts";
import { listMember } from "./lists.ts";
import { innerMapMember, isMap, mapMember } from "./maps.ts";
import { capturedPath } from "./names.ts";
import { known, type Operand } from "./operand.ts";
import { contextMember, packetMember } from "./packets.ts";
import { readVariable } from "./variables.ts";
import { derivedMember, indexedPlace, readPlace, viewMember } from "./views.ts";

/** The object and the name that a member expression speaks of. */
export interface Member {
  readonly object: Operand;
  readonly name: string;
  /** A key that is known at run time only: an index of a view. */
  readonly index?: Operand;
}

/** Ends an optional chain at a value known to be null or undefined; only {@linkcode openChain} catches it. */
class ChainEnd extends Error {}

/** `a?.b.c`: undefined as a whole where it ends early. */
export function lowerChain<Node extends MemberExpression | CallExpression>(
  context: Context,
  node: Node,
  lower: (context: Context, node: Node) => Operand = lowerExpression,
): Operand {
  const { builder } = context;
  const { result, end } = openChain(context, node, lower);
  if (!end) return result;
  builder.goto(end, result);
  return builder.place(end) ?? known(undefined);
}

/** The same, on the ways that go through all of the chain; those that end early go to `end`, if there are any. */
export function openChain<Node extends MemberExpression | CallExpression>(
  context: Context,
  node: Node,
  lower: (context: Context, node: Node) => Operand = lowerExpression,
): { readonly result: Operand; readonly end: Label | undefined } {
  const { chains } = context;
  const chain: { end?: Label } = {};
  chains.push(chain);
  let result: Operand = known(undefined);
  try {
    result = lower(context, node);
  } catch (error) {
    if (!(error instanceof ChainEnd)) throw error;
  } finally {
    chains.pop();
  }
  return { result, end: chain.end };
}

/** What stands before `?.`: the chain ends where it is null or undefined. */
export function goOnWith(context: Context, operand: Operand): Operand {
  if (isNothing(operand)) throw new ChainEnd();
  const { builder, chains } = context;
  if (operand.kind !== "choice" || !builder.optionsLeft(operand).some(isNothing)) return operand;
  const end = chains[chains.length - 1].end ??= builder.label();
  return leaveNothing(context, operand, () => builder.goto(end, known(undefined)));
}

/** A member as a value. */
export function lowerMemberValue(context: Context, node: MemberExpression): Operand {
  return detached(context, lowerMember(context, node), node);
}

/** What is left of a member when it is taken: a function leaves its object behind, as in JavaScript. */
export function detached(context: Context, operand: Operand, span: Span): Operand {
  if (operand.kind === "choice" && !operand.options.some(({ kind }) => kind === "callable")) return operand;
  return withEach(context, operand, (member) => {
    if (member.kind !== "callable") return member;
    if (member.fn) return known(member.fn);
    if (member.closure) return member.closure;
    return context.fail(
      ErrorCode.UnsupportedSyntax,
      span,
      `Cannot take ${member.name}() from its object`,
      `Call it there: object.${member.name}(…)`,
    );
  });
}

/** A member as it is called: a function with its object. */
export function lowerMember(context: Context, node: MemberExpression): Operand {
  if (node.object.kind === "SuperExpression") return superMember(context, node);
  const captured = capturedPath(context, node);
  if (captured) return captured;
  return readMember(context, lowerMemberParts(context, node), node);
}

/** Evaluates the object and the key, without reading. */
export function lowerMemberParts(context: Context, node: MemberExpression): Member {
  const before = lowerExpression(context, node.object);
  if (node.object.kind === "ThisExpression" && isNothing(before)) refuseNoThis(context, node);
  const object = node.optional ? goOnWith(context, before) : before;
  if (node.property.kind === "PrivateName") return { object, name: `#${node.property.name}` };
  if (!node.computed && node.property.kind === "StringLiteral") return { object, name: node.property.value };
  const key = lowerExpression(context, node.property);
  if (key.kind !== "static" && object.kind === "view") return { object, name: "", index: key };
  if (key.kind !== "static") {
    context.fail(
      ErrorCode.UnsupportedSyntax,
      node.property,
      `Cannot index ${describe(object)} with a run-time value`,
      "Use an array variable: @globalVar(array(u32, 64)) accessor table",
    );
  }
  return { object, name: String(key.value) };
}

function refuseNoThis(context: Context, node: MemberExpression): never {
  const { tree } = context.frame;
  const own = tree.name ?? "f";
  return context.fail(
    ErrorCode.TypeMismatch,
    node,
    `Cannot use this in ${own}(): nothing stands before the dot where it is called, so that it is undefined`,
    `Call it on its object, or from an arrow function: () => this.${own}()`,
  );
}

export function readMember(context: Context, { object, name, index }: Member, span: Span): Operand {
  context.at(span);
  if (object.kind === "choice") {
    if (context.builder.optionsLeft(object).some(isNothing)) {
      context.fail(
        ErrorCode.TypeMismatch,
        span,
        `Cannot read .${name} here: the object is ${describe(object)}`,
        `Write ?.${name}, or test it first: if (x !== undefined)`,
      );
    }
    return withEach(context, object, (object) => readMember(context, { object, name, index }, span));
  }
  if (object.kind === "view") {
    if (object.place.type.kind === "map") return innerMapMember(context, object, name, span);
    if (index) return readPlace(context, indexedPlace(context, object, index, span), span);
    const derived = derivedMember(object, name);
    if (derived?.get) return callUser(context, derived.get, object, [], span);
    if (derived) return { kind: "callable", owner: object, name, fn: derived.value };
    return bytesMember(context, object, name) ?? viewMember(context, object, name, span);
  }
  if (object.kind === "packet") return packetMember(context, name, span);
  if (object.kind === "context") return contextMember(context, name, span);
  if (object.kind === "list") return ofObject(object, name, listMember(object, name));
  if (object.kind === "record") return ofObject(object, name, object.fields.get(name) ?? known(undefined));
  if (object.kind === "callable") {
    const fn = object.fn ? known(object.fn) : object.closure;
    if (fn) return readMember(context, { object: fn, name, index }, span);
  }
  if (object.kind === "closure" && Object.hasOwn(OF_FUNCTIONS, name)) {
    return { kind: "callable", owner: object, name, fn: OF_FUNCTIONS[name] };
  }
  if (object.kind !== "static") {
    return context.fail(
      ErrorCode.TypeMismatch,
      span,
      `Cannot read .${name} of ${describe(object)}`,
      object.kind === "word"
        ? "What is computed at run time has no members: use operators"
        : "Only objects have members",
    );
  }
  const { value } = object;
  if (value === null || value === undefined) {
    return context.fail(
      ErrorCode.TypeMismatch,
      span,
      `Cannot read .${name} of ${value}`,
      "Give the field a value before load()",
    );
  }
  if (value === CONSOLE) return consoleMember(context, name, span);
  if (isMap(context, value)) return mapMember(context, value, name, span);
  const variable = variableOf(context, value, name);
  if (variable) return readVariable(context, { variable, owner: value as object, name }, span);
  return readProperty(context, value, name, span);
}

/** What functions of the text have as members. */
const OF_FUNCTIONS: Readonly<Record<string, AnyFunction>> = {
  call: Function.prototype.call,
  apply: Function.prototype.apply,
};

/** A member of an object with run-time values: a function keeps the object for when it is called. */
function ofObject(owner: Operand, name: string, member: Operand): Operand {
  if (member.kind === "closure") return { kind: "callable", owner, name, closure: member };
  if (member.kind === "choice") {
    return { ...member, options: member.options.map((option) => ofObject(owner, name, option)) };
  }
  const isFunction = member.kind === "static" && typeof member.value === "function";
  return isFunction ? { kind: "callable", owner, name, fn: member.value as AnyFunction } : member;
}

export function variableOf(context: Context, owner: unknown, name: string): Variable | undefined {
  return typeof owner === "object" && owner !== null ? context.unit.variable(owner, name) : undefined;
}

/** A plain property, folded into the code; a user's getter is compiled, never run. */
function readProperty(context: Context, owner: unknown, name: string, span: Span): Operand {
  if (name.startsWith("#")) {
    return context.fail(
      ErrorCode.UnsupportedSyntax,
      span,
      `Cannot use the private member ${name}: JavaScript hides it from the compiler`,
      `Drop the #; only variables may have it: @globalVar(u32) accessor ${name}`,
    );
  }
  const descriptor = findDescriptor(Object(owner), name);
  if (!descriptor) {
    refuseMisspelt(context, owner, name, span);
    return known(undefined);
  }
  if (!descriptor.get && !descriptor.set) {
    const value = descriptor.value;
    if (typeof value === "function") return { kind: "callable", owner: known(owner), name, fn: value };
    if (isObject(owner)) context.unit.folded?.(owner, name, context.frame.source.locate(span.start));
    return known(value);
  }
  if (!descriptor.get) return known(undefined);
  if (isNative(descriptor.get) || context.unit.isConstant?.(descriptor.get)) {
    return known(Reflect.get(Object(owner), name));
  }
  return callUser(context, descriptor.get, known(owner), [], span);
}

/** Nothing is missing in the library's own classes: `XDP.PAS` is no undefined action. */
function refuseMisspelt(context: Context, owner: unknown, name: string, span: Span): void {
  if (typeof owner !== "function") return;
  // A program's text may also name the class that it extends, which is the library's own.
  const isOwn = (builtin: unknown) => builtin === owner || builtin === Object.getPrototypeOf(owner);
  const [found, builtin] = [...context.unit.builtins].find(([, builtin]) => isOwn(builtin)) ?? [];
  if (found === undefined) return;
  context.fail(
    ErrorCode.UnknownName,
    span,
    `Cannot find ${found}.${name}`,
    `${found} has ${Object.keys(builtin as object).join(", ")}`,
  );
}

/** `super.name`: looked up from the parent of the object that the method was written in. */
function superMember(context: Context, node: MemberExpression): Operand {
  const { thisOperand } = context.frame;
  if (node.property.kind !== "StringLiteral" || thisOperand.kind !== "static") {
    return context.fail(ErrorCode.UnsupportedSyntax, node, "Cannot use super here", "Name the member: super.name");
  }
  const { value: owner } = thisOperand;
  const name = node.property.value;
  const descriptor = findDescriptor(Object.getPrototypeOf(homeOf(context, Object(owner), node)), name);
  if (typeof descriptor?.value === "function") {
    return { kind: "callable", owner: thisOperand, name, fn: descriptor.value };
  }
  if (!descriptor?.get || isNative(descriptor.get)) return known(descriptor?.value);
  const variable = variableOf(context, owner, name);
  if (!variable) return callUser(context, descriptor.get, thisOperand, [], node);
  if (findDescriptor(Object(owner), name)?.get === descriptor.get) {
    return readVariable(context, { variable, owner: owner as object, name }, node);
  }
  return context.fail(
    ErrorCode.UnsupportedSyntax,
    node,
    `Cannot read super.${name}: another variable of that name hides it`,
    "Give the variables different names",
  );
}

/** Where the method stands whose text this is. Copied to another class too, it does not say which of them it was written in. */
function homeOf(context: Context, owner: object, node: MemberExpression): object {
  const homes = homesOf(owner, context.frame.fn);
  if (homes.length === 1) return homes[0];
  return context.fail(
    ErrorCode.UnsupportedSyntax,
    node,
    homes.length === 0
      ? "Cannot find the class that super starts from: the method is none of this object's"
      : "Cannot tell which class super starts from: two classes have this very method",
    "Write the method in the class itself, not by assignment, and without a decorator that replaces it",
  );
}

export function findDescriptor(object: object, name: string): PropertyDescriptor | undefined {
  for (let at: object | null = object; at; at = Object.getPrototypeOf(at)) {
    const descriptor = Object.getOwnPropertyDescriptor(at, name);
    if (descriptor) return descriptor;
  }
  return undefined;
}

function isObject(value: unknown): value is object {
  return typeof value === "object" ? value !== null : typeof value === "function";
}

/** Whether a function is the runtime's own: it has no text to compile. */
// deno-lint-ignore ban-types -- any callable
export function isNative(fn: Function): boolean {
  return /\{\s*\[native code\]\s*\}\s*$/.test(Function.prototype.toString.call(fn));
}
