/**
 * Loops: unrolled where their turns are known and few, else real loops with a proven bound (rule 20).
 *
 * What a loop changes is a parameter of its head. Its range is found by lowering the body until it holds: first as it is at
 * entry, then widened, then narrowed to what the widened body shows; sums that keep growing get turns × growth (rule 8).
 *
 * @module
 */

import { EbpfError, ErrorCode } from "../../errors.ts";
import type {
  DoWhileStatement,
  Expression,
  ForOfStatement,
  ForStatement,
  Pattern,
  Span,
  Statement,
  WhileStatement,
} from "../../syntax/ast.ts";
import type { Value } from "../ir.ts";
import * as ranges from "../range.ts";
import { I64, type Range, U64, union } from "../range.ts";
import { isArray } from "./arrays.ts";
import { boundOf, type Course } from "./bounds.ts";
import { assignedNames } from "./assigned.ts";
import {
  becomes,
  commonType,
  describe,
  type Ending,
  fork,
  isSame,
  type Label,
  type LoopHead,
  wordType,
} from "./builder.ts";
import { onEachPath } from "./choices.ts";
import { lowerCondition } from "./conditions.ts";
import type { Context } from "./context.ts";
import { lowerExpression } from "./expressions.ts";
import { ARRAY, countingLoop } from "./for_of.ts";
import { elementsOf } from "./lists.ts";
import { watch } from "./made.ts";
import { assignLocal, declare, withScope } from "./names.ts";
import type { Binding, Operand, WordType } from "./operand.ts";
import { lowerPattern } from "./patterns.ts";
import { refuseTurnLeaks } from "./reservations.ts";
import { lowerDeclaration, lowerStatement, withExit } from "./statements.ts";

/** A loop is unrolled as long as its copies stay within these. */
const UNROLL = { turns: 16, instructions: 256 };
/** Unrolled all the same where it cannot be a real loop: it indexes what exists at generation time only. */
const UNROLL_AT_MOST = { turns: 10_000, instructions: 200_000 };
/** What two calls of bpf_loop, one inside the other, can turn (BPF_MAX_LOOPS, kernel/bpf/bpf_iter.c). */
const MOST_TURNS = 8_388_608n ** 2n - 1n;
/** How far a growing number is taken to be able to go, before the body shows how far it really goes; tried in this order. */
const FAR: readonly Range[] = [50n, 31n, 16n, 8n].map((bits) => ({ min: 1n - 2n ** bits, max: 2n ** bits - 1n }));

/** One loop in its common form. */
interface Loop {
  readonly span: Span;
  readonly label: string | undefined;
  readonly test: Expression | undefined;
  readonly body: Statement;
  readonly update: Expression | undefined;
  readonly testsFirst: boolean;
}

export function lowerFor(context: Context, node: ForStatement, label?: string): void {
  withScope(context, () => {
    if (node.initial?.kind === "VariableDeclaration") lowerDeclaration(context, node.initial);
    else if (node.initial) lowerExpression(context, node.initial, true);
    const { test, update, body } = node;
    lowerLoop(context, { span: node, label, test, update, body, testsFirst: true });
  });
}

export function lowerWhile(context: Context, node: WhileStatement | DoWhileStatement, label?: string): void {
  const { test, body } = node;
  lowerLoop(context, { span: node, label, test, body, update: undefined, testsFirst: node.kind === "WhileStatement" });
}

/** `for…of`: a counting loop over an array variable, a copy of the body for each element of what is known at generation time. */
export function lowerForOf(context: Context, node: ForOfStatement, label?: string): void {
  const operand = lowerExpression(context, node.iterable);
  if (operand.kind !== "choice") return lowerForElements(context, node, operand, label);
  const join = context.builder.label();
  onEachPath(context, operand, (option) => {
    lowerForElements(context, node, option, label);
    context.builder.goto(join);
  });
  context.builder.place(join);
}

