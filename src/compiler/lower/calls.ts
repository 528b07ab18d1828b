/**
 * Calls: users' functions are inlined, the runtime's own run at generation time where everything is known, and the few that
 * have a meaning in the program are lowered by `builtins.ts`.
 *
 * @module
 */

import { ErrorCode } from "../../errors.ts";
import type { CallExpression, Expression, FunctionExpression, Span } from "../../syntax/ast.ts";
import type { AnyFunction } from "../unit.ts";
import { demandNoThis } from "./arrows.ts";
import { BUILTINS } from "./builtins.ts";
import { withDefault, withEach } from "./choices.ts";
import type { Context, Frame, Scope } from "./context.ts";
import { describe } from "./describe.ts";
import { lowerExpression } from "./expressions.ts";
import { callSeparate, demandPassable, inlined, type UserCall } from "./functions.ts";
import { INTRINSICS } from "./intrinsics.ts";
import { elementsOf } from "./lists.ts";
import { change, isChanging, listing, made, resultOf } from "./made.ts";
import { refuseMap } from "./maps.ts";
import { goOnWith, isNative, lowerChain, lowerMember } from "./members.ts";
import { declare, forget } from "./names.ts";
import { type Callable, type Closure, known, listOf, type Operand, UNDEFINED } from "./operand.ts";
import { isOurs } from "./ours.ts";
import { callPacketMethod } from "./packets.ts";
import { lowerPattern } from "./patterns.ts";
import { isPure } from "./pure.ts";
import { nearestMember } from "./spelling.ts";
import { lowerStatements } from "./statements.ts";

export function lowerCall(context: Context, node: CallExpression): Operand {
  const before = lowerCallee(context, node.callee);
  const callee = node.optional ? goOnWith(context, before) : before;
  if (callee.kind === "static" && callee.value === undefined) {
    refuseMissing(context, node.callee);
  }
  const operands = node.arguments.flatMap((argument) => lowerArgument(context, argument));
  context.at(node);
  return call(context, callee, operands, node);
}

function refuseMissing(context: Context, callee: Expression): never {
  if (callee.kind !== "MemberExpression" || callee.property.kind !== "StringLiteral") {
    return context.fail(
      ErrorCode.TypeMismatch,
      callee,
      "Cannot call this function: there is none of that name",
      "Define it as a method of the class, or capture it",
    );
  }
  const { value: name } = callee.property;
  const owner = lowerExpression(context, callee.object);
  const nearest = owner.kind === "static" ? nearestMember(owner.value, name) : undefined;
  return context.fail(
    ErrorCode.TypeMismatch,
    callee,
    `Cannot call ${name}(): there is no function of that name`,
    nearest ? `Is ${nearest}() meant?` : "Define it as a method of the class, or capture it",
  );
}

/** A function where it is called: a member keeps its object, which is `this` in it. */
function lowerCallee(context: Context, node: Expression): Operand {
  if (node.kind === "MemberExpression") return lowerMember(context, node);
  if (node.kind === "ChainExpression" && node.expression.kind === "MemberExpression") {
    return lowerChain(context, node.expression, lowerMember);
  }
  return lowerExpression(context, node);
}

/** Calls what an operand stands for; `owner` is `this`, unless the operand has its own. */
export function call(
  context: Context,
  callee: Operand,
  operands: readonly Operand[],
  span: Span,
  owner: Operand = UNDEFINED,
): Operand {
  if (callee.kind === "choice") {
    return withEach(context, callee, (option) => call(context, option, operands, span, owner));
  }
  if (callee.kind === "closure") return callClosure(context, callee, owner, operands, span);
  if (callee.kind === "static" && typeof callee.value === "function") {
    return callFunction(context, callee.value, owner, operands, span);
  }
  if (callee.kind !== "callable") {
    return context.fail(
      ErrorCode.TypeMismatch,
      span,
      `Cannot call ${describe(callee)}: it is no function`,
      "Call a method of the class, a captured function, or one of Math's",
    );
  }
  const indirect = indirectCall(callee, operands);
  if (indirect) return call(context, indirect.fn, indirect.operands, span, indirect.owner);
  if (callee.method) return callee.method(operands, span);
  if (callee.fn) return callFunction(context, callee.fn, callee.owner, operands, span);
  if (callee.closure) return callClosure(context, callee.closure, callee.owner, operands, span);
  return callPacketMethod(context, callee.name, operands, span);
}

/** `fn.call(owner, …)` and `fn.apply(owner, list)`: the function, its `this`, and what it is given. */
function indirectCall(
  { fn, owner }: Callable,
  [newOwner = UNDEFINED, ...rest]: readonly Operand[],
): { readonly fn: Operand; readonly owner: Operand; readonly operands: readonly Operand[] } | undefined {
  if (owner.kind !== "closure" && (owner.kind !== "static" || typeof owner.value !== "function")) return undefined;
  if (fn === Function.prototype.call) return { fn: owner, owner: newOwner, operands: rest };
  const operands = fn === Function.prototype.apply ? elementsOf(rest[0] ?? known([])) : undefined;
  return operands && { fn: owner, owner: newOwner, operands };
}

