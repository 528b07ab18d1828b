/**
 * What takes a loop's place: the struct is filled, the kernel calls the callback for each turn, and the program goes on
 * where the loop was left for.
 *
 * @module
 */

import { helperId } from "../../bytecode/helpers.ts";
import { type Block, type IrFunction, type Origin, replaceUses, successors, type Value } from "../ir.ts";
import { AGAIN, DONE } from "./callback.ts";
import type { Elements } from "./elements.ts";
import { load, type Place, store, storeFirst } from "./environment.ts";
import { type Host, structIn } from "./host.ts";
import type { Layout, Leaving } from "./layout.ts";
import { BlockWriter } from "./writer.ts";

/** Turns of one call (BPF_MAX_LOOPS, kernel/bpf/bpf_iter.c). */
const TURNS_OF_CALL = 8_388_608n;
/** The number that stands for no way out: the callback was never called, or wants to be called again. */
const STILL_INSIDE = 0n;

/** Whether one call is not enough. */
export function takesSeveralCalls(turns: bigint): boolean {
  return turns + 1n > TURNS_OF_CALL;
}

/** Puts the call where the loop was. The callback comes once more than the loop turns: the last time it leaves. */
export function placeCall(host: Host, layout: Layout, callback: IrFunction, turns: bigint, origin?: Origin): void {
  const { fn } = host;
  const { blocks } = layout.loop;
  fn.blocks = fn.blocks.filter((block) => !blocks.has(block));
  const writer = new BlockWriter(fn, origin);
  const struct = layout.size === 0 ? writer.constant(0n) : structIn(host, layout.size);
  fillStruct(layout, writer, struct);
  if (layout.elements) callForElements(writer, layout.elements, callback, struct);
  else callForTurns(writer, layout, callback, struct, turns);
  const results = new Map([...layout.kept].map(([value, place]) => [value, load(writer, struct, place)]));
  for (const [value, copy] of results) if (layout.pointers.has(value)) host.pointers.add(copy);
  goOn(host, layout, writer, struct);
  replaceUses(fn, results);
}

function callForElements(writer: BlockWriter, { map }: Elements, callback: IrFunction, struct: Value): void {
  writer.emit({ kind: "call", callee: helperId("for_each_map_elem") }, [
    map.operation.kind === "mapReference" ? writer.emit(map.operation) : map,
    writer.emit({ kind: "functionAddress", callee: callback }),
    struct,
    writer.constant(0n),
  ]);
}

function callForTurns(writer: BlockWriter, { code }: Layout, callback: IrFunction, struct: Value, turns: bigint): void {
  const several = takesSeveralCalls(turns);
  const called = several ? driver(callback, code!, writer.origin) : callback;
  writer.emit({ kind: "call", callee: helperId("loop") }, [
    writer.constant(several ? turns / TURNS_OF_CALL + 1n : turns + 1n),
    writer.emit({ kind: "functionAddress", callee: called }),
    struct,
    writer.constant(0n),
  ]);
}

function fillStruct(layout: Layout, writer: BlockWriter, struct: Value): void {
  const { loop: { head }, entries, carried, captured, kept, exits, code } = layout;
  const [only, ...others] = entries;
  const first = others.length === 0 ? only.arguments : writer.parametersLike(head);
  if (others.length === 0) only.arguments = [];
  for (const edge of entries) edge.block = writer.block;
  carried.forEach((place, i) => storeFirst(writer, struct, place, first[i]));
  for (const [value, place] of captured) store(writer, struct, place, value);
  // Nobody reads these before they are written, but the verifier does not see that.
  const places = [...kept.values(), ...exits.flatMap((exit) => exit.arguments), ...code ? [code] : []];
  for (const place of places) {
    if (!carried.includes(place)) storeFirst(writer, struct, place, writer.constant(STILL_INSIDE));
  }
}

/** Goes on by the way out that the callback has told. */
function goOn(host: Host, layout: Layout, before: BlockWriter, struct: Value): void {
  const { exits, code, elements, pointers } = layout;
  const ways = exits.map((exit) => ({ exit, block: arrive(host, exit, struct, pointers, before.origin) }));
  const last = elements?.done ?? takeOther(ways, layout) ?? nowhere(host, before.origin);
  const which = ways.length > 0 ? load(before, struct, code!) : undefined;
  let at = before;
  ways.forEach(({ exit, block }, i) => {
    const next = i === ways.length - 1 ? undefined : new BlockWriter(host.fn, before.origin);
    at.branch("eq", which!, at.constant(exit.code), block, next?.block ?? last);
    if (next) at = next;
  });
  if (ways.length === 0) before.jump(last);
}

/**
 * Takes out the way that is gone if it is none of the others; also if the callback was never called, as the verifier sees it.
 * Where the ways must not be taken for each other it is the one on which no turn has done anything, if there is one.
 */
function takeOther(
  ways: { readonly exit: Leaving; readonly block: Block }[],
  { isStrict, loop: { head }, pointers }: Layout,
): Block | undefined {
  if (!isStrict) return ways.pop()!.block;
  const own = new Set(successors(head));
  const at = ways.findIndex(({ exit: { edges, results, to } }) =>
    edges.some((edge) => own.has(edge)) && results.every((value) => head.parameters.includes(value)) &&
    !to.parameters.some((parameter) => pointers.has(parameter))
  );
  return at < 0 ? undefined : ways.splice(at, 1)[0].block;
}

/** Loads what a block outside takes, and goes there. */
function arrive(
  host: Host,
  exit: Leaving,
  struct: Value,
  pointers: ReadonlySet<Value>,
  origin: Origin | undefined,
): Block {
  const first = new BlockWriter(host.fn, origin);
  const values = exit.arguments.map((place) => load(first, struct, place));
  values.forEach((value, i) => pointers.has(exit.to.parameters[i]) && host.pointers.add(value));
  let writer = first;
  for (const { address, bytes, end } of exit.proven) {
    const next = new BlockWriter(host.fn, origin);
    const sum = writer.emit({ kind: "binary", operator: "add", width: 64 }, [address, writer.constant(bytes)]);
    writer.branch("ugt", sum, end, nowhere(host, origin), next.block);
    writer = next;
  }
  writer.jump(exit.to, values);
  return first.block;
}

/** Where a loop that nothing has left would go: the turns are enough, but the verifier looks at it. */
export function nowhere(host: Host, origin: Origin | undefined): Block {
  const writer = new BlockWriter(host.fn, origin);
  writer.return(host.struct ? DONE : 0n);
  return writer.block;
}

/** A callback that calls the callback: for loops with more turns than one call makes. */
function driver(callback: IrFunction, code: Place, origin: Origin | undefined): IrFunction {
  const fn: IrFunction = { name: `${callback.name}_calls`, blocks: [], nextId: 0 };
  const writer = new BlockWriter(fn, origin);
  const struct = writer.emit({ kind: "argument", index: 1 });
  writer.emit({ kind: "call", callee: helperId("loop") }, [
    writer.constant(TURNS_OF_CALL),
    writer.emit({ kind: "functionAddress", callee: callback }),
    struct,
    writer.constant(0n),
  ]);
  const [again, done] = [new BlockWriter(fn, origin), new BlockWriter(fn, origin)];
  again.return(AGAIN);
  done.return(DONE);
  writer.branch("eq", load(writer, struct, code), writer.constant(STILL_INSIDE), again.block, done.block);
  return fn;
}