function lowerForElements(context: Context, node: ForOfStatement, operand: Operand, label: string | undefined): void {
  if (operand.kind === "view" && isArray(operand.place.type)) {
    return withScope(context, () => {
      declare(context, ARRAY, true, operand);
      lowerFor(context, countingLoop(node), label);
    });
  }
  const elements = elementsOf(operand);
  if (!elements) {
    return context.fail(
      ErrorCode.TypeMismatch,
      node.iterable,
      `Cannot loop over ${describe(operand)}: it is not iterable`,
      "Loop over an array, or count: for (let i = 0; i < 64; i++)",
    );
  }
  const { builder } = context;
  const leave = builder.label();
  const unchanged = watch(context, operand, node.iterable);
  for (const element of elements) {
    if (!builder.reachable) break;
    const next = builder.label();
    withScope(context, () => {
      bindElement(context, node.target, node.declaration, element);
      withExit(context, { label, break: leave, continue: next }, () => lowerStatement(context, node.body));
      builder.goto(next);
      builder.place(next);
    });
    unchanged();
  }
  builder.goto(leave);
  builder.place(leave);
}

function bindElement(context: Context, target: Pattern, declaration: string | undefined, operand: Operand): void {
  lowerPattern(context, target, operand, (name, part) => {
    if (declaration) declare(context, name, declaration === "const", part);
    else assignLocal(context, { kind: "Identifier", name, start: target.start, end: target.end }, part);
  });
}

function lowerLoop(context: Context, loop: Loop): void {
  const undo = context.builder.checkpoint();
  if (context.unrolls && unroll(context, loop, UNROLL)) return;
  undo();
  const again = context.builder.checkpoint();
  try {
    lowerRealLoop(context, loop);
  } catch (error) {
    if (!(error instanceof EbpfError)) throw error;
    again();
    if (!unroll(context, loop, UNROLL_AT_MOST)) throw error;
  }
}

/** Copies the body as long as the test is decided at generation time; `false` if that does not end within the limits. */
function unroll(context: Context, loop: Loop, limits: typeof UNROLL): boolean {
  const { builder } = context;
  const first = builder.fn.nextId;
  const leave = builder.label();
  for (let turn = 0; builder.reachable; turn++) {
    if (turn > limits.turns || builder.fn.nextId - first > limits.instructions) return false;
    if (loop.testsFirst || turn > 0) {
      const goesOn = decided(context, loop.test);
      if (goesOn === undefined) return false;
      if (!goesOn) break;
    }
    const { locals: before, changes } = fork(builder.state);
    lowerTurn(context, loop, leave);
    if (loop.update && builder.reachable) lowerExpression(context, loop.update, true);
    const isChanged = !builder.heap.isUnchanged(changes, builder.state.changes, Infinity);
    if (builder.reachable && !isChanged && isStuck(before, builder.state.locals)) return false;
  }
  builder.goto(leave);
  builder.place(leave);
  return true;
}

/** Whether a turn has changed nothing that could decide the test differently next time. */
function isStuck(before: ReadonlyMap<Binding, Operand>, after: ReadonlyMap<Binding, Operand>): boolean {
  return [...before].every(([binding, operand]) => {
    const now = after.get(binding);
    return now !== undefined && (now.kind !== "static" || isSame(operand, now));
  });
}

/** The outcome of a test that generates nothing; `undefined` if it is decided at run time. */
function decided(context: Context, test: Expression | undefined): boolean | undefined {
  if (!test) return true;
  const { builder } = context;
  const [yes, no] = [builder.label(), builder.label()];
  lowerCondition(context, test, yes, no);
  if (yes.incoming.length > 0 && no.incoming.length > 0) return undefined;
  const isYes = yes.incoming.length > 0;
  builder.place(isYes ? yes : no);
  return isYes;
}

/** The body once; paths that `continue` meet at its end. */
function lowerTurn(context: Context, loop: Loop, leave: Label): void {
  const { builder } = context;
  const next = builder.label();
  withExit(context, { label: loop.label, break: leave, continue: next }, () => lowerStatement(context, loop.body));
  builder.goto(next);
  builder.place(next);
}

/** A local that the loop may change, and what is assumed of it at the head of every turn. */
interface Carried {
  readonly binding: Binding;
  readonly entry: Operand;
  /** `same`: the loop does not change it. `growing`: by up to `growth` a turn, for as many turns as there are. */
  stage: "same" | "wide" | "narrow" | "growing" | "conflict";
  type: WordType;
  range: Range;
  growth: Range;
  bitwise: boolean;
}

