/**
 * Functions that are emitted once: a user's function that is large and called more than once becomes a function of the
 * machine (a bpf-to-bpf call), instead of a copy in each place.
 *
 * Which ones is known after a program has been lowered with everything inlined ({@linkcode planFunctions}); it is lowered
 * again with that knowledge then. Arguments are words, at most five. A function reads the packet by the context that it is
 * given. What leaves the program from within gives a number larger than any result, and the caller leaves in its turn;
 * where results take all numbers, it leaves a note in memory that it is lent.
 *
 * @module
 */

import { EbpfError, ErrorCode } from "../../errors.ts";
import type { Span } from "../../syntax/ast.ts";
import { fixedSteps } from "../../types/scalar.ts";
import { type IrFunction, isPure, makesTailCall, terminatorInputs, type Value } from "../ir.ts";
import { contains, exactly, type Range, U32, union } from "../range.ts";
import type { AnyFunction } from "../unit.ts";
import type { Label } from "./builder.ts";
import { bindParameters, lowerBody } from "./calls.ts";
import type { Context, Frame } from "./context.ts";
import { describe } from "./describe.ts";
import { within64 } from "./integer.ts";
import { placeEnd } from "./leave.ts";
import { type Operand, type Static, UNDEFINED, type Word } from "./operand.ts";
import { discardOpen, refuseLeaks } from "./reservations.ts";
import { beginScratch } from "./scratch.ts";
import type { Ending } from "./state.ts";
import { Unfit } from "./unfit.ts";
import { isSame, wordType } from "./word_types.ts";

/** A call of a user's function. */
export interface UserCall {
  readonly fn: AnyFunction;
  /** Its `this`. */
  readonly owner: Operand;
  readonly operands: readonly Operand[];
  readonly span: Span;
  readonly frame: Pick<Frame, "source" | "fn" | "thisOperand" | "captures" | "scope">;
}

/** A call that was inlined, and what it came to. */
export interface InlinedCall extends UserCall {
  /** Instructions, without constants. */
  readonly size: number;
  /** Calls that were inlined into this one. */
  readonly inner: readonly InlinedCall[];
}

/** What a parameter is: the same in all calls, or a word. */
type Parameter =
  | { readonly kind: "same"; readonly operand: Operand }
  | { readonly kind: "word"; readonly word: Omit<Word, "value" | "kind"> };

/** A function to be emitted once. */
export interface Separate {
  readonly fn: AnyFunction;
  readonly owner: Operand;
  readonly parameters: readonly Parameter[];
  /** Whether the user wants it, whatever its size. */
  readonly isMarked: boolean;
  /** What has become of it: nothing yet, or a function, or the reason why it must be inlined. */
  made?: Made | Unfit;
}

/** A function of the machine. */
interface Made {
  readonly fn: IrFunction;
  /** What a call stands for; `undefined` if it never comes back. */
  readonly result: Operand | undefined;
  readonly takesContext: boolean;
  /** How the caller sees that the program is to be left. */
  readonly leaving: Leaving | undefined;
  /** Maps of which it may have ended views (rule 16). */
  readonly endings: ReadonlyMap<object, Ending>;
}

/** By results above a limit, which are the action and that limit and 1; or by what is then in the memory: the action and 1. */
type Leaving = { readonly kind: "result"; readonly limit: bigint } | { readonly kind: "memory" };

/** Registers for arguments: r1 to r5. */
const MOST_ARGUMENTS = 5;
/** Instructions from which on a function is large. */
const LARGE = 100;
/** What results may be where leaving is told by larger ones. */
const RESULTS: Range = { min: -(2n ** 62n), max: 2n ** 62n };

/** Chooses the functions to be emitted once by what inlining all of them came to. */
export function planFunctions(calls: readonly InlinedCall[], isMarked: (fn: AnyFunction) => boolean): Separate[] {
  const gone = new Set<InlinedCall>();
  const groups = groupsOf(withInner(calls)).sort((a, b) => sizeOf(b) - sizeOf(a));
  return groups.flatMap((group) => {
    const [{ fn, owner }] = group;
    const live = group.filter((call) => !gone.has(call));
    const marked = isMarked(fn);
    if (!marked && (live.length < 2 || sizeOf(live) < LARGE)) return [];
    const parameters = group[0].operands.map((_, i) => parameterOf(group.map(({ operands }) => operands[i])));
    if (!marked && parameters.filter(({ kind }) => kind === "word").length > MOST_ARGUMENTS) return [];
    // Of the copies one is left, with what is in it.
    live.slice(1).forEach(remove);
    return [{ fn, owner, parameters, isMarked: marked }];
  });

  function remove(call: InlinedCall): void {
    gone.add(call);
    call.inner.forEach(remove);
  }
}

