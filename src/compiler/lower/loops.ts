/**
 * Loops: unrolled where their turns are known and few, else real loops (`real_loops.ts`).
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
import { isArray } from "./arrays.ts";
import type { Label } from "./builder.ts";
import { onEachPath } from "./choices.ts";
import { lowerCondition } from "./conditions.ts";
import type { Context } from "./context.ts";
import { describe } from "./describe.ts";
import { lowerExpression } from "./expressions.ts";
import { ARRAY, countingLoop } from "./for_of.ts";
import { elementsOf } from "./lists.ts";
import { watch } from "./made.ts";
import { type Listing, lowerElements } from "./map_loops.ts";
import { listingOf } from "./maps.ts";
import { assignLocal, declare, withScope } from "./names.ts";
import type { Binding, Operand } from "./operand.ts";
import { lowerPattern } from "./patterns.ts";
import { type Loop, lowerRealLoop } from "./real_loops.ts";
import { fork } from "./state.ts";
import { lowerDeclaration, lowerStatement, withExit } from "./statements.ts";
import { isSame } from "./word_types.ts";

/** A loop is unrolled as long as its copies stay within these. */
const UNROLL = { turns: 16, instructions: 256 };
/** Unrolled all the same where it cannot be a real loop: it indexes what exists at generation time only. */
const UNROLL_AT_MOST = { turns: 10_000, instructions: 200_000 };

export function lowerFor(context: Context, node: ForStatement, label?: string): void {
  withScope(context, () => {
    if (node.initial?.kind === "VariableDeclaration") lowerDeclaration(context, node.initial);
    else if (node.initial) lowerExpression(context, node.initial, true);
    const { test, update, body } = node;
    lowerLoop(context, loopOf(context, { span: node, label, test, update, body, testsFirst: true }));
  });
}

export function lowerWhile(context: Context, node: WhileStatement | DoWhileStatement, label?: string): void {
  const { test, body } = node;
  const testsFirst = node.kind === "WhileStatement";
  lowerLoop(context, loopOf(context, { span: node, label, test, body, update: undefined, testsFirst }));
}

/** A loop of the text, by its parts. */
interface LoopText {
  readonly span: Span;
  readonly label: string | undefined;
  readonly test: Expression | undefined;
  readonly body: Statement;
  readonly update: Expression | undefined;
  readonly testsFirst: boolean;
}

function loopOf(context: Context, { span, label, test, body, update, testsFirst }: LoopText): Loop {
  return {
    span,
    parts: [test, body, update],
    testsFirst,
    test: test && ((yes, no) => lowerCondition(context, test, yes, no)),
    turn: (leave) => lowerTurn(context, body, label, leave),
    update: update && (() => void lowerExpression(context, update, true)),
  };
}

/** The body once; paths that `continue` meet at its end. */
function lowerTurn(context: Context, body: Statement, label: string | undefined, leave: Label): void {
  const { builder } = context;
  const next = builder.label();
  withExit(context, { label, break: leave, continue: next }, () => lowerStatement(context, body));
  builder.goto(next);
  builder.place(next);
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
  const listing = listingOf(context, operand, node.iterable);
  if (listing) return lowerForListed(context, node, listing, label);
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

/** `for…of` over what is in a map. */
function lowerForListed(context: Context, node: ForOfStatement, listing: Listing, label: string | undefined): void {
  lowerElements(context, listing.which, node, (value, key, leave) => {
    withScope(context, () => {
      bindElement(context, node.target, node.declaration, listing.of(value, key));
      lowerTurn(context, node.body, label, leave);
    });
  });
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
    loop.turn(leave);
    if (loop.update && builder.reachable) loop.update();
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
function decided({ builder }: Context, test: Loop["test"]): boolean | undefined {
  if (!test) return true;
  const [yes, no] = [builder.label(), builder.label()];
  test(yes, no);
  if (yes.incoming.length > 0 && no.incoming.length > 0) return undefined;
  const isYes = yes.incoming.length > 0;
  builder.place(isYes ? yes : no);
  return isYes;
}
