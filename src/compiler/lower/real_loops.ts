/**
 * Real loops, with a proven bound (rule 20).
 *
 * What a loop changes is a parameter of its head. Its range is found by lowering the body until it holds: first as it is at
 * entry, then widened, then narrowed to what the widened body shows; sums that keep growing get turns × growth (rule 8).
 *
 * @module
 */

import { EbpfError, ErrorCode } from "../../errors.ts";
import type { Span } from "../../syntax/ast.ts";
import type { Value } from "../ir.ts";
import type { Range } from "../range.ts";
import { boundOf } from "./bounds.ts";
import type { Label, LoopHead } from "./builder.ts";
import { adjust, assume, type Carried, carriedLocals, coursesOf, isPositive, wordsOf } from "./carried.ts";
import { settled } from "./carried_views.ts";
import type { Context } from "./context.ts";
import { growthOf } from "./growth.ts";
import type { Operand, Word } from "./operand.ts";
import { refuseTurnLeaks } from "./reservations.ts";
import { type Ending, fork } from "./state.ts";

/** A loop, whatever it is in the text. */
export interface Loop {
  readonly span: Span;
  /** The parts of the text that may assign locals; `undefined`: any may. */
  readonly parts: readonly (Span | undefined)[] | undefined;
  /** Goes on by whether there is another turn; without it, there is. */
  readonly test?: (yes: Label, no: Label) => void;
  readonly testsFirst: boolean;
  /** Whether the test is about an element of a map: then nothing may be done before it. */
  readonly testsElement?: boolean;
  /** What is done in each turn; `leave` is where one goes that ends the loop. */
  readonly turn: (leave: Label) => void;
  /** What is done between two turns. */
  readonly update?: () => void;
  /** How often it turns at most, if that is not for its locals to say. */
  readonly turns?: bigint;
  /** Whether nobody but the program sees to it that there are no more turns: where sums need that, they are counted. */
  readonly isOpenEnded?: boolean;
}

/** What two calls of bpf_loop, one inside the other, can turn (BPF_MAX_LOOPS, kernel/bpf/bpf_iter.c). */
const MOST_TURNS = 8_388_608n ** 2n - 1n;
/** Turns of a loop that nobody counts: no run lasts as long, a callback takes nanoseconds and the kernel's patience seconds. */
const UNCOUNTED_TURNS = 2n ** 31n - 1n;
/** A loop that turns as often as an uncounted sum says would be another one than with a counted sum. */
const MOST_TURNS_UNCOUNTED = 8_388_608n;
/** How far a growing number is taken to be able to go, before the body shows how far it really goes; tried in this order. */
const FAR: readonly Range[] = [50n, 31n, 16n, 8n].map((bits) => ({ min: 1n - 2n ** bits, max: 2n ** bits - 1n }));

/** What lowering the body once showed. */
interface Attempt {
  /** What the carried locals are when a turn ends; `undefined` if no path goes back. */
  readonly back: readonly Operand[] | undefined;
  /** Whether a turn may leave the packet with other limits than it found. */
  readonly movesPacket: boolean;
  readonly head: LoopHead;
  /** Whether what is back is of the form that is assumed. */
  readonly closes: boolean;
  /** Of each carried local. */
  readonly parameters: ReadonlyMap<Carried, readonly Value[]>;
  /** What has ended views of maps in a turn. */
  readonly endings: ReadonlyMap<object, Ending>;
  /** Locals that are positive in every turn that another one follows. */
  readonly positive: ReadonlySet<Carried>;
}

/** Attempts after which what is assumed of the locals must hold. */
const MOST_ATTEMPTS = 12;

