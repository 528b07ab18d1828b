/**
 * Decides where constants that need a register are written: in the block that uses them, or before its ways part if all of
 * them use the constant; out of loops; and once for what the block dominates. Whether a register can be spared for so long
 * is the allocator's to decide: a constant is made again where it cannot.
 *
 * @module
 */

import { Graph } from "./graph.ts";
import {
  type MachineFunction,
  type MachineInstruction,
  type MachineOperation,
  slotsOfConstant,
  type VirtualRegister,
} from "./machine.ts";

/** Blocks looked at to find out whether all ways use a constant. */
const FARTHEST_LOOK = 200;
/** Uses on different ways that are worth one instruction on a way without. */
const MANY = 3;

export function materialize(fn: MachineFunction): void {
  if (fn.constants.size === 0) return;
  const graph = new Graph(fn);
  const uses = usesOf(fn, graph);
  const made: Made[] = [];
  for (const [register, blocks] of uses) {
    const operation = fn.constants.get(register)!;
    placements(graph, blocks, slotsOfConstant(operation)).forEach((covered, at) => {
      made.push({ at, register, name: fn.registers++, operation, covered });
    });
  }
  rename(graph, made);
  insert(graph, made);
  fn.constants.clear();
}

/** One writing of a constant under a new name, for the uses in some blocks. */
interface Made {
  readonly at: number;
  readonly register: VirtualRegister;
  readonly name: VirtualRegister;
  readonly operation: MachineOperation;
  readonly covered: readonly number[];
}

/** Constant → the blocks that use it, in order. */
function usesOf(fn: MachineFunction, { blocks }: Graph): Map<VirtualRegister, number[]> {
  const uses = new Map<VirtualRegister, number[]>();
  blocks.forEach(({ instructions, end }, at) => {
    const note = (register: VirtualRegister) => {
      if (!fn.constants.has(register)) return;
      const known = uses.get(register);
      if (!known) uses.set(register, [at]);
      else if (known[known.length - 1] !== at) known.push(at);
    };
    for (const instruction of instructions) instruction.uses.forEach(note);
    if (end.kind === "branch") end.uses.forEach(note);
  });
  return uses;
}

/** The blocks to write a constant in, and the using blocks that each serves. */
function placements(graph: Graph, uses: readonly number[], slots: number): Map<number, number[]> {
  const { nesting: { first, last } } = graph;
  const using = new Set(uses);
  const inside = (outer: number, inner: number) => first[outer] <= first[inner] && first[inner] <= last[outer];
  /** Placements that no node above has taken over so far, first ones last. */
  const open: { at: number; covered: number[] }[] = [];
  // Inner nodes come after outer ones: backwards, all that a node dominates is decided when its turn comes.
  for (const node of withMeetings(graph, uses).toReversed()) {
    let below = open.length;
    while (below > 0 && inside(node, open[below - 1].at)) below--;
    const count = open.length - below;
    if (!using.has(node) && !(count > 1 && isShared(graph, node, using, count, slots))) continue;
    const covered = open.splice(below).flatMap((one) => one.covered);
    open.push({ at: node, covered: using.has(node) ? [node, ...covered] : covered });
  }
  const found = new Map<number, number[]>();
  for (const { at, covered } of open) {
    const out = outOfLoops(graph, at);
    found.set(out, [...found.get(out) ?? [], ...covered]);
  }
  return found;
}

/** The using blocks and the nearest common dominators of neighbours among them, outer ones first. */
function withMeetings({ nesting: { first }, parent, nesting }: Graph, uses: readonly number[]): number[] {
  const sorted = [...uses].sort((a, b) => first[a] - first[b]);
  const nodes = new Set(sorted);
  for (let i = 1; i < sorted.length; i++) {
    let up = sorted[i - 1];
    while (!(first[up] <= first[sorted[i]] && first[sorted[i]] <= nesting.last[up])) up = parent[up];
    nodes.add(up);
  }
  return [...nodes].sort((a, b) => first[a] - first[b]);
}

/** Whether ways that part in a block should have the constant before they do. */
function isShared(graph: Graph, at: number, using: ReadonlySet<number>, count: number, slots: number): boolean {
  return slots === 2 && count >= MANY || isSurelyUsed(graph, at, using);
}

/** Whether every way from a block comes to a use. */
function isSurelyUsed({ successors }: Graph, at: number, using: ReadonlySet<number>): boolean {
  const seen = new Set<number>();
  const work = [...successors[at]];
  if (work.length === 0) return false;
  while (work.length > 0) {
    const next = work.pop()!;
    if (using.has(next) || seen.has(next)) continue;
    seen.add(next);
    if (seen.size > FARTHEST_LOOK || successors[next].length === 0) return false;
    work.push(...successors[next]);
  }
  return true;
}

function outOfLoops({ depth, parent }: Graph, at: number): number {
  let up = at;
  while (depth[up] > 0 && parent[up] >= 0) up = parent[up];
  return up;
}

function rename({ blocks }: Graph, made: readonly Made[]): void {
  const names = new Map<number, Map<VirtualRegister, VirtualRegister>>();
  for (const { covered, register, name } of made) {
    for (const at of covered) {
      let ofBlock = names.get(at);
      if (!ofBlock) names.set(at, ofBlock = new Map());
      ofBlock.set(register, name);
    }
  }
  for (const [at, ofBlock] of names) {
    const now = (register: VirtualRegister) => ofBlock.get(register) ?? register;
    const { instructions, end } = blocks[at];
    for (const instruction of instructions) instruction.uses = instruction.uses.map(now);
    if (end.kind === "branch") end.uses = end.uses.map(now);
  }
}

/** Writes each constant before its first use in the block, or at its end. */
function insert({ blocks }: Graph, made: readonly Made[]): void {
  const byBlock = new Map<number, Map<VirtualRegister, Made>>();
  for (const one of made) {
    let ofBlock = byBlock.get(one.at);
    if (!ofBlock) byBlock.set(one.at, ofBlock = new Map());
    ofBlock.set(one.name, one);
  }
  for (const [at, ofBlock] of byBlock) {
    const block = blocks[at];
    const instructions: MachineInstruction[] = [];
    const write = (register: VirtualRegister, origin: MachineInstruction["origin"]) => {
      const one = ofBlock.get(register);
      if (!one) return;
      ofBlock.delete(register);
      instructions.push({ operation: one.operation, to: register, uses: [], origin });
    };
    for (const instruction of block.instructions) {
      for (const register of instruction.uses) write(register, instruction.origin);
      instructions.push(instruction);
    }
    for (const register of [...ofBlock.keys()]) write(register, block.end.origin);
    block.instructions = instructions;
  }
}
