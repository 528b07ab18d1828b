/**
 * What a turn takes, a turn must give back: records of ring buffers, sockets, locks. A way out of a loop on which that is done is made
 * part of the loop, for the verifier thinks that the kernel may go on with the next turn whatever a function answers.
 *
 * @module
 */

import { EbpfError, ErrorCode } from "../../errors.ts";
import { helperId } from "../../bytecode/helpers.ts";
import { loopsOf, type NaturalLoop } from "../analysis/loops.ts";
import { definedIn, type IrFunction, successors, type Value } from "../ir.ts";
import { Source } from "../source.ts";

const RELEASES: ReadonlySet<unknown> = new Set(
  ["ringbuf_submit", "ringbuf_discard", "sk_release", "spin_unlock"].map(helperId),
);

/** The loop with all blocks on the ways to where something of its turns is given back. */
export function withReleases(fn: IrFunction, loop: NaturalLoop): NaturalLoop {
  let own: ReadonlySet<Value> | undefined;
  const isOwn = (value: Value) => (own ??= definedIn(loop.blocks)).has(value);
  const releasing = fn.blocks.filter((block) =>
    !loop.blocks.has(block) && block.instructions.some((value) => isRelease(value) && isOwn(value.inputs[0]))
  );
  if (releasing.length === 0) return loop;
  const others = flatten(loopsOf(fn)).filter((other) => !other.blocks.has(loop.head));
  const blocks = new Set(loop.blocks);
  const work = releasing;
  // All ways here come from where the value is made: from inside.
  while (work.length > 0) {
    const block = work.pop()!;
    if (blocks.has(block)) continue;
    if (others.some((other) => other.blocks.has(block))) return loop;
    blocks.add(block);
    work.push(...fn.blocks.filter((from) => successors(from).some((edge) => edge.block === block)));
  }
  return { ...loop, blocks };
}

/** What a loop gives back in its turns that was taken before: the verifier thinks that the next turn does so again. */
export function releaseOfOthers({ blocks }: NaturalLoop): Value | undefined {
  const own = definedIn(blocks);
  for (const { instructions } of blocks) {
    const found = instructions.find((value) => isRelease(value) && !own.has(value.inputs[0]));
    if (found) return found;
  }
  return undefined;
}

/** Refuses that. */
export function refuseReleases(loop: NaturalLoop): void {
  const release = releaseOfOthers(loop);
  if (!release) return;
  const what = "Cannot give away here what was taken before the loop: the kernel may take another turn";
  const remedy = "Leave the loop first: set a local and break, and give it back behind the loop";
  const { origin } = release;
  if (!(origin?.source instanceof Source)) throw new EbpfError(ErrorCode.RecordLeak, what, { remedy });
  throw origin.source.error(ErrorCode.RecordLeak, what, { start: origin.offset, end: origin.offset + 1 }, remedy);
}

function flatten(loops: readonly NaturalLoop[]): readonly NaturalLoop[] {
  return loops.flatMap((loop) => [loop, ...flatten(loop.children)]);
}

function isRelease({ operation }: Value): boolean {
  return operation.kind === "call" && RELEASES.has(operation.callee);
}
