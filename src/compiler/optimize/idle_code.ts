/**
 * Goes past code that has no effect and whose results nobody reads: a test whose ways meet again with the same values, loops
 * included. So a walk through headers costs what is used of it.
 *
 * Assumes: dead code is removed; every loop ends, as the language demands. Gains: tests, loads and loops. Costs: a look at
 * what follows each test, up to a limit.
 *
 * @module
 */

import {
  type Block,
  definedIn,
  type Edge,
  type IrFunction,
  isPure,
  reversePostorder,
  successors,
  terminatorInputs,
  type Value,
} from "../ir.ts";

/** So many blocks lie between a test and the point where its ways meet, at most. */
const FARTHEST = 64;

export function skipIdleCode(fn: IrFunction): boolean {
  const order = fn.blocks;
  const position = new Int32Array(fn.nextId).fill(-1);
  order.forEach(({ id }, i) => position[id] = i);
  const course = { position, isHopeless: new Uint8Array(fn.nextId) };
  let changed = false;
  // Backwards, so that what lies within is gone first.
  for (const block of order.toReversed()) {
    const meeting = meetingOf(block, fn, course);
    if (!meeting) continue;
    block.terminator = { kind: "jump", to: meeting, origin: block.terminator!.origin };
    changed = true;
  }
  if (changed) fn.blocks = reversePostorder(fn);
  return changed;
}

/** Of blocks, by id. */
interface Course {
  /** Which comes before which. */
  readonly position: Int32Array;
  /** Not 0 for a test whose ways were seen not to meet: then those of tests before it do not meet behind it either. */
  readonly isHopeless: Uint8Array;
}

/** Where all ways from a block meet, if nothing happens before that. A jump is of interest where it enters a loop. */
function meetingOf(block: Block, fn: IrFunction, course: Course): Edge | undefined {
  const { terminator } = block;
  if (terminator?.kind === "branch") {
    const found = region(block, successors(block), course);
    return found && withoutLocals(found);
  }
  if (terminator?.kind !== "jump" || !terminator.to.block.loop) return undefined;
  const found = region(block, [terminator.to], course, true);
  return found && !isRead(found.passed, fn) ? withoutLocals(found) : undefined;
}

/** Blocks that are passed, and the edges that lead out of them, all to one block. */
interface Idle {
  readonly passed: ReadonlySet<Block>;
  readonly ends: readonly Edge[];
}

function region(
  start: Block,
  ways: readonly Edge[],
  { position, isHopeless }: Course,
  entersLoop = false,
): Idle | undefined {
  const isBefore = ({ block: { id } }: Edge) => position[id] <= position[start.id];
  if (ways.some(isBefore)) return undefined;
  const passed = new Set<Block>();
  const ends = [...ways];
  while (entersLoop && passed.size === 0 || !meet(ends)) {
    const next = nearestOf(ends, position);
    const further = successors(next);
    if (further.some(isBefore)) return undefined;
    if (passed.size === FARTHEST || isHopeless[next.id] || !canBePassed(next)) {
      isHopeless[start.id] = Number(!entersLoop);
      return undefined;
    }
    passed.add(next);
    dropEdgesTo(next, ends);
    for (const edge of further) if (!passed.has(edge.block)) ends.push(edge);
  }
  return ends.length > 0 ? { passed, ends } : undefined;
}

function meet(edges: readonly Edge[]): boolean {
  for (let i = 1; i < edges.length; i++) if (edges[i].block !== edges[0].block) return false;
  return true;
}

function nearestOf(edges: readonly Edge[], position: Int32Array): Block {
  let { block: nearest } = edges[0];
  for (const { block } of edges) if (position[block.id] < position[nearest.id]) nearest = block;
  return nearest;
}

function dropEdgesTo(target: Block, edges: Edge[]): void {
  let count = 0;
  for (const edge of edges) if (edge.block !== target) edges[count++] = edge;
  edges.length = count;
}

function canBePassed(block: Block): boolean {
  return successors(block).length > 0 && block.instructions.every(({ operation }) => isPure(operation));
}

/** An edge in the place of all, if they bring the same, and nothing that is computed on the way. */
function withoutLocals({ passed, ends: [{ block, arguments: first }, ...others] }: Idle): Edge | undefined {
  if (!others.every(({ arguments: values }) => values.every((value, i) => value === first[i]))) return undefined;
  const locals = first.length > 0 ? definedIn(passed) : new Set();
  return first.some((value) => locals.has(value)) ? undefined : { block, arguments: [...first] };
}

/** Whether what is computed on the way is read behind it: a loop's first block is on all ways to there. */
function isRead(passed: ReadonlySet<Block>, { blocks }: IrFunction): boolean {
  const locals = definedIn(passed);
  const isLocal = (value: Value) => locals.has(value);
  return blocks.some((block) =>
    !passed.has(block) && (
      block.instructions.some(({ inputs }) => inputs.some(isLocal)) || terminatorInputs(block.terminator!).some(isLocal)
    )
  );
}
