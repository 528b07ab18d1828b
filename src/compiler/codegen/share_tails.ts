/**
 * Makes one of what several blocks do last where they do it to different places behind one pointer, as programs that count
 * many things do: each way moves the pointer to its own place.
 *
 * Assumes: machine registers; ends that are all the same are one already. Gains: the instructions of all but one. Costs: an
 * addition on the ways of all but one; so only where much is saved.
 *
 * @module
 */

import { Graph } from "./graph.ts";
import type { MachineBlock, MachineFunction, MachineInstruction, MachineOperation } from "./machine.ts";
import { Namer } from "./names.ts";
import { liveAtStart, slotsOf } from "./physical.ts";

/** Slots to be saved at least: ways become an instruction longer. */
const LEAST_SAVED = 4;

/** An access to memory at a distance from a register. */
type Access = MachineInstruction & { readonly operation: { readonly offset: number } };

/** A block whose last instruction stores behind a pointer that nobody needs afterwards. */
interface Way {
  readonly block: MachineBlock;
  readonly base: number;
  /** Where the last instruction stores. */
  readonly offset: number;
}

export function shareTails(fn: MachineFunction): void {
  const graph = new Graph(fn);
  const names = new Namer();
  const live = liveAtStart(graph);
  const groups = new Map<string, Way[]>();
  for (const block of graph.blocks) {
    const way = wayOf(block, live);
    if (!way) continue;
    const to = block.end.kind === "jump" ? names.block(block.end.to) : "exit";
    const key = `${to} ${way.base} ${nameAt(way, 0, names)}`;
    const known = groups.get(key);
    if (known) known.push(way);
    else groups.set(key, [way]);
  }
  for (const group of groups.values()) if (group.length > 1) share(fn, group, names);
}

function wayOf(block: MachineBlock, live: Int32Array): Way | undefined {
  const { instructions, end } = block;
  const last = instructions[instructions.length - 1];
  if (!last || end.kind === "branch" || last.operation.kind === "load") return undefined;
  const base = pointerOf(last);
  if (base === undefined) return undefined;
  const needed = end.kind === "jump" ? live[end.to.at] : 1;
  return needed & 1 << base ? undefined : { block, base, offset: (last as Access).operation.offset };
}

/** The register whose memory an instruction accesses, unless it does something else with it, too. */
function pointerOf({ operation, to, uses }: MachineInstruction): number | undefined {
  const at = POINTER[operation.kind]?.(operation as never);
  if (at === undefined || "slot" in operation && operation.slot !== undefined) return undefined;
  const base = uses[at];
  return to === base || uses.indexOf(base) !== uses.lastIndexOf(base) ? undefined : base;
}

/** Where among what is read the address is. */
const POINTER: { readonly [kind in MachineOperation["kind"]]?: (operation: never) => number } = {
  load: () => 0,
  store: () => 0,
  storeImmediate: () => 0,
  atomic: ({ fetch }: { readonly fetch: boolean }) => fetch ? 1 : 0,
};

/** A name for one of a way's last instructions, the same for those of other ways that do the same elsewhere. */
function nameAt({ block: { instructions }, base, offset }: Way, fromEnd: number, names: Namer): string | undefined {
  const instruction = instructions[instructions.length - 1 - fromEnd];
  if (!instruction || instruction.operation.kind === "call") return undefined;
  const { operation, to, uses } = instruction;
  if (to !== base && !uses.includes(base)) return names.instruction(instruction);
  if (pointerOf(instruction) !== base) return undefined;
  const { operation: { offset: own } } = instruction as Access;
  return names.describe({ ...operation, offset: own - offset } as MachineOperation, to, uses);
}

/** Pointers are moved up, to where something is: without its privileges the kernel demands that of those to maps' values. */
function share(fn: MachineFunction, group: Way[], names: Namer): void {
  const [first, ...others] = group.sort((a, b) => a.offset - b.offset);
  let count = 1;
  for (;; count++) {
    const name = nameAt(first, count, names);
    if (name === undefined || others.some((way) => nameAt(way, count, names) !== name)) break;
  }
  const tail = first.block.instructions.slice(-count);
  const size = tail.reduce((sum, one) => sum + slotsOf(one), 0);
  if ((size - 1) * others.length < LEAST_SAVED) return;
  const shared: MachineBlock = { instructions: tail, end: first.block.end, at: -1 };
  fn.blocks.splice(fn.blocks.indexOf(first.block) + 1, 0, shared);
  for (const { block, base, offset } of group) {
    block.instructions.length -= count;
    block.end = { kind: "jump", to: shared, origin: tail[0].origin };
    if (offset !== first.offset) moveBy(block, base, offset - first.offset);
  }
}

/** Moves the pointer at a block's end. */
function moveBy({ instructions, end: { origin } }: MachineBlock, base: number, distance: number): void {
  const operation = { kind: "alu", operation: "add", width: 64, immediate: distance } as const;
  instructions.push({ operation, to: base, uses: [base], origin });
}