/** What lowering the body once showed. */
interface Attempt {
  /** What the carried locals are when a turn ends; `undefined` if no path goes back. */
  readonly back: readonly Operand[] | undefined;
  /** Whether a turn may leave the packet with other limits than it found. */
  readonly movesPacket: boolean;
  readonly head: LoopHead;
  readonly parameters: ReadonlyMap<Carried, Value>;
  /** What has ended views of maps in a turn. */
  readonly endings: ReadonlyMap<object, Ending>;
  /** Locals that are positive in every turn that another one follows. */
  readonly positive: ReadonlySet<Carried>;
}

/** Attempts after which what is assumed of the locals must hold. */
const MOST_ATTEMPTS = 12;
const NO_GROWTH: Range = { min: 0n, max: 0n };

function lowerRealLoop(context: Context, loop: Loop): void {
  const undo = context.builder.checkpoint();
  const { movesPacket } = lowerOnce(context, loop, [], false);
  undo();
  settleLocals(context);
  const again = context.builder.checkpoint();
  let failure: unknown;
  for (const far of FAR) {
    try {
      return findRanges(context, loop, far, movesPacket);
    } catch (error) {
      // What is wrong with far too large a number may be right with the real one.
      if (!(error instanceof EbpfError) || error.code !== ErrorCode.NotExact) throw error;
      failure ??= error;
      again();
    }
  }
  throw failure;
}

/** Lowers the body until what is assumed of the locals at its head is what a turn makes of them. */
function findRanges(context: Context, loop: Loop, far: Range, movesPacket: boolean): void {
  const carried = carriedLocals(context, loop);
  let isMoved = movesPacket;
  const endings = new Map<object, Ending>();
  const undo = context.builder.checkpoint();
  for (let attempts = 0; attempts < MOST_ATTEMPTS; attempts++) {
    if (attempts > 0) undo();
    const seen = lowerOnce(context, loop, carried, isMoved, endings);
    if (!seen.back) return;
    const endsMore = seen.endings.size > endings.size;
    for (const [map, ending] of seen.endings) endings.set(map, ending);
    const isNews = seen.movesPacket && !isMoved || endsMore;
    isMoved ||= seen.movesPacket;
    const bound = boundOf(context.builder.fn, coursesOf(carried, seen));
    const turns = bound?.turns;
    const changed = carried.filter((local, i) => adjust(local, seen.back![i], turns, far));
    if (changed.length === 0 && !isNews) {
      checkBound(context, loop, turns);
      const origin = { offset: loop.span.start, source: context.frame.source };
      seen.head.block.loop = { turns, needsCounter: bound!.isDivided, origin };
      return;
    }
  }
  context.fail(
    ErrorCode.NotExact,
    loop.span,
    "Cannot find how large the values of this loop grow",
    "Bound them in the loop, for example with a mask (& 0xffff), or use bigint with BigInt.asUintN(64, …)",
  );
}

/** Makes `@localVar` variables known that the loop was the first to touch: they have a value before it, too. */
function settleLocals({ builder, locals }: Context): void {
  for (const bindings of locals.values()) {
    for (const binding of bindings.values()) {
      if (!builder.state.locals.has(binding)) builder.state.locals.set(binding, binding.initial!);
    }
  }
}

/** The locals that exist before the loop and that its text may assign. */
function carriedLocals({ builder }: Context, loop: Loop): Carried[] {
  const { names, calls } = assignedNames([loop.test, loop.body, loop.update]);
  return [...builder.state.locals]
    .filter(([binding]) => !binding.constant && (calls || names.has(binding.name)))
    .map(([binding, operand]) => {
      const entry = operand.kind === "word" ? builder.refined(operand) : operand;
      const range = rangeOf(entry) ?? I64;
      return {
        binding,
        entry,
        stage: "same",
        type: wordType(entry) ?? "number",
        range,
        growth: NO_GROWTH,
        bitwise: false,
      };
    });
}

