/**
 * The function that a loop becomes: the loop's blocks as they are, between loads of what they need and stores of what they
 * leave.
 *
 * @module
 */

import { type IrFunction, type Origin, replaceUses, type Value } from "../ir.ts";
import { STRUCT } from "./elements.ts";
import { load, type Place, store } from "./environment.ts";
import type { Host } from "./host.ts";
import type { Layout, Leaving } from "./layout.ts";
import { BlockWriter } from "./writer.ts";

/** What a callback gives to be called again, and to end the loop. */
export const AGAIN = 0n;
export const DONE = 1n;

/** Moves the loop's blocks into a function of their own. */
export function makeCallback(host: Host, layout: Layout, name: string, origin: Origin | undefined): Host {
  const { head, blocks } = layout.loop;
  const inside = host.fn.blocks.filter((block) => blocks.has(block));
  const fn: IrFunction = { name, blocks: [], nextId: host.fn.nextId };
  const entry = new BlockWriter(fn, origin);
  const struct = entry.emit({ kind: "argument", index: layout.elements ? STRUCT : 1 });
  const given = layout.elements?.given ?? [];
  entry.block.instructions.push(...given);
  head.instructions = head.instructions.filter((value) => !given.includes(value));
  const { replaced, inherited } = loadInputs(host, layout, entry, struct);
  const carried = layout.carried.map((place) => load(entry, struct, place));
  entry.jump(head, carried);
  fn.blocks.push(...inside);
  goAgain(layout, fn, struct, origin);
  for (const exit of layout.exits) leave(layout, exit, fn, struct, origin);
  replaceUses(fn, replaced);
  const { pointers } = layout;
  const loaded = [...replaced, ...carried.map((value, i) => [head.parameters[i], value] as const)];
  const known = loaded.filter(([value]) => pointers.has(value)).map(([, copy]) => copy);
  return { fn, struct, inherited, pointers: new Set(known) };
}

/** Loads or rebuilds what the loop uses from outside. */
function loadInputs(
  host: Host,
  { rebuilt, captured, inherited }: Layout,
  entry: BlockWriter,
  struct: Value,
): { replaced: Map<Value, Value>; inherited: Map<Value, Place> } {
  const replaced = new Map<Value, Value>();
  const loaded = new Map<Value, Place>();
  for (const value of rebuilt) replaced.set(value, entry.emit(value.operation, [], value.range));
  for (const [value, place] of captured) {
    const copy = load(entry, struct, place);
    replaced.set(value, copy);
    loaded.set(copy, place);
  }
  for (const value of inherited) {
    replaced.set(value, load(entry, replaced.get(host.struct!)!, host.inherited.get(value)!));
  }
  return { replaced, inherited: loaded };
}

/** The end of a turn. */
function goAgain({ loop: { head }, carried, back }: Layout, fn: IrFunction, struct: Value, origin?: Origin): void {
  const again = new BlockWriter(fn, origin);
  again.parametersLike(head).forEach((value, i) => store(again, struct, carried[i], value));
  again.return(AGAIN);
  for (const edge of back) edge.block = again.block;
}

function leave({ kept, code, loop }: Layout, exit: Leaving, fn: IrFunction, struct: Value, origin?: Origin): void {
  const end = new BlockWriter(fn, origin);
  end.parametersLike(exit.to).forEach((value, i) => store(end, struct, exit.arguments[i], value));
  for (const value of exit.results) {
    // What is carried from turn to turn is there already.
    if (!loop.head.parameters.includes(value)) store(end, struct, kept.get(value)!, value);
  }
  if (code) store(end, struct, code, end.constant(exit.code));
  end.return(DONE);
  for (const edge of exit.edges) edge.block = end.block;
}