function withInner(calls: readonly InlinedCall[]): InlinedCall[] {
  return calls.flatMap((call) => [call, ...withInner(call.inner)]);
}

function sizeOf(calls: readonly InlinedCall[]): number {
  return Math.max(0, ...calls.map(({ size }) => size));
}

/** Calls of the same function with arguments of the same types. */
function groupsOf(calls: readonly InlinedCall[]): InlinedCall[][] {
  const groups: InlinedCall[][] = [];
  for (const call of calls) {
    if (!call.operands.every((operand) => isPassable(operand))) continue;
    const group = groups.find(([first]) =>
      isSameCallee(first, call) && call.operands.length === first.operands.length &&
      call.operands.every((operand, i) => isAlike(operand, first.operands[i]))
    );
    if (group) group.push(call);
    else groups.push([call]);
  }
  return groups;
}

function isSameCallee(a: Pick<UserCall, "fn" | "owner">, b: Pick<UserCall, "fn" | "owner">): boolean {
  return a.fn === b.fn && isSame(a.owner, b.owner);
}

/** Words, and what is known at generation time; the packet is everybody's. */
function isPassable({ kind }: Operand): boolean {
  return kind === "word" || kind === "static" || kind === "packet";
}

function isAlike(a: Operand, b: Operand): boolean {
  const type = wordType(a);
  return type === undefined ? isEqual(a, b) : type === wordType(b);
}

/** There is one packet. */
function isEqual(a: Operand, b: Operand): boolean {
  return isSame(a, b) || a.kind === "packet" && b.kind === "packet";
}

function parameterOf(operands: readonly Operand[]): Parameter {
  const [first, ...others] = operands;
  if (first.kind !== "word" && others.every((other) => isEqual(other, first))) return { kind: "same", operand: first };
  const ranges = operands.map(rangeOf);
  const word = {
    type: wordType(first)!,
    range: ranges.reduce(union),
    nonZero: operands.every((operand) =>
      operand.kind === "static" ? Boolean(operand.value) : (operand as Word).nonZero
    ),
    bitwise: operands.some((operand) => operand.kind === "word" && operand.bitwise),
  };
  return { kind: "word", word };
}

function rangeOf(operand: Operand): Range {
  if (operand.kind === "word") return operand.range;
  const { value } = operand as Static;
  return exactly(wordType(operand) === "fixed" ? fixedSteps(value as number) : BigInt(value as number));
}

/** Inlines a call, and remembers what that came to. */
export function inlined(context: Context, call: UserCall, lower: () => Operand): Operand {
  const { builder } = context;
  const first = builder.calls.length;
  const added = builder.mark();
  const operands = call.operands.map((operand) => operand.kind === "word" ? builder.refined(operand) : operand);
  const operand = lower();
  const inner = builder.calls.splice(first);
  const size = added().filter(({ operation }) => operation.kind !== "constant").length;
  builder.calls.push({ ...call, operands, size, inner });
  return operand;
}

/** Calls a function that is emitted once; `undefined` where the call is to be inlined. */
export function callSeparate(context: Context, call: UserCall): { readonly operand: Operand } | undefined {
  const separate = context.separate.find((one) => isSameCallee(one, call) && suits(context, one, call.operands));
  if (!separate) return undefined;
  separate.made ??= make(context, separate, call);
  const made = separate.made instanceof Unfit ? separate.made : unfitHere(context, separate.made) ?? separate.made;
  if (made instanceof Unfit) {
    if (separate.isMarked) refuse(context, call, made.message);
    return undefined;
  }
  return { operand: callMade(context, separate, made, call) };
}

/** Inside loops over a map only what is inlined shows whether it changes another entry than that at hand. */
function unfitHere({ iterations }: Context, { endings }: Made): Unfit | undefined {
  const changed = iterations.find(({ map }) => endings.has(map.reference));
  return changed && new Unfit(`it changes ${changed.map.reference.name}, which a loop goes over`);
}