export function lowerArgument(context: Context, argument: CallExpression["arguments"][number]): Operand[] {
  if (argument.kind !== "SpreadElement") return [lowerExpression(context, argument)];
  const operand = lowerExpression(context, argument.argument);
  refuseMap(context, operand, argument);
  if (operand.kind === "list") return [...operand.elements];
  if (operand.kind === "static" && isIterable(operand.value)) return [...operand.value].map(known);
  return context.fail(
    ErrorCode.UnsupportedSyntax,
    argument,
    `Cannot spread ${describe(operand)}`,
    "Only arrays known at generation time can be spread",
  );
}

/** Whether an operand needs the program: a word, or a function to be compiled. */
function isRunTime(operand: Operand): boolean {
  return operand.kind !== "static" || typeof operand.value === "function";
}

function isIterable(value: unknown): value is Iterable<unknown> {
  return typeof (value as Iterable<unknown> | undefined)?.[Symbol.iterator] === "function";
}

/** Calls a live function: one with a meaning at run time, the runtime's own, or a user's. */
function callFunction(
  context: Context,
  fn: AnyFunction,
  owner: Operand,
  operands: readonly Operand[],
  span: Span,
): Operand {
  const intrinsic = context.unit.intrinsics?.get(fn);
  if (intrinsic !== undefined) return INTRINSICS[intrinsic](context, operands, span);
  const builtin = BUILTINS.get(fn);
  if (builtin && (owner.kind !== "static" || operands.some(isRunTime))) {
    return resultOf(context, fn, builtin(context, operands, span, owner));
  }
  if (!isNative(fn) && !isPure(fn)) return callUser(context, fn, owner, operands, span);
  if (fn.name.startsWith("bound ")) {
    context.fail(
      ErrorCode.UnsupportedSyntax,
      span,
      `Cannot call ${fn.name.slice(6) || "the function"}: it is bound, and has no text to compile`,
      "Use the function that bind() was called on, with call() or an arrow function",
    );
  }
  return callAtGeneration(context, fn, owner, operands, span);
}

/** Functions that look at what is in their argument. */
const LOOKING_INSIDE: ReadonlySet<AnyFunction> = new Set<AnyFunction>(
  [Array.from, Object.entries, Object.fromEntries, Object.keys, Object.values],
);

/** Runs one of the runtime's own functions now: everything about it must be known, and once must be enough. */
function callAtGeneration(
  context: Context,
  fn: AnyFunction,
  owner: Operand,
  operands: readonly Operand[],
  span: Span,
): Operand {
  const isChange = isChanging(fn) && owner.kind === "static" && context.builder.heap.has(owner.value);
  if (isChanging(fn) && owner.kind === "list") {
    context.fail(
      ErrorCode.UnsupportedSyntax,
      span,
      `Cannot call ${fn.name}() here: an array with values of the run does not change`,
      "Make another one: [...list, x], list.slice(1), list.toReversed()",
    );
  }
  if (!isPure(fn) && !isChange) refuseImpure(context, fn, span);
  const values = [owner, ...operands].map((operand) => {
    if (LOOKING_INSIDE.has(fn)) refuseMap(context, operand, span);
    if (operand.kind === "static") return operand.value;
    return context.fail(
      ErrorCode.UnsupportedSyntax,
      span,
      isChange
        ? `Cannot keep ${describe(operand)} by ${fn.name}(): the object exists at generation time only`
        : `Cannot call ${fn.name}() with ${describe(operand)}: it exists at generation time only`,
      isChange
        ? "Keep what the run brings in locals, or in an array variable: @localVar(array(u32, 4)) accessor"
        : "Call it with values known at generation time, or compute with operators",
    );
  });
  try {
    const run = () => Reflect.apply(fn, values[0], values.slice(1));
    return isChange
      ? change(context, fn, values[0] as object, run)
      : resultOf(context, fn, listing(context, fn, owner, run()));
  } catch (error) {
    return context.fail(
      ErrorCode.TypeMismatch,
      span,
      `Cannot evaluate ${fn.name}() at generation time: ${(error as Error).message}`,
      "Check its arguments: they are what the fields hold now",
    );
  }
}

const INSTEAD: ReadonlyMap<AnyFunction, string> = new Map<AnyFunction, string>([
  [Math.random, "Use this.bpf.getPrandomU32()"],
  [Function.prototype.bind, "Use an arrow function: (x) => this.add(x)"],
]);

function refuseImpure(context: Context, fn: AnyFunction, span: Span): never {
  if (isChanging(fn)) {
    context.fail(
      ErrorCode.UnsupportedSyntax,
      span,
      `Cannot call ${fn.name}() here: the program may change only what it has made itself`,
      "Change it before load(), or a copy: const list = [...this.list]; what runs remember is for a HashMap or a variable",
    );
  }
  return context.fail(
    ErrorCode.UnsupportedSyntax,
    span,
    `Cannot call ${fn.name}() in a program: it would run once, at generation`,
    INSTEAD.get(fn) ?? "Call it before load(), and keep the result in a field",
  );
}

