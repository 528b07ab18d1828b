/**
 * Numbers that the verifier must not follow, because they have another value on each way through the program: it would look
 * at all ways until it gives up. They are laundered, so that they are the same unknown ones on all ways.
 *
 * @module
 */

import { Incoming } from "../analysis/incoming.ts";
import { loopsOf, type NaturalLoop } from "../analysis/loops.ts";
import { pointersOf } from "../analysis/pointers.ts";
import {
  type Block,
  definedIn,
  type Edge,
  type IrFunction,
  isArithmetic,
  isPure,
  replaceUses,
  reversePostorder,
  successors,
  type Value,
} from "../ir.ts";
import { type Deciding, decidingValues } from "./deciding.ts";
import type { Host } from "./host.ts";
import { launder } from "./launder.ts";
import { appending } from "./writer.ts";

/** Loops of so few turns are followed to their end. */
const FEW_TURNS = 4n;
/** So many decisions in a row may change a number before it is laundered. */
const FEW_DECISIONS = 5;

/** So many instructions the verifier may look at for a number that begins anew now and then. */
const MOST_FOLLOWED = 100_000n;

/** What is known of a function while it is gone through. */
interface Survey {
  readonly fn: IrFunction;
  readonly pointers: ReadonlySet<Value>;
  /** Values that the verifier decides something by. Others it does not tell apart. */
  readonly deciding: Deciding;
}

/** Launders what would make the verifier look at too many ways. */
export function mergePaths({ fn, pointers }: Host): void {
  if (fn.blocks.length <= FEW_DECISIONS) return;
  const survey = { fn, pointers: pointersOf(fn, pointers), deciding: decidingValues(fn) };
  const loops: NaturalLoop[] = [];
  const collect = (loop: NaturalLoop): void => {
    loops.push(loop);
    loop.children.forEach(collect);
  };
  loopsOf(fn).forEach(collect);
  const long = loops.filter(({ head }) => (head.loop?.turns ?? 0n) > FEW_TURNS);
  const entering = waysTo(new Set(long.map(({ head }) => head)), fn.blocks);
  for (const loop of long) {
    launderChanged(survey, loop, entering.get(loop.head) ?? []);
    launderCompared(survey, loop);
  }
  launderJoined(survey, new Set(loops.map(({ head }) => head)));
}

/** What branches inside a loop change, at the end of each turn. */
function launderChanged(
  { fn, pointers, deciding }: Survey,
  { head, blocks }: NaturalLoop,
  entering: readonly Way[],
): void {
  const joined = new Set([...blocks].flatMap((block) => block === head ? [] : block.parameters));
  const mayBeRenewed = isFollowed(head, blocks);
  const back = entering.filter(({ from }) => blocks.has(from));
  const changed = head.parameters.map((parameter, i) =>
    deciding[parameter.id] === 1 && !pointers.has(parameter) &&
    !(mayBeRenewed && back.some(({ edge }) => isRenewed(edge.arguments[i], blocks, head))) &&
    back.some(({ edge }) => dependsOn(edge.arguments[i], joined))
  );
  for (const { from, edge } of entering) {
    const writer = appending(fn, from, from.terminator?.origin);
    edge.arguments = edge.arguments.map((value, i) => {
      const isConstant = value.operation.kind === "constant";
      return changed[i] && (isConstant || blocks.has(from)) ? launder(writer, value) : value;
    });
  }
}

/** Whether the verifier may well look at each turn in as many ways as there are turns. */
function isFollowed({ loop }: Block, blocks: ReadonlySet<Block>): boolean {
  const size = [...blocks].reduce((sum, { instructions }) => sum + instructions.length + 1, 0);
  return (loop?.turns ?? 0n) ** 2n * BigInt(size) <= MOST_FOLLOWED;
}

/** Whether some way through a turn gives a value that does not come from the turns before: one that is just loaded. */
function isRenewed(value: Value, blocks: ReadonlySet<Block>, head: Block): boolean {
  const seen = new Set<Value>();
  const visit = (one: Value): boolean => {
    if (seen.has(one) || head.parameters.includes(one)) return false;
    seen.add(one);
    if (one.operation.kind === "load") return true;
    for (const block of blocks) {
      const i = block.parameters.indexOf(one);
      if (i >= 0) {
        return waysTo(new Set([block]), blocks).get(block)?.some(({ edge }) => visit(edge.arguments[i])) ?? false;
      }
    }
    return (one.operation.kind === "swap" || one.operation.kind === "extend") && visit(one.inputs[0]);
  };
  return visit(value);
}

