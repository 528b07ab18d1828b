/**
 * What a name in the text denotes (rules 1 to 3): a local, a capture, the class around the method or its base class, one
 * of JavaScript's globals, or the library's base class.
 *
 * @module
 */

import { ErrorCode } from "../../errors.ts";
import type { Expression, FunctionExpression, Identifier, MemberExpression, Span } from "../../syntax/ast.ts";
import { CONSOLE } from "./console.ts";
import type { Context, Scope } from "./context.ts";
import { describe } from "./describe.ts";
import { homesOf } from "./home.ts";
import { type Binding, known, type Operand, UNDEFINED } from "./operand.ts";

/** JavaScript's globals that a program may name. */
const GLOBALS: ReadonlyMap<string, unknown> = new Map<string, unknown>([
  ["undefined", undefined],
  ["NaN", NaN],
  ["isNaN", isNaN],
  ["isFinite", isFinite],
  ["parseInt", parseInt],
  ["parseFloat", parseFloat],
  ["Infinity", Infinity],
  ["Math", Math],
  ["Number", Number],
  ["BigInt", BigInt],
  ["Boolean", Boolean],
  ["String", String],
  ["Array", Array],
  ["Object", Object],
  ["Map", Map],
  ["Set", Set],
  ["console", CONSOLE],
]);

const USER_SPACE = "It exists in user space only: prepare what the program needs before load(), in fields";

/** Names of JavaScript that people try in a program, and what to do instead. */
const NOT_IN_PROGRAMS: Readonly<Record<string, string>> = {
  arguments: "Name the parameters",
  eval: "Write the code itself: all of it is compiled",
  Function: "Write the code itself: all of it is compiled",
  Date: "Use this.bpf.ktimeGetNs(), which counts nanoseconds since the start of the system",
  performance: "Use this.bpf.ktimeGetNs(), which counts nanoseconds since the start of the system",
  JSON: "Texts exist at generation time only: prepare what the program needs before load(), in fields",
  Uint8Array: "Read the packet with packet.getUint8(offset), or declare an array variable: @globalVar(array(u8, 64))",
  DataView: "The packet is one: packet.getUint16(12)",
  Error: 'Throw without looking at it: throw new Error("why")',
  fetch: USER_SPACE,
  setTimeout: USER_SPACE,
  setInterval: USER_SPACE,
  Promise: USER_SPACE,
  globalThis: USER_SPACE,
  window: USER_SPACE,
  process: USER_SPACE,
  Deno: USER_SPACE,
  Bun: USER_SPACE,
};

/** Reads a name. */
export function lowerIdentifier(context: Context, node: Identifier): Operand {
  const binding = findBinding(context.frame.scope, node.name);
  if (binding) return readBinding(context, binding, node);
  const { captures, source } = context.frame;
  if (captures?.has(node.name)) {
    refuseShadowedBuiltin(context, node, captures.get(node.name));
    return known(captures.get(node.name));
  }
  if (context.classNames.has(node.name)) return known(context.classNames.get(node.name));
  if (context.unit.builtins.has(node.name)) return known(context.unit.builtins.get(node.name));
  if (GLOBALS.has(node.name)) return known(GLOBALS.get(node.name));
  const name = source.nameAt(node);
  const reason = NOT_IN_PROGRAMS[name];
  const replaced = replacedMethod(context);
  if (replaced !== undefined) {
    context.fail(
      ErrorCode.UnknownName,
      node,
      `Cannot see ${name} from ${replaced}(): its text is that of another function, which stands in its place`,
      `Leave out the decorator that wraps ${replaced}()` +
        (reason ? "" : `, or have it return kernel(() => ({ ${name} }), function …)`),
    );
  }
  if (reason) context.fail(ErrorCode.UnsupportedSyntax, node, `Cannot use ${name} in a program`, reason);
  return context.fail(
    ErrorCode.UnknownName,
    node,
    `Cannot see ${name} from the program: a program sees \`this\`, its parameters and locals, and what it captures`,
    remedyFor(context, node, name),
  );
}

/** What to do about a name that the program cannot see: what bundlers rename needs more than the name that they gave it. */
function remedyFor(
  { unit, frame: { captures, fn, source, thisOperand } }: Context,
  node: Identifier,
  name: string,
): string {
  const { form, name: written } = source.tree;
  if (isMember(thisOperand, name)) return `Write this.${name}: as in JavaScript, members need it`;
  const own = written ?? (fn.name || "…");
  const isMethod = form !== "function" && form !== "arrow";
  const at = (entry: string) =>
    isMethod ? `@kernel(() => ({ ${entry} })) above ${own}` : `kernel(() => ({ ${entry} }), ${own})`;
  const owner = [...unit.builtins].find(([, value]) => Object.hasOwn(Object(value), name))?.[0];
  if (owner !== undefined) return `Write ${owner}.${name}`;
  const member = /^\s*\.\s*(\w+)/.exec(source.text.slice(node.end))?.[1] ?? "";
  if (unit.builtins.has(member)) return `Capture ${member} from it: ${at(`${member}: ${name}.${member}`)}`;
  const builtin = [...unit.builtins].find(([, value]) => Object.keys(Object(value)).includes(member))?.[0];
  if (builtin !== undefined) {
    return `If it is ${builtin}, renamed by a bundler or an import, capture it by its name in the source: ${
      at(builtin)
    }`;
  }
  const capture = captures ? `add it to what is captured: ${at(`…, ${name}`)}` : `capture it: ${at(name)}`;
  return isMethod ? `Put it on the instance (this.${name}), or ${capture}` : `Make it a parameter, or ${capture}`;
}

