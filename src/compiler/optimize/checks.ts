/**
 * Merges the checks that bytes belong to the packet. A check that follows another one of the same pointer is left out if the
 * first covers it; and a first check is made to cover a later one if nothing can tell the difference (rule 18): from there on,
 * before anything has an effect, every path comes to the later check or ends as that check's failure would.
 *
 * Assumes: nothing. Gains: a sum and a test for each field but the farthest. Costs: a walk for each pointer with several
 * checks, no farther than the first effect.
 *
 * @module
 */

import { dominatorsOf } from "../analysis/dominators.ts";
import { splitAddress } from "../analysis/memory.ts";
import { type Block, type Edge, type IrFunction, isPure, makeValue, reversePostorder, type Value } from "../ir.ts";
import { Constants } from "./constants.ts";

export function mergeChecks(fn: IrFunction): boolean {
  const checks = new Map<Block, Check>();
  for (const block of fn.blocks) {
    const check = checkOf(block);
    if (check) checks.set(block, check);
  }
  if (checks.size < 2) return false;
  const isRaised = raise(fn, checks);
  return removeCovered(fn, checks) || isRaised;
}

/** `base + bytes` against the packet's end, at the end of a block. */
interface Check {
  readonly base: Value;
  bytes: number;
  readonly good: Edge;
  readonly bad: Edge;
  readonly failure: End;
}

/** What happens over an edge: the block that it comes to with these values, or the value that is returned. */
interface End {
  readonly block: Block | undefined;
  readonly values: readonly Value[];
}

function checkOf({ terminator: end }: Block): Check | undefined {
  if (end?.kind !== "branch" || end.width !== 64 || end.right.operation.kind !== "packetEnd") return undefined;
  if (end.comparison !== "ugt" && end.comparison !== "ule") return undefined;
  const { base, distance } = splitAddress(end.left);
  const [bad, good] = end.comparison === "ugt" ? [end.then, end.else] : [end.else, end.then];
  return { base, bytes: distance, good, bad, failure: endOf(bad) };
}

/** What happens over an edge; blocks that do nothing are looked through. */
function endOf(edge: Edge): End {
  let { block, arguments: values } = edge;
  for (let steps = 0; steps < 10 && block.instructions.length === 0; steps++) {
    const { parameters, terminator: end } = block;
    if (end?.kind !== "return" && end?.kind !== "jump") break;
    const given = values;
    const now = (value: Value) => given[parameters.indexOf(value)] ?? value;
    if (end.kind === "return") return { block: undefined, values: [now(end.value)] };
    values = end.to.arguments.map(now);
    block = end.to.block;
  }
  return { block, values };
}

function isSame(a: End, b: End): boolean {
  return a.block === b.block && a.values.length === b.values.length && a.values.every((one, i) => one === b.values[i]);
}

function nameOf({ block, values }: End): string {
  return `${block?.id} ${values.map(({ id }) => id).join()}`;
}

/** Makes first checks cover what surely follows; whether there are any. */
function raise(fn: IrFunction, checks: ReadonlyMap<Block, Check>): boolean {
  let changed = false;
  const known = new Map<string, Map<Block, number>>();
  const constants = new Constants(fn);
  for (const [block, check] of checks) {
    const name = `${check.base.id} ${nameOf(check.failure)}`;
    let ofName = known.get(name);
    if (!ofName) known.set(name, ofName = new Map());
    const bytes = wanted(check.good, check, checks, ofName);
    if (bytes === Infinity || bytes <= check.bytes) continue;
    check.bytes = bytes;
    const end = block.terminator;
    if (end?.kind !== "branch") continue;
    const sum = { kind: "binary", operator: "add", width: 64 } as const;
    end.left = makeValue(fn, sum, [check.base, constants.of(BigInt(bytes))], end.origin);
    block.instructions.push(end.left);
    changed = true;
  }
  return changed;
}

/**
 * The bytes that every path beyond an edge checks before it has an effect; `Infinity` if all of them end as a failure does.
 * Loops are not looked through.
 */
function wanted(
  edge: Edge,
  check: Check,
  checks: ReadonlyMap<Block, Check>,
  known: Map<Block, number>,
): number {
  const value = (edge: Edge) => isSame(endOf(edge), check.failure) ? Infinity : known.get(edge.block);
  if (value(edge) !== undefined) return value(edge)!;
  const stack = [edge.block];
  const entered = new Set(stack);
  while (stack.length > 0) {
    const block = stack[stack.length - 1];
    const { bytes, edges } = edgesBeyond(block, check, checks);
    const open = edges.find((edge) => value(edge) === undefined && !entered.has(edge.block));
    if (open) {
      entered.add(open.block);
      stack.push(open.block);
      continue;
    }
    const least = edges.length === 0 ? 0 : Math.min(...edges.map((edge) => value(edge) ?? 0));
    known.set(block, Math.max(bytes, least));
    stack.pop();
  }
  return value(edge)!;
}

/** Where paths go on to from a block, and what the block itself checks; nowhere if it has an effect. */
function edgesBeyond(
  block: Block,
  check: Check,
  checks: ReadonlyMap<Block, Check>,
): { readonly bytes: number; readonly edges: readonly Edge[] } {
  const end = block.terminator!;
  if (!block.instructions.every(({ operation }) => isPure(operation))) return { bytes: 0, edges: [] };
  const own = checks.get(block);
  if (own && own.base === check.base && isSame(own.failure, check.failure)) {
    return { bytes: own.bytes, edges: [own.good] };
  }
  if (end.kind === "jump") return { bytes: 0, edges: [end.to] };
  return { bytes: 0, edges: end.kind === "branch" ? [end.then, end.else] : [] };
}

/** Leaves out checks of what is known already; whether there are any. */
function removeCovered(fn: IrFunction, checks: ReadonlyMap<Block, Check>): boolean {
  let changed = false;
  const { blocks, children, parent, predecessors } = dominatorsOf(fn);
  const proven = new Map<Value, number>();
  const stack = [{ at: 0, isDone: false, base: undefined as Value | undefined, before: 0 }];
  while (stack.length > 0) {
    const top = stack.pop()!;
    if (top.isDone) {
      if (top.base) proven.set(top.base, top.before);
      continue;
    }
    const block = blocks[top.at];
    const shown = predecessors[top.at].length === 1 ? checks.get(blocks[parent[top.at]]) : undefined;
    const isShown = shown && shown.good.block === block && shown.bad.block !== block;
    const before = isShown ? proven.get(shown.base) ?? 0 : 0;
    if (isShown) proven.set(shown.base, Math.max(before, shown.bytes));
    stack.push({ at: top.at, isDone: true, base: isShown ? shown.base : undefined, before });
    const check = checks.get(block);
    if (check && (proven.get(check.base) ?? 0) >= check.bytes) {
      block.terminator = { kind: "jump", to: check.good, origin: block.terminator!.origin };
      changed = true;
    }
    for (let at = children.first[top.at]; at >= 0; at = children.next[at]) {
      stack.push({ at, isDone: false, base: undefined, before: 0 });
    }
  }
  if (changed) fn.blocks = reversePostorder(fn);
  return changed;
}