/** Whether a call's operands are among those that the function is made for. */
function suits(context: Context, { parameters }: Separate, operands: readonly Operand[]): boolean {
  return operands.length === parameters.length && operands.every((operand, i) => {
    const parameter = parameters[i];
    if (parameter.kind === "same") return isEqual(operand, parameter.operand);
    if (wordType(operand) !== parameter.word.type) return false;
    const word = operand.kind === "word" ? context.builder.refined(operand) : undefined;
    if (parameter.word.nonZero && word && !word.nonZero) return false;
    return contains(parameter.word.range, rangeOf(word ?? operand));
  });
}

/** Refuses what the user wants to be a function of its own, and cannot be. */
function refuse(context: Context, { fn, span }: UserCall, why: string): never {
  return context.fail(
    ErrorCode.UnsupportedSyntax,
    span,
    `Cannot make ${fn.name ? `${fn.name}()` : "this function"} a function of its own: ${why}`,
    "Remove noinline() from it, or write it so that it takes and gives numbers, bigints and booleans",
  );
}

/** Refuses a call of a function that the user wants to be one of its own, with something that only inlined ones take. */
export function demandPassable(context: Context, call: UserCall): void {
  if (!context.unit.isSeparate?.(call.fn)) return;
  const other = call.operands.find((operand) => !isPassable(operand));
  if (other) refuse(context, call, `it is called with ${describe(other)}`);
}

function make(context: Context, separate: Separate, call: UserCall): Made | Unfit {
  try {
    return context.within(call.fn.name || "function", () => lowerSeparate(context, separate, call));
  } catch (error) {
    if (error instanceof Unfit) return error;
    // Inlined, with what is known of the arguments there, it may be right.
    if (error instanceof EbpfError && !separate.isMarked) return new Unfit(error.message);
    throw error;
  }
}

function lowerSeparate(context: Context, { parameters }: Separate, { operands, frame }: UserCall): Made {
  const { builder, frame: caller } = context;
  const { tree } = frame.source;
  const returns = builder.label();
  const scope = { parent: undefined, names: new Map() };
  context.frame = { ...frame, scope, tree, caller, returns, finish: (operand) => operand, exits: [] };
  context.at(tree);
  try {
    const words = parameters.map((one) => one.kind === "word" ? parameterWord(context, one.word) : undefined);
    const note = builder.emit(ARGUMENT);
    bindParameters(context, tree, operands.map((operand, i) => words[i] ?? operand));
    lowerBody(context, tree);
    const { result, endings } = endResult(context, returns);
    const leaving = endLeaving(context, result, note);
    if (builder.moves > 0) throw new Unfit("it moves the ends of the packet");
    if (builder.fn.blocks.some(makesTailCall)) {
      throw new Unfit("it makes a tail call, which only the program itself can");
    }
    beginScratch(context);
    const takesContext = begin(context, words.flatMap((word) => word?.value ?? []), note);
    return { fn: builder.fn, result, takesContext, leaving, endings };
  } finally {
    context.frame = caller;
  }
}

/** Which one is known at the end. */
const ARGUMENT = { kind: "argument", index: 0 } as const;

function parameterWord({ builder }: Context, word: Omit<Word, "value" | "kind">): Word {
  return { kind: "word", value: builder.emit(ARGUMENT, [], within64(word.range)), ...word };
}

/** Ends the function where it comes back; what a call stands for then, and the maps whose views it has ended. */
function endResult(context: Context, returns: Label): Pick<Made, "result" | "endings"> {
  const { builder } = context;
  refuseLeaks(returns);
  const operand = builder.place(returns) ?? UNDEFINED;
  if (!builder.reachable) return { result: undefined, endings: new Map() };
  const { endings } = builder.state;
  const result = operand.kind === "word" ? builder.refined(operand) : operand;
  const isNew = result.kind === "static" && builder.heap.has(result.value);
  if (isNew || result.kind !== "word" && result.kind !== "static") throw new Unfit(`it gives ${describe(result)}`);
  builder.return(result.kind === "word" ? result.value : builder.constant(0n));
  return { result, endings };
}

/** Ends the function where it leaves the program; how the caller gets to know. */
function endLeaving(context: Context, result: Operand | undefined, note: Value): Leaving | undefined {
  const { builder } = context;
  const action = placeEnd(context);
  if (!action) return undefined;
  const bits = builder.emit({ kind: "extend", bits: 32, signed: false }, [action.value], U32);
  const above = (limit: bigint) =>
    builder.emit({ kind: "binary", operator: "add", width: 64 }, [bits, builder.constant(limit + 1n)]);
  const range = result?.kind === "word" ? result.range : exactly(0n);
  if (contains(RESULTS, range)) {
    const limit = range.max > 0n ? range.max : 0n;
    builder.return(above(limit));
    return { kind: "result", limit };
  }
  builder.emit({ kind: "store", size: 8, offset: 0, region: "stack" }, [note, above(0n)]);
  builder.return(builder.constant(0n));
  return { kind: "memory" };
}

