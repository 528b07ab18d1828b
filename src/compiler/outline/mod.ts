/**
 * Takes loops out of functions: what the verifier would have to follow for too long becomes a function that the kernel
 * calls for each turn (rule 20).
 *
 * @module
 */

import { loopsOf, type NaturalLoop } from "../analysis/loops.ts";
import type { IrFunction } from "../ir.ts";
import { borderOf } from "./border.ts";
import { placeCall, takesSeveralCalls } from "./call.ts";
import { makeCallback } from "./callback.ts";
import { chooseLoops } from "./cost.ts";
import { type Host, mainHost } from "./host.ts";
import { layOut } from "./layout.ts";

/** Takes the loops out of a function that are too long to stay, or `all`; whether there were any. */
export function outlineLoops(fn: IrFunction, all: boolean): boolean {
  if (!fn.blocks.some(({ loop }) => loop)) return false;
  const outermost = loopsOf(fn);
  const chosen = chooseLoops(outermost, all);
  let count = 0;
  visit(mainHost(fn), outermost);
  return chosen.size > 0;

  function visit(host: Host, loops: readonly NaturalLoop[]): void {
    for (const loop of loops) {
      visit(chosen.has(loop) ? outlineLoop(host, loop, `${fn.name}_loop${++count}`) : host, loop.children);
    }
  }
}

function outlineLoop(host: Host, loop: NaturalLoop, name: string): Host {
  const { turns, origin } = loop.head.loop!;
  const layout = layOut(host, borderOf(host.fn, loop), takesSeveralCalls(turns));
  const callback = makeCallback(host, layout, name, origin);
  placeCall(host, layout, callback.fn, turns, origin);
  return callback;
}