/** Builds the loop with what is assumed. */
function lowerOnce(
  context: Context,
  loop: Loop,
  carried: readonly Carried[],
  movesPacket: boolean,
  ended: ReadonlyMap<object, Ending> = new Map(),
): Attempt {
  const { builder } = context;
  const moves = builder.moves;
  const leave = builder.label();
  const words = carried.filter(({ stage }) => stage !== "same" && stage !== "conflict");
  const head = builder.openLoop(words.map(({ entry, type, range }) => ({ operand: entry, type, range })));
  builder.state.kept.clear();
  const { changes } = fork(builder.state);
  const { count } = builder.heap;
  const parameters = new Map(words.map((local, i) => [local, head.parameters[i]]));
  if (movesPacket) builder.beginEpoch();
  const bounds = builder.state.bounds;
  for (const [map, { by }] of ended) builder.endViews(map, by);
  const before = new Map(builder.state.endings);
  const reserved = builder.state.reservations;
  for (const local of carried) {
    const value = parameters.get(local);
    if (value) builder.state.locals.set(local.binding, { kind: "word", value, ...local });
    if (local.stage === "conflict") {
      builder.state.locals.set(local.binding, {
        kind: "conflict",
        why: `${local.binding.name} changes its type in the loop`,
      });
    }
  }
  if (loop.testsFirst && loop.test) goOn(loop.test);
  if (builder.reachable) lowerTurn(context, loop, leave);
  if (loop.update && builder.reachable) lowerExpression(context, loop.update, true);
  if (!loop.testsFirst && loop.test && builder.reachable) goOn(loop.test);
  let back: Operand[] | undefined;
  let isMoved = false;
  const positive = new Set<Carried>();
  if (builder.reachable) refuseTurnLeaks(builder.state, reserved);
  const endings = new Map([...builder.state.endings].filter(([map, ending]) => before.get(map) !== ending));
  if (builder.reachable) {
    if (!builder.heap.isUnchanged(changes, builder.state.changes, count)) refuseChange(context, loop);
    isMoved = bounds !== undefined && builder.state.bounds !== bounds;
    back = carried.map(({ binding }) => {
      const operand = builder.state.locals.get(binding)!;
      return operand.kind === "word" ? builder.refined(operand) : operand;
    });
    for (const local of words) {
      const { range } = local;
      const before = builder.refined({ kind: "word", value: parameters.get(local)!, type: local.type, range });
      if (isPositive(before) || range.min >= 0n && isPositive(back[carried.indexOf(local)])) positive.add(local);
    }
    const next = words.map((local) => back![carried.indexOf(local)]);
    if (next.every((operand, i) => becomes(operand, words[i].type))) {
      builder.closeLoop(head, next, words.map(({ type }) => type));
    } else builder.block = undefined;
  }
  builder.place(leave);
  // The loop may become a function, with a stack of its own.
  builder.state.kept.clear();
  // Pointers of a turn that moved the packet are not worth following out of the loop.
  if (builder.moves !== moves) builder.beginEpoch();
  return { back, movesPacket: isMoved, head, parameters, endings, positive };

  function goOn(test: Expression): void {
    const yes = builder.label();
    lowerCondition(context, test, yes, leave);
    builder.place(yes);
  }
}

/** What exists at generation only cannot be changed by a loop of the program. */
function refuseChange(context: Context, { span }: Loop): never {
  return context.fail(
    ErrorCode.UnsupportedSyntax,
    span,
    "Cannot change an object of this generation in this loop: how often is not known at generation",
    "Keep what changes in variables of the class: @localVar(array(u32, 4)) accessor",
  );
}

