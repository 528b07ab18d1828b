/**
 * Random moves of the packet's ends. What was known of the packet ends there, so that no header may be at hand.
 *
 * @module
 */

import { HEADERS } from "./packets.ts";
import { type Piece, statement } from "./piece.ts";
import type { Scope } from "./scope.ts";

/** The packet is made longer or shorter, at one of its ends. */
export function moveStatement(scope: Scope): Piece | undefined {
  const { random } = scope;
  const isHeader = ({ shape }: { readonly shape: unknown }) =>
    Object.values(HEADERS).some((header) => header === shape);
  if (!scope.hasPacket || scope.answer !== "action" || scope.loops > 0 || scope.views.some(isHeader)) return undefined;
  const bytes = random.pick([1, 2, 4]);
  const otherwise = random.pick(["", "", " else return XDP.ABORTED;\n"]);
  switch (random.below(4)) {
    case 0:
      // New bytes at the begin have no certain content: all of them are written.
      return statement(
        `if (packet.adjustHead(-4)) packet.setUint32(0, ${random.below(1000)});\n${otherwise.trimStart()}`,
      );
    case 1:
      return statement(`if (packet.adjustHead(${bytes})) packet.setUint8(2, ${bytes});\n${otherwise.trimStart()}`);
    case 2:
      return statement(`if (!packet.adjustTail(${-bytes})) return XDP.DROP;\n`);
    default:
      return statement(`packet.adjustTail(${bytes});\n`);
  }
}