/** Whether an object has a member of that name: its `this.` may just be missing. */
function isMember(owner: Operand, name: string): boolean {
  return owner.kind === "static" && typeof owner.value === "object" && owner.value !== null && name in owner.value;
}

/** The method in whose place the function stands that is no method by its text: decorators put wrappers there. */
function replacedMethod({ frame: { fn, source, thisOperand } }: Context): string | undefined {
  const { form } = source.tree;
  if (thisOperand.kind !== "static" || (form !== "function" && form !== "arrow")) return undefined;
  const [home] = homesOf(thisOperand.value, fn);
  const own = Object.entries(Object.getOwnPropertyDescriptors(home ?? {}));
  return own.find(([, { value, get, set }]) => [value, get, set].includes(fn))?.[0];
}

export function findBinding(scope: Scope | undefined, name: string): Binding | undefined {
  for (let at = scope; at; at = at.parent) {
    const binding = at.names.get(name);
    if (binding) return binding;
  }
  return undefined;
}

/** Makes a name of the innermost block. */
export function declare(context: Context, name: string, constant: boolean, operand: Operand): void {
  const binding: Binding = { name, constant };
  context.frame.scope.names.set(name, binding);
  context.builder.state.locals.set(binding, operand);
}

/** Gives a local a new value. */
export function assignLocal(context: Context, node: Identifier, operand: Operand): void {
  const binding = findBinding(context.frame.scope, node.name);
  const name = context.frame.source.nameAt(node);
  if (!binding && context.frame.captures?.has(node.name)) {
    context.fail(
      ErrorCode.UnsupportedSyntax,
      node,
      `Cannot assign ${name}: it is captured, and a constant of this generation`,
      `Make it a variable of the class: @globalVar(u32) accessor ${name} = 0`,
    );
  }
  if (!binding) {
    context.fail(
      ErrorCode.UnknownName,
      node,
      `Cannot assign ${name}: it is no local of the program`,
      isMember(context.frame.thisOperand, name)
        ? `Write this.${name}: as in JavaScript, members need it`
        : `Declare it with let, or as a variable of the class: @globalVar(u32) accessor ${name} = 0`,
    );
  }
  if (binding.constant) {
    context.fail(ErrorCode.TypeMismatch, node, `Cannot assign ${name}: it is a const`, "Declare it with let");
  }
  if (!context.builder.reachable) return;
  if (!context.builder.state.locals.has(binding)) refuseEarly(context, node, "assign");
  context.builder.state.locals.set(binding, operand);
}

/** A name of this block whose declaration is further down. */
export function reserve(context: Context, name: string): void {
  context.frame.scope.names.set(name, { name, constant: false });
}

function refuseEarly(context: Context, span: Span, verb: string): never {
  const name = context.frame.source.nameAt(span);
  return context.fail(ErrorCode.UnknownName, span, `Cannot ${verb} ${name} before its declaration`, "Declare it above");
}

/** Runs `body` with a scope of its own, whose names are forgotten afterwards. */
export function withScope<Result>(context: Context, body: () => Result): Result {
  const { frame } = context;
  const outer = frame.scope;
  const scope: Scope = { parent: outer, names: new Map() };
  frame.scope = scope;
  try {
    return body();
  } finally {
    frame.scope = outer;
    forget(context, scope);
  }
}

/** Lets go of a scope's locals at its end, unless a function may still read them. */
export function forget({ builder }: Context, { names, outlives }: Scope): void {
  if (outlives) return;
  for (const binding of names.values()) builder.state.locals.delete(binding);
}

/** A function of the text, as a value. */
export function closure({ frame }: Context, tree: FunctionExpression): Operand {
  for (let scope: Scope | undefined = frame.scope; scope && !scope.outlives; scope = scope.parent) {
    scope.outlives = true;
  }
  return { kind: "closure", tree, frame, scope: frame.scope };
}

/** `library.PORT`, where just that is captured, or is what the class extends. */
export function capturedPath(context: Context, node: MemberExpression): Operand | undefined {
  const { captures, scope } = context.frame;
  const path = pathOf(node);
  if (path === undefined) return undefined;
  const table = captures?.has(path) ? captures : context.classNames;
  if (!table.has(path) || findBinding(scope, path.slice(0, path.indexOf(".")))) return undefined;
  return known(table.get(path));
}

/** A name or names with dots between them. */
function pathOf(node: Expression): string | undefined {
  if (node.kind === "Identifier") return node.name;
  if (node.kind !== "MemberExpression" || node.optional || node.property.kind !== "StringLiteral") return undefined;
  const object = pathOf(node.object);
  return object && `${object}.${node.property.value}`;
}

function readBinding(context: Context, binding: Binding, span: Span): Operand {
  const operand = context.builder.state.locals.get(binding);
  if (operand === undefined) {
    if (!context.builder.reachable) return UNDEFINED;
    return refuseEarly(context, span, "read");
  }
  if (operand.kind === "conflict") {
    context.fail(
      ErrorCode.TypeMismatch,
      span,
      `Cannot read ${context.frame.source.nameAt(span)}: ${operand.why}`,
      operand.remedy ?? "Give it the same type on every path, from its declaration on: let x = 0",
    );
  }
  return context.builder.current(operand);
}

function refuseShadowedBuiltin(context: Context, node: Identifier, value: unknown): void {
  const builtin = context.unit.builtins.get(node.name);
  // The library's classes stand for what they inherit their actions from.
  if (
    builtin === undefined || builtin === value || Object.prototype.isPrototypeOf.call(Object(builtin), Object(value))
  ) {
    return;
  }
  context.fail(
    ErrorCode.UnknownName,
    node,
    `Cannot capture ${describe(known(value))} as ${node.name}: that name is the library's own class`,
    "Capture it by another name",
  );
}
