/**
 * Which registers are needed after each block: from every block that reads a register before writing it, back along all
 * ways to where it is written.
 *
 * @module
 */

import type { VirtualRegister } from "./machine.ts";

/** Tells of a block's reads and writes, in the order in which they happen. */
export type Scan = (
  at: number,
  read: (register: VirtualRegister) => void,
  write: (register: VirtualRegister) => void,
) => void;

/**
 * The registers that are needed after each block, by the blocks' numbers. Takes time for what it finds: each block that a
 * register passes through is looked at once for that register.
 */
export function liveAfter(
  predecessors: readonly (readonly number[])[],
  registers: number,
  scan: Scan,
): VirtualRegister[][] {
  const after = new Array<VirtualRegister[]>(predecessors.length).fill(NONE as VirtualRegister[]);
  const { exposed, writers } = readsAndWrites(predecessors.length, registers, scan);
  /** The register that a block was last found to write, and to need at its end. */
  const writes = new Int32Array(predecessors.length).fill(-1);
  const needs = new Int32Array(predecessors.length).fill(-1);
  const work: number[] = [];
  exposed.forEach((readers, register) => {
    for (const at of writers[register] ?? []) writes[at] = register;
    for (const reader of readers) {
      work.push(reader);
      while (work.length > 0) {
        const before = predecessors[work.pop()!];
        for (let i = 0; i < before.length; i++) {
          const from = before[i];
          if (needs[from] === register) continue;
          needs[from] = register;
          if (after[from] === NONE) after[from] = [register];
          else after[from].push(register);
          if (writes[from] !== register) work.push(from);
        }
      }
    }
  });
  return after;
}

const NONE: readonly VirtualRegister[] = [];

/** For each register the blocks that read it before they write it, and those that write it. */
function readsAndWrites(blocks: number, registers: number, scan: Scan): {
  readonly exposed: readonly number[][];
  readonly writers: readonly number[][];
} {
  const exposed = new Array<number[]>(registers);
  const writers = new Array<number[]>(registers);
  const read = new Int32Array(registers).fill(-1);
  const written = new Int32Array(registers).fill(-1);
  let at = 0;
  const onRead = (register: VirtualRegister) => {
    if (written[register] === at || read[register] === at) return;
    read[register] = at;
    note(exposed, register, at);
  };
  const onWrite = (register: VirtualRegister) => {
    if (written[register] === at) return;
    written[register] = at;
    note(writers, register, at);
  };
  for (; at < blocks; at++) scan(at, onRead, onWrite);
  return { exposed, writers };
}

function note(lists: number[][], register: VirtualRegister, at: number): void {
  const known = lists[register];
  if (known) known.push(at);
  else lists[register] = [at];
}
