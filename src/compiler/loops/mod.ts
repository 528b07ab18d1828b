/**
 * Loops as the verifier takes them (rule 20): what it would have to follow for too long becomes a function that the kernel
 * calls for each turn.
 *
 * @module
 */

import { loopsOf, type NaturalLoop } from "../analysis/loops.ts";
import { countTurns } from "./counter.ts";
import { type IrFunction, renumber, reversePostorder } from "../ir.ts";
import { borderOf } from "./border.ts";
import { placeCall, takesSeveralCalls } from "./call.ts";
import { makeCallback } from "./callback.ts";
import { chooseLoops } from "./cost.ts";
import { takeElements } from "./elements.ts";
import { type Host, mainHost } from "./host.ts";
import { mergePaths } from "./paths.ts";
import { layOut } from "./layout.ts";
import { refuseReleases, withReleases } from "./releases.ts";

/** What has become of a function whose loops were arranged: with `outlined` ones it looks quite different. */
export type Arranged = "unchanged" | "changed" | "outlined";

/**
 * Makes loops what the verifier takes: `all` of them functions, or those that are too long to stay; the others are changed
 * such that it can follow them.
 */
export function arrangeLoops(main: IrFunction, all: boolean): Arranged {
  const before = main.nextId;
  const outermost = main.blocks.some(({ loop }) => loop) ? loopsOf(main) : [];
  const chosen = chooseLoops(outermost, all);
  const hosts = [mainHost(main)];
  visit(hosts[0], outermost);
  const isOutlined = hosts.length > 1;
  // Blocks that were made for that are the last ones still.
  if (isOutlined) hosts.forEach(({ fn }) => fn.blocks = reversePostorder(fn));
  // What has become of loops still has the ids of another function, and passes have arrays of as many bytes.
  hosts.slice(1).forEach(({ fn }) => renumber(fn));
  hosts.forEach(mergePaths);
  if (isOutlined) return "outlined";
  // No change does without new values.
  return main.nextId > before ? "changed" : "unchanged";

  function visit(host: Host, loops: readonly NaturalLoop[]): void {
    for (const loop of loops) {
      if (!chosen.has(loop)) {
        if (loop.head.loop?.needsCounter) countTurns(host, loop);
        visit(host, loop.children);
        continue;
      }
      const callback = outlineLoop(host, loop, `${main.name}_loop${hosts.length}`);
      hosts.push(callback);
      visit(callback, loop.children);
    }
  }
}

function outlineLoop(host: Host, natural: NaturalLoop, name: string): Host {
  const { turns, origin } = natural.head.loop!;
  const loop = withReleases(host.fn, natural);
  refuseReleases(loop);
  const elements = takeElements(host, loop);
  const layout = layOut(
    host,
    borderOf(host.fn, elements?.loop ?? loop),
    elements,
    !elements && takesSeveralCalls(turns),
  );
  const callback = makeCallback(host, layout, name, origin);
  placeCall(host, layout, callback.fn, turns, origin);
  return callback;
}