/** Corrects what is assumed of a local by what a turn makes of it; whether that changed anything. */
function adjust(local: Carried, back: Operand, turns: bigint | undefined, far: Range): boolean {
  if (local.stage === "conflict") return false;
  if (local.stage === "same") {
    if (isSame(local.entry, back)) return false;
    const type = commonType([local.entry, back]);
    if (type === undefined || type === "quotient") {
      local.stage = "conflict";
      return true;
    }
    local.stage = "wide";
    local.type = type;
    local.bitwise = back.kind === "word" && back.bitwise === true;
    local.range = type === "fixed" ? I64 : widened(local, rangeOf(back)!, far);
    return true;
  }
  if (!becomes(back, local.type)) {
    // What has decimals after a turn has them from the start.
    local.stage = local.type === "number" && becomes(back, "fixed") ? "wide" : "conflict";
    local.type = "fixed";
    local.range = I64;
    return true;
  }
  if (local.type === "fixed") return false;
  if (back.kind === "word" && back.bitwise && !local.bitwise) {
    local.bitwise = true;
    return true;
  }
  const range = rangeOf(back)!;
  const entry = rangeOf(local.entry)!;
  if (ranges.contains(local.range, range)) {
    const narrower = union(entry, range);
    if (local.stage !== "wide" || isEqual(narrower, local.range)) return false;
    local.stage = "narrow";
    local.range = narrower;
    return true;
  }
  const wider = widened(local, range, far);
  if (local.stage === "growing" || isEqual(wider, local.range)) return grow(local, entry, range, turns);
  local.stage = "wide";
  local.range = wider;
  return true;
}

/** A sum without an end of its own: its growth a turn times the turns (rule 8); bigints are taken to stay within 64 bits. */
function grow(local: Carried, entry: Range, range: Range, turns: bigint | undefined): boolean {
  if (local.type === "bigint") return false;
  const growth = {
    min: range.min < local.range.min ? range.min - local.range.min : 0n,
    max: range.max > local.range.max ? range.max - local.range.max : 0n,
  };
  if (local.stage === "growing" && ranges.contains(local.growth, growth)) return false;
  if (turns === undefined) return true;
  local.stage = "growing";
  local.growth = union(local.growth, growth);
  local.range = { min: entry.min + turns * local.growth.min, max: entry.max + turns * local.growth.max };
  return true;
}

/** The range with the ends that grew taken far away; an end that is there already stays. */
function widened({ range, type }: Carried, seen: Range, far: Range): Range {
  const { min, max } = type === "bigint" ? union(range, seen).min >= 0n ? U64 : I64 : far;
  return {
    min: seen.min < range.min && min < range.min ? min : range.min,
    max: seen.max > range.max && max > range.max ? max : range.max,
  };
}

/** The locals that are integers, and whose assumed ranges hold, on their way through a turn. */
function coursesOf(carried: readonly Carried[], { back, parameters, positive }: Attempt): Course[] {
  return carried.flatMap((local, i) => {
    const operand = back![i];
    const parameter = parameters.get(local);
    if (!parameter || local.type === "fixed" || operand.kind !== "word") return [];
    if (!ranges.contains(local.range, operand.range)) return [];
    const [entry, isPositive] = [rangeOf(local.entry)!, positive.has(local)];
    return [{ parameter, entry, back: operand.range, value: operand.value, isPositive }];
  });
}

function checkBound(context: Context, loop: Loop, turns: bigint | undefined): asserts turns is bigint {
  if (turns === undefined) {
    context.fail(
      ErrorCode.UnboundedLoop,
      loop.span,
      "Cannot show that this loop ends",
      "Count its turns with a local and compare it with a limit: for (let i = 0; i < 64; i++)",
    );
  }
  if (turns > MOST_TURNS) {
    context.fail(
      ErrorCode.UnboundedLoop,
      loop.span,
      `Cannot generate a loop of up to ${turns} turns: the kernel makes ${MOST_TURNS}`,
      "Give it a limit that the kernel can know: i < n && i < 1000, or i < Math.min(n, 1000)",
    );
  }
}

function rangeOf(operand: Operand): Range | undefined {
  if (operand.kind === "word") return operand.range;
  const type = wordType(operand);
  if (type === undefined || operand.kind !== "static") return undefined;
  if (type === "fixed") return I64;
  return ranges.exactly(BigInt(operand.value as number | bigint | boolean));
}

/** Whether it is 1 at least. */
function isPositive(operand: Operand): boolean {
  return operand.kind === "word" && (operand.range.min > 0n || operand.range.min === 0n && operand.nonZero === true);
}

function isEqual(a: Range, b: Range): boolean {
  return a.min === b.min && a.max === b.max;
}