interface Way {
  readonly from: Block;
  readonly edge: Edge;
}

/** The edges to some blocks, in the order of the blocks that they leave. */
function waysTo(targets: ReadonlySet<Block>, blocks: Iterable<Block>): Map<Block, Way[]> {
  const ways = new Map<Block, Way[]>();
  for (const from of targets.size > 0 ? blocks : []) {
    for (const edge of successors(from)) {
      if (!targets.has(edge.block)) continue;
      const known = ways.get(edge.block);
      if (known) known.push({ from, edge });
      else ways.set(edge.block, [{ from, edge }]);
    }
  }
  return ways;
}

/** Whether a value is computed, in registers alone, from one of those in which ways meet. */
function dependsOn(value: Value, joined: ReadonlySet<Value>): boolean {
  const seen = new Set<Value>();
  const visit = (one: Value): boolean => {
    if (joined.has(one)) return true;
    if (seen.has(one) || one.operation.kind === "load" || !isPure(one.operation)) return false;
    seen.add(one);
    return one.inputs.some(visit);
  };
  return visit(value);
}

/**
 * What is from before a loop and compared in each turn would be known better after each comparison: a copy is compared. Not
 * if it is compared with what was just loaded, of which the verifier knows nothing that could tell one turn from another.
 * Tests that may leave the loop stay as they are, for they show that it ends; so do proofs, which are about that very register.
 */
function launderCompared({ fn, pointers }: Survey, { blocks, children }: NaturalLoop): void {
  const inside = definedIn(blocks);
  for (const block of blocks) {
    const end = block.terminator;
    const isInner = children.some((child) => child.blocks.has(block));
    if (isInner || end?.kind !== "branch" || end.proof) continue;
    if (!successors(block).every((edge) => blocks.has(edge.block))) continue;
    if (isLoaded(end.left, inside) || isLoaded(end.right, inside)) continue;
    const writer = appending(fn, block, end.origin);
    const copy = (value: Value) => {
      const isFixed = value.operation.kind === "constant" || inside.has(value) || pointers.has(value);
      return isFixed ? value : launder(writer, value);
    };
    end.left = copy(end.left);
    end.right = copy(end.right);
  }
}

/** Whether a value is loaded in each turn, from where the verifier does not follow what is stored. */
function isLoaded(value: Value, inside: ReadonlySet<Value>): boolean {
  const { operation, inputs: [input] } = value;
  if (operation.kind === "swap" || operation.kind === "extend") return isLoaded(input, inside);
  return operation.kind === "load" && operation.region !== "stack" && inside.has(value);
}

/** Whether many decisions make no more of it than a few can. */
function isOneOfFew({ range }: Value): boolean {
  return range !== undefined && range.max - range.min < 1n << BigInt(FEW_DECISIONS);
}

/** What many decisions in a row have changed, where their ways meet. */
function launderJoined({ fn, pointers, deciding }: Survey, heads: ReadonlySet<Block>): void {
  const decisions = new Uint32Array(fn.nextId);
  const laundered = new Map<Value, Value>();
  const order = reversePostorder(fn);
  const incoming = new Incoming(fn);
  const mostOf = (values: readonly Value[]) => values.reduce((most, { id }) => Math.max(most, decisions[id]), 0);
  for (const block of order) {
    if (!heads.has(block)) {
      block.parameters.forEach((parameter) => {
        let most = 0;
        incoming.each(parameter, ({ id }) => most = Math.max(most, decisions[id]));
        const count = decisions[parameter.id] = 1 + most;
        if (count <= FEW_DECISIONS || isOneOfFew(parameter)) return;
        if (deciding[parameter.id] !== 1 || pointers.has(parameter)) return;
        decisions[parameter.id] = 0;
        const instructions: Value[] = [];
        laundered.set(
          parameter,
          launder(appending(fn, { ...block, instructions }, block.terminator?.origin), parameter),
        );
        block.instructions.unshift(...instructions);
      });
    }
    for (const value of block.instructions) {
      if (isArithmetic(value.operation)) decisions[value.id] = mostOf(value.inputs);
    }
  }
  replaceUses(fn, laundered);
  for (const [parameter, copy] of laundered) copy.inputs = [parameter];
}
