/**
 * A counter for loops that end for a reason that the verifier does not follow: a number that is divided until nothing is left.
 *
 * @module
 */

import type { NaturalLoop } from "../analysis/loops.ts";
import { successors, type Value } from "../ir.ts";
import { nowhere } from "./call.ts";
import type { Host } from "./host.ts";
import { appending, BlockWriter } from "./writer.ts";

/** Counts a loop's turns, and leaves it for nowhere when there are more than there can be. */
export function countTurns(host: Host, { head, blocks }: NaturalLoop): void {
  const { fn } = host;
  const { turns, origin } = head.loop!;
  const range = { min: 0n, max: turns };
  const counter: Value = { id: fn.nextId++, operation: { kind: "parameter" }, inputs: [], origin, range };
  head.parameters.push(counter);
  const end = nowhere(host, origin);
  for (const from of fn.blocks.slice()) {
    for (const edge of successors(from)) {
      if (edge.block !== head) continue;
      if (!blocks.has(from)) edge.arguments.push(appending(fn, from, origin).constant(0n));
      else {
        const again = new BlockWriter(fn, origin);
        const back = new BlockWriter(fn, origin);
        const next = again.emit({ kind: "binary", operator: "add", width: 64 }, [counter, again.constant(1n)]);
        again.branch("ugt", next, again.constant(turns), end, back.block);
        back.jump(head, [...edge.arguments, next]);
        edge.block = again.block;
        edge.arguments = [];
      }
    }
  }
}
