/**
 * Simplifies the graph of blocks: goes straight through blocks that only jump, joins blocks that follow each other, and
 * drops what cannot be reached.
 *
 * Assumes: constants in the entry, which stays by itself. Gains: fewer jumps, longer blocks for the other passes. Costs: linear.
 *
 * @module
 */

import {
  beginsElements,
  type Block,
  eachEdge,
  type Edge,
  type IrFunction,
  isSameEdge,
  reversePostorder,
} from "../ir.ts";

export function simplifyControlFlow(fn: IrFunction): boolean {
  let changed = false;
  const follow = (edge: Edge) => {
    if (thread(edge)) changed = true;
  };
  for (const block of fn.blocks) {
    eachEdge(block, follow);
    const end = block.terminator;
    if (end?.kind === "branch" && isSameEdge(end.then, end.else)) {
      block.terminator = { kind: "jump", to: end.then, origin: end.origin };
      changed = true;
    }
  }
  if (changed) fn.blocks = reversePostorder(fn);
  return joinChains(fn) || changed;
}

/** Points an edge past blocks that do nothing but jump; whether there are any. */
function thread(edge: Edge): boolean {
  const first = edge.block;
  for (let steps = 0; steps < 100; steps++) {
    const { parameters, instructions, terminator, loop } = edge.block;
    // What is known of a loop is known of its first block.
    const isEmpty = !loop && parameters.length === 0 && instructions.length === 0;
    if (!isEmpty || terminator?.kind !== "jump" || terminator.to.block === edge.block) break;
    edge.block = terminator.to.block;
    edge.arguments = [...terminator.to.arguments];
  }
  return edge.block !== first;
}

/** Appends blocks to their only predecessors, where those only go there; whether there are any. */
function joinChains(fn: IrFunction): boolean {
  const { blocks } = fn;
  const entries = new Uint32Array(fn.nextId);
  const [entry] = blocks;
  entries[entry.id] = 1;
  const enter = (edge: Edge) => void entries[edge.block.id]++;
  for (const block of blocks) eachEdge(block, enter);
  for (const block of blocks) {
    for (let end = block.terminator; end?.kind === "jump"; end = block.terminator) {
      const next: Block = end.to.block;
      const isOwn = block === entry || next === block || beginsElements(next);
      if (isOwn || entries[next.id] !== 1 || next.parameters.length > 0) break;
      for (const value of next.instructions) block.instructions.push(value);
      block.terminator = next.terminator;
      entries[next.id] = 0;
      next.instructions = [];
      next.terminator = undefined;
    }
  }
  const joined = blocks.filter(({ terminator }) => terminator);
  const changed = joined.length < blocks.length;
  if (changed) fn.blocks = joined;
  return changed;
}