/** Calls a function of the user's: one that is emitted once, or a copy in place. */
export function callUser(
  context: Context,
  fn: AnyFunction,
  owner: Operand,
  operands: readonly Operand[],
  span: Span,
): Operand {
  // Arrow functions are the same on whatever object.
  const isBound = (at: Frame) => at.source.tree.form === "arrow" || isSameOwner(at.thisOperand, owner);
  for (let at: Frame | undefined = context.frame; at; at = at.caller) {
    if (at.fn === fn && at.thisOperand.kind === owner.kind && isBound(at)) {
      context.fail(
        ErrorCode.UnsupportedSyntax,
        span,
        `Cannot call ${fn.name ? `${fn.name}()` : "a function"} from itself: recursion has no bound`,
        "Write a loop",
      );
    }
  }
  if (isClass(fn)) {
    context.fail(
      ErrorCode.UnsupportedSyntax,
      span,
      `Cannot call the class ${fn.name}`,
      "Call one of its static methods",
    );
  }
  const source = context.source(fn);
  const { tree } = source;
  const isArrow = tree.form === "arrow";
  if (isArrow) demandNoThis(context, tree, span);
  const frame = {
    source,
    fn,
    thisOperand: isArrow ? UNDEFINED : owner,
    captures: context.unit.captures(fn),
    isOurs: isOurs(context.unit, fn),
    scope: { parent: undefined, names: new Map() },
  };
  const lower = () => inline(context, tree, operands, span, frame);
  if (frame.isOurs) return lower();
  const call: UserCall = { fn, owner, operands, span, frame };
  demandPassable(context, call);
  return callSeparate(context, call)?.operand ?? inlined(context, call, lower);
}

function isClass(fn: AnyFunction): boolean {
  return /^(?:class\b|@)/.test(Function.prototype.toString.call(fn));
}

function isSameOwner(a: Operand, b: Operand): boolean {
  return a.kind !== "static" || b.kind !== "static" || Object.is(a.value, b.value);
}

/** Whether a scope is inside another: that of a function's call inside the one that the function was written in. */
function isWithin(inner: Scope, outer: Scope): boolean {
  for (let at: Scope | undefined = inner; at; at = at.parent) if (at === outer) return true;
  return false;
}

function callClosure(
  context: Context,
  { tree, frame: home, scope }: Closure,
  owner: Operand,
  operands: readonly Operand[],
  span: Span,
): Operand {
  for (let at: Frame | undefined = context.frame; at; at = at.caller) {
    if (at.tree === tree && isWithin(at.scope, scope)) {
      context.fail(
        ErrorCode.UnsupportedSyntax,
        span,
        "Cannot call a function from itself: recursion has no bound",
        "Write a loop",
      );
    }
  }
  const { source, fn, captures, isOurs } = home;
  return inline(context, tree, operands, span, {
    source,
    fn,
    thisOperand: tree.form === "arrow" ? home.thisOperand : owner,
    captures,
    isOurs,
    scope: { parent: scope, names: new Map() },
  });
}

/** Lowers a function's body in place; what its returns bring is the call's operand. */
function inline(
  context: Context,
  tree: FunctionExpression,
  operands: readonly Operand[],
  span: Span,
  frame: Pick<Frame, "source" | "fn" | "thisOperand" | "captures" | "isOurs" | "scope">,
): Operand {
  const caller = context.frame;
  const { origin } = context.builder;
  const returns = context.builder.label();
  context.frame = { ...frame, tree, caller, returns, finish: (operand) => operand, exits: [] };
  try {
    bindParameters(context, tree, operands);
    lowerBody(context, tree);
    forget(context, frame.scope);
  } finally {
    context.frame = caller;
    context.builder.origin = origin;
  }
  context.at(span);
  return context.builder.place(returns) ?? UNDEFINED;
}

/** The body of a function whose parameters are bound: ends at the frame's `returns`. */
export function lowerBody(context: Context, tree: FunctionExpression): void {
  const { frame, builder } = context;
  if (tree.body.kind === "BlockStatement") {
    lowerStatements(context, tree.body.body);
    if (builder.reachable) builder.goto(frame.returns, frame.finish(UNDEFINED, endOf(tree)));
    return;
  }
  const operand = lowerExpression(context, tree.body as Expression);
  if (builder.reachable) builder.goto(frame.returns, frame.finish(operand, tree.body));
}

function endOf(tree: FunctionExpression): Span {
  return { start: tree.end - 1, end: tree.end };
}

export function bindParameters(context: Context, tree: FunctionExpression, operands: readonly Operand[]): void {
  tree.parameters.forEach((parameter, i) => {
    if (parameter.rest) return lowerPattern(context, parameter.target, made(context, listOf(operands.slice(i))), bind);
    let operand = operands[i] ?? UNDEFINED;
    const { initial } = parameter;
    if (initial) operand = withDefault(context, operand, () => lowerExpression(context, initial));
    lowerPattern(context, parameter.target, operand, bind);
  });

  function bind(name: string, operand: Operand): void {
    declare(context, name, false, operand);
  }
}