export function lowerRealLoop(context: Context, loop: Loop): void {
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
  const carried = carriedLocals(context, loop.parts);
  let isMoved = movesPacket;
  const endings = new Map<object, Ending>();
  const origin = { offset: loop.span.start, source: context.frame.source };
  const isUncounted = loop.isOpenEnded && !context.counts;
  const undo = context.builder.checkpoint();
  for (let attempts = 0; attempts < MOST_ATTEMPTS; attempts++) {
    if (attempts > 0) undo();
    const seen = lowerOnce(context, loop, carried, isMoved, endings);
    if (!seen.back) {
      if (loop.turns !== undefined) seen.head.block.loop = { turns: loop.turns, origin };
      return;
    }
    const endsMore = seen.endings.size > endings.size;
    for (const [map, ending] of seen.endings) endings.set(map, ending);
    const isNews = seen.movesPacket && !isMoved || endsMore;
    isMoved ||= seen.movesPacket;
    const bound = loop.turns === undefined
      ? boundOf(context.builder.fn, coursesOf(carried, { ...seen, back: seen.back }))
      : { turns: isUncounted ? UNCOUNTED_TURNS : loop.turns, isDivided: false };
    const turns = bound?.turns;
    const changed = carried.filter((local, i) => {
      const back = seen.back![i];
      const growth = (back: Word) => growthOf(context.builder, seen.parameters.get(local)!.at(-1)!, back.value);
      return adjust(local, { back, turns, far, growth });
    });
    const isSummed = carried.some(({ sum }) => sum !== undefined);
    if (isUncounted && isSummed) context.hasUncounted = true;
    if (changed.length === 0 && !isNews) {
      if (!seen.closes) throw new Error("a loop does not come back to its head");
      checkBound(context, loop, turns);
      const needsCounter = bound!.isDivided || loop.isOpenEnded && isSummed && context.counts;
      seen.head.block.loop = { turns: loop.turns ?? turns, needsCounter, origin };
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
  const entering = carried.map((local) => wordsOf(context, local, local.settled)!);
  const head = builder.openLoop(entering.flat());
  builder.state.kept.clear();
  const { changes } = fork(builder.state);
  const { count } = builder.heap;
  const values = head.parameters.values();
  const parameters = new Map(carried.map((local, i) => [local, entering[i].map(() => values.next().value!)]));
  if (movesPacket) builder.beginEpoch();
  const bounds = builder.state.bounds;
  for (const [map, { by }] of ended) builder.endViews(map, by);
  const before = new Map(builder.state.endings);
  const reserved = builder.state.reservations;
  const begin = () => carried.forEach((local) => assume(context, local, parameters.get(local)!));
  const { test, update } = loop;
  if (!loop.testsElement) begin();
  if (loop.testsFirst && test) goOn(test);
  if (builder.reachable) loop.turn(leave);
  if (update && builder.reachable) update();
  if (!loop.testsFirst && test && builder.reachable) goOn(test);
  let back: Operand[] | undefined;
  let isMoved = false;
  let closes = true;
  const positive = new Set<Carried>();
  if (builder.reachable) refuseTurnLeaks(builder.state, reserved);
  const endings = new Map([...builder.state.endings].filter(([map, ending]) => before.get(map) !== ending));
  if (builder.reachable) {
    if (!builder.heap.isUnchanged(changes, builder.state.changes, count)) refuseChange(context, loop);
    isMoved = bounds !== undefined && builder.state.bounds !== bounds;
    back = carried.map(({ binding, entry }) => {
      const operand = builder.state.locals.get(binding)!;
      return operand === entry ? operand : settled(context, operand);
    });
    carried.forEach((local, i) => {
      if (isPositiveInTurns(context, local, parameters.get(local)!, back![i])) positive.add(local);
    });
    const next = carried.map((local, i) => wordsOf(context, local, back![i]));
    closes = next.every((words) => words !== undefined);
    if (closes) builder.closeLoop(head, next.flatMap((words) => words!));
    else builder.block = undefined;
  }
  builder.place(leave);
  // The loop may become a function, with a stack of its own.
  builder.state.kept.clear();
  // Pointers of a turn that moved the packet are not worth following out of the loop.
  if (builder.moves !== moves) builder.beginEpoch();
  return { back, closes, movesPacket: isMoved, head, parameters, endings, positive };

  function goOn(test: (yes: Label, no: Label) => void): void {
    const yes = builder.label();
    const no = loop.testsElement ? builder.label() : leave;
    test(yes, no);
    if (loop.testsElement) {
      builder.place(no);
      begin();
      builder.goto(leave);
    }
    builder.place(yes);
    if (loop.testsElement) begin();
  }
}

/** Whether a local is positive in every turn that another one follows. */
function isPositiveInTurns(
  { builder }: Context,
  { type, range, nothing, view }: Carried,
  [value]: readonly Value[],
  back: Operand,
): boolean {
  if (!value || nothing || view) return false;
  const before = builder.refined({ kind: "word", value, type, range });
  return isPositive(before) || range.min >= 0n && isPositive(back);
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

function checkBound(context: Context, loop: Loop, turns: bigint | undefined): asserts turns is bigint {
  if (turns === undefined) {
    context.fail(
      ErrorCode.UnboundedLoop,
      loop.span,
      "Cannot show that this loop ends",
      "Count its turns with a local and compare it with a limit: for (let i = 0; i < 64; i++)",
    );
  }
  if (turns > (context.hasUncounted && !loop.isOpenEnded ? MOST_TURNS_UNCOUNTED : MOST_TURNS)) {
    context.fail(
      ErrorCode.UnboundedLoop,
      loop.span,
      `Cannot generate a loop of up to ${turns} turns: the kernel makes ${MOST_TURNS}`,
      "Give it a limit that the kernel can know: i < n && i < 1000, or i < Math.min(n, 1000)",
    );
  }
}
