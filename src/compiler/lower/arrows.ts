/**
 * `this` in arrow functions that exist before the program is generated: that of the place where they were written, which
 * only the text of a class can tell.
 *
 * @module
 */

import { ErrorCode } from "../../errors.ts";
import type { FunctionExpression, Span } from "../../syntax/ast.ts";
import { type Token, tokenize } from "../../syntax/tokens.ts";
import type { AnyFunction } from "../unit.ts";
import type { Context, Frame } from "./context.ts";
import { known, type Operand, UNDEFINED } from "./operand.ts";

/** What `this` is in an arrow function that is called on `owner`. */
export function thisOfArrow(
  context: Context,
  fn: AnyFunction,
  tree: FunctionExpression,
  owner: Operand,
  span: Span,
): Operand {
  if (!namesThis(tree.body) && !namesThis(tree.parameters)) return UNDEFINED;
  const writer = candidates(context, owner).find((object) => wasWrittenFor(object, fn));
  if (writer) return known(writer);
  return context.fail(
    ErrorCode.UnsupportedSyntax,
    span,
    "Cannot tell what `this` is in this arrow function: it is that of the place where the function was written",
    "Make it a method, f() { … }, or a field of the class, f = () => …",
  );
}

/** The objects that it may have been written for: those that the program is about here. */
function candidates(context: Context, owner: Operand): readonly object[] {
  const found = new Set<object>();
  const add = (operand: Operand) => {
    const value = operand.kind === "static" ? operand.value : undefined;
    if (typeof value === "object" && value !== null || typeof value === "function") found.add(value);
  };
  add(owner);
  for (let at: Frame | undefined = context.frame; at; at = at.caller) add(at.thisOperand);
  add(known(context.unit.instance));
  return [...found];
}

/** Whether a tree says `this` or `super` and means the function's own: functions inside have theirs, but arrows. */
function namesThis(node: unknown): boolean {
  if (Array.isArray(node)) return node.some(namesThis);
  if (typeof node !== "object" || node === null) return false;
  const { kind, form } = node as { readonly kind?: string; readonly form?: string };
  if (kind === "ThisExpression" || kind === "SuperExpression") return true;
  if (kind === "FunctionExpression" && form !== "arrow") return false;
  return Object.values(node).some(namesThis);
}

/** Whether the text of an object's class has the function in the value of a field, and that field of the object leads to it. */
function wasWrittenFor(object: object, fn: AnyFunction): boolean {
  const text = textOf(fn);
  return classesOf(object).some((written) => {
    return fieldsWith(textOf(written), text, object === written)
      .some((field) => (field === undefined ? Object.keys(object) : [field]).some((name) => leadsTo(object, name, fn)));
  });
}

/** A class itself, for its static fields; the classes of any other object. */
function classesOf(object: object): readonly AnyFunction[] {
  if (typeof object === "function") return [object];
  const found: AnyFunction[] = [];
  for (let at = Object.getPrototypeOf(object); at; at = Object.getPrototypeOf(at)) {
    const written = Object.getOwnPropertyDescriptor(at, "constructor")?.value;
    if (typeof written === "function") found.push(written);
  }
  return found;
}

/** Fields of objects in fields are followed so far. */
const DEEPEST = 5;

function leadsTo(object: object, name: string, fn: AnyFunction, depth = 0): boolean {
  const descriptor = Object.getOwnPropertyDescriptor(object, name);
  // A field that was folded is a getter now.
  const value = descriptor?.get ? Reflect.apply(descriptor.get, object, []) : descriptor?.value;
  if (value === fn) return true;
  if (typeof value !== "object" || value === null || depth === DEEPEST) return false;
  if (value instanceof Map || value instanceof Set) return [...value].flat().includes(fn);
  return Object.keys(value).some((key) => leadsTo(value, key, fn, depth + 1));
}

/**
 * The fields in whose values a class's text has a function's text where `this` is the new object (or the class, of static
 * ones); `undefined` for the constructor, which may give it to any.
 */
function fieldsWith(classText: string, text: string, isStatic: boolean): (string | undefined)[] {
  const found: (string | undefined)[] = [];
  if (!classText.includes(text) || !/^class\b/.test(classText)) return found;
  const { list } = tokenize(classText, true);
  for (let at = classText.indexOf(text); at >= 0; at = classText.indexOf(text, at + 1)) {
    const member = memberAround(list, at, isStatic);
    if (member) found.push(member.name);
  }
  return found;
}

/** The field or constructor around a place of a class's text; `undefined` where a function of its own is in between. */
function memberAround(
  list: readonly Token[],
  offset: number,
  isStatic: boolean,
): { readonly name: string | undefined } | undefined {
  const [body, ...inner] = openedBefore(list, offset);
  if (body === undefined) return undefined;
  const isArrowBody = (index: number) => list[index - 1].text === "=>";
  const constructs = inner.length > 0 && isConstructor(list, inner[0]);
  const nested = constructs ? inner.slice(1) : inner;
  if (nested.some((index) => list[index].text === "{" && !isArrowBody(index) && isFunctionBody(list, index))) {
    return undefined;
  }
  if (constructs) return isStatic ? undefined : { name: undefined };
  const last = inner[0] ?? list.findIndex(({ start }) => start === offset);
  for (let at = last - 1; at > body + 1; at--) {
    const { text, kind } = list[at];
    if (text === ";" || text === "}") return undefined;
    if (text !== "=" || kind !== "punctuator") continue;
    const name = list[at - 1];
    return (list[at - 2].text === "static") === isStatic ? { name: name.text } : undefined;
  }
  return undefined;
}

/** The brackets that are open at a place, from the class's own on. */
function openedBefore(list: readonly Token[], offset: number): number[] {
  const open: number[] = [];
  for (let index = 0; index < list.length && list[index].start < offset; index++) {
    while (open.length > 0 && list[open[open.length - 1]].pair === index) open.pop();
    if (list[index].pair > index) open.push(index);
  }
  const body = open.findIndex((index) => list[index].text === "{");
  return body < 0 ? [] : open.slice(body);
}

function isConstructor(list: readonly Token[], index: number): boolean {
  return isFunctionBody(list, index) && list[matching(list, index - 1) - 1].text === "constructor";
}

/** `) {`: a function's body, unless a statement like `if` stands before the parentheses. */
function isFunctionBody(list: readonly Token[], index: number): boolean {
  if (list[index].text !== "{" || list[index - 1].text !== ")") return false;
  return !/^(?:if|for|while|switch|catch|with)$/.test(list[matching(list, index - 1) - 1].text);
}

/** The opening bracket of a closing one. */
function matching(list: readonly Token[], closing: number): number {
  return list.findIndex(({ pair }) => pair === closing);
}

function textOf(fn: AnyFunction): string {
  return Function.prototype.toString.call(fn);
}
