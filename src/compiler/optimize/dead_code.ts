/**
 * Removes instructions and block parameters whose values nobody reads. That constants have gone is not told: no other pass
 * finds more to do then.
 *
 * Assumes: nothing. Gains: what lowering computed in case it would be needed. Costs: one walk, linear.
 *
 * @module
 */

import { type Block, eachEdge, type Edge, type IrFunction, isPure, successors, type Value } from "../ir.ts";

export function removeDeadCode(fn: IrFunction): boolean {
  const live = markLive(fn);
  const isLive = ({ id }: Value) => live[id] === 1;
  let changed = false;
  const keepLive = (edge: Edge) => {
    const { parameters } = edge.block;
    if (parameters.length > 0 && !parameters.every(isLive)) {
      edge.arguments = edge.arguments.filter((_, i) => isLive(parameters[i]));
    }
  };
  for (const block of fn.blocks) {
    if (keepInstructions(block, live)) changed = true;
    eachEdge(block, keepLive);
  }
  for (const { parameters } of fn.blocks) {
    if (parameters.length === 0 || parameters.every(isLive)) continue;
    parameters.splice(0, Infinity, ...parameters.filter(isLive));
    changed = true;
  }
  return changed;
}

/** Keeps what is live; whether anything but constants has gone. */
function keepInstructions(block: Block, live: Uint8Array): boolean {
  const { instructions } = block;
  let isNews = false;
  let count = 0;
  for (let i = 0; i < instructions.length; i++) {
    const value = instructions[i];
    if (live[value.id]) count++;
    else if (value.operation.kind !== "constant") isNews = true;
  }
  if (count < instructions.length) block.instructions = instructions.filter(({ id }) => live[id]);
  return isNews;
}

/** One byte for each value id: 1 if somebody reads the value, or it does something. */
function markLive({ blocks, nextId }: IrFunction): Uint8Array {
  const live = new Uint8Array(nextId);
  // Readers come first, except of what is brought back to the beginning of a loop.
  do {
    for (let at = blocks.length - 1; at >= 0; at--) markBlock(blocks[at], live);
  } while (blocks.some((block) => successors(block).some((edge) => bringsNews(edge, live))));
  return live;
}

function markBlock({ instructions, terminator: end }: Block, live: Uint8Array): void {
  if (end?.kind === "jump") markBrought(end.to, live);
  else if (end?.kind === "branch") {
    live[end.left.id] = live[end.right.id] = 1;
    markBrought(end.then, live);
    markBrought(end.else, live);
  } else if (end) live[end.value.id] = 1;
  for (let i = instructions.length - 1; i >= 0; i--) {
    const { id, operation, inputs } = instructions[i];
    if (live[id] === 0 && isPure(operation)) continue;
    live[id] = 1;
    for (let k = 0; k < inputs.length; k++) live[inputs[k].id] = 1;
  }
}

function markBrought({ block: { parameters }, arguments: values }: Edge, live: Uint8Array): void {
  for (let i = 0; i < values.length; i++) if (live[parameters[i].id]) live[values[i].id] = 1;
}

/** Whether an edge brings something for a live parameter that is not known to be live. */
function bringsNews({ block: { parameters }, arguments: values }: Edge, live: Uint8Array): boolean {
  for (let i = 0; i < values.length; i++) if (live[parameters[i].id] && !live[values[i].id]) return true;
  return false;
}
