/**
 * One program on one packet, in every way that there is to run it: what can be seen of a run must be the same everywhere.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import type { XDP } from "../../mod.ts";

/** What can be seen of a run. */
export interface Outcome<Answer> {
  readonly action: string;
  readonly packet: readonly number[];
  readonly answer: Answer;
}

/** Runs a new object on a packet as JavaScript, in the virtual machine and in the kernel. */
export function everywhere<T extends XDP, Answer = undefined>(
  create: () => T,
  packet: Uint8Array,
  answer: (program: T) => Answer = () => undefined as Answer,
): Outcome<Answer> {
  const [expected, ...others] = (["js", "vm", "kernel"] as const).map((on): Outcome<Answer> => {
    using program = create();
    const result = program.test(packet, { on });
    return { action: result.name, packet: [...result.packet], answer: answer(program) };
  });
  for (const other of others) assertEquals(other, expected);
  return expected;
}