/** Numbers the arguments that the function takes: the context, words, and where to note that it leaves. */
function begin({ builder: { fn, programContext } }: Context, words: readonly Value[], note: Value): boolean {
  const wanted = wantedIn(fn);
  const takesContext = wanted.has(programContext);
  const taken = [...takesContext ? [programContext] : [], ...words, ...wanted.has(note) ? [note] : []];
  if (taken.length > MOST_ARGUMENTS) {
    throw new Unfit(
      `it takes ${taken.length} arguments with what it needs itself, and the machine has ${MOST_ARGUMENTS}`,
    );
  }
  taken.forEach((value, index) => value.operation = { kind: "argument", index });
  for (const block of fn.blocks) {
    block.instructions = block.instructions.filter((value) => wanted.has(value) || !isPure(value.operation));
  }
  // First of all, while the registers hold them.
  const [entry] = fn.blocks;
  const arguments_ = entry.instructions.filter(({ operation }) => operation.kind === "argument");
  entry.instructions = [...arguments_, ...entry.instructions.filter((value) => !arguments_.includes(value))];
  return takesContext;
}

/** All values that something comes of. */
function wantedIn({ blocks }: IrFunction): Set<Value> {
  const effects = blocks.flatMap(({ instructions }) => instructions.filter(({ operation }) => !isPure(operation)));
  const wanted = new Set<Value>([...effects, ...blocks.flatMap(({ terminator }) => terminatorInputs(terminator!))]);
  for (const { inputs } of wanted) for (const input of inputs) wanted.add(input);
  return wanted;
}

function callMade(context: Context, { parameters }: Separate, made: Made, { operands, span }: UserCall): Operand {
  const { builder } = context;
  const words = operands.filter((_, i) => parameters[i].kind === "word")
    .map((operand) => context.toWord(operand, span).value);
  const notes = made.leaving?.kind === "memory" ? [lend(context)] : [];
  const inputs = [...made.takesContext ? [builder.programContext] : [], ...words, ...notes];
  const value = builder.emit({ kind: "call", callee: made.fn }, inputs);
  const { result, leaving, endings } = made;
  if (leaving) leaveIfTold(context, leaving, result, notes[0] ?? value);
  else if (result?.kind === "word") value.range = within64(result.range);
  for (const [map, { by }] of endings) builder.endViews(map, by);
  if (result?.kind !== "word") return result ?? UNDEFINED;
  // What is known of the result does not hold of the number that tells to leave.
  return leaving?.kind === "result" ? { ...result, value: copyOf(context, value, result.range) } : { ...result, value };
}

function copyOf({ builder }: Context, value: Value, range: Range): Value {
  const inputs = [value, builder.constant(0n)];
  return builder.emit({ kind: "binary", operator: "or", width: 64 }, inputs, within64(range));
}

/** Memory for the note of a function that leaves: nothing so far. */
function lend({ builder }: Context): Value {
  const slot = builder.emit({ kind: "stackSlot", size: 8 });
  builder.emit({ kind: "store", size: 8, offset: 0, region: "stack" }, [slot, builder.constant(0n)]);
  return slot;
}

/** Leaves the program where the function says so, by its result or in a note. */
function leaveIfTold(context: Context, leaving: Leaving, result: Operand | undefined, told: Value): void {
  const { builder } = context;
  const [leave, stay] = [builder.label(), builder.label()];
  const inMemory = leaving.kind === "memory";
  const limit = inMemory ? 0n : leaving.limit;
  const value = inMemory
    ? builder.emit({ kind: "load", size: 8, signed: false, offset: 0, region: "stack" }, [told])
    : told;
  if (result) {
    builder.branch("sgt", value, builder.constant(limit), leave, stay);
    builder.place(leave);
  }
  discardOpen(builder);
  const action = { kind: "binary", operator: "sub", width: 64 } as const;
  const from = builder.constant(limit + 1n);
  builder.goto(context.returns, context.word("number", builder.emit(action, [value, from]), U32));
  builder.place(stay);
}
