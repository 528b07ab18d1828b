/**
 * Splits live ranges where more values are needed than there are registers: what is read farthest away leaves its register,
 * and is reloaded, or made again, before it is read (Belady's rule; Braun and Hack, "Register Spilling and Live-Range
 * Splitting"). What lives across a call may be in r6 to r9 only.
 *
 * A value that is ever reloaded is stored after each write whose value a reload may see. Its pieces between reloads become
 * registers of their own.
 *
 * @module
 */

import { Graph } from "./graph.ts";
import { endUses } from "./intervals.ts";
import {
  FIRST_VIRTUAL,
  isRematerializable,
  isTwoAddress,
  type MachineBlock,
  type MachineFunction,
  type MachineInstruction,
  type VirtualRegister,
} from "./machine.ts";
import { type Distances, distancesAtEnd, nextUses, OUTSIDE } from "./next_uses.ts";
import { renameRegisters } from "./rename.ts";
import { remadeBy } from "./spill.ts";
import { storeReloaded } from "./store_reloaded.ts";

const REGISTERS = 10;
const KEPT_ACROSS_CALLS = 4;

export function relieve(fn: MachineFunction): void {
  new Reliever(fn).run();
}

/** What is in registers at some point: value → the name of its piece. */
type Residents = Map<VirtualRegister, VirtualRegister>;

class Reliever {
  readonly #fn: MachineFunction;
  readonly #graph: Graph;
  readonly #atStart: readonly Distances[];
  readonly #remade: ReadonlyMap<VirtualRegister, MachineInstruction>;
  readonly #residentsAtStart: Residents[] = [];
  readonly #residentsAtEnd: Residents[] = [];
  /** Pieces that turned out to be one, as a forest. */
  readonly #sameAs = new Map<VirtualRegister, VirtualRegister>();
  /** The value that each piece is of. */
  readonly #valueOf = new Map<VirtualRegister, VirtualRegister>();
  readonly #reloads = new Set<MachineInstruction>();

  constructor(fn: MachineFunction) {
    this.#fn = fn;
    this.#graph = new Graph(fn);
    this.#atStart = nextUses(this.#graph);
    this.#remade = remadeBy(fn);
  }

  run(): void {
    const { blocks, successors } = this.#graph;
    blocks.forEach((block, at) => {
      this.#residentsAtStart[at] = this.#arrive(at);
      this.#residentsAtEnd[at] = this.#walk(block, at);
    });
    blocks.forEach((_, at) => new Set(successors[at]).forEach((to) => this.#connect(at, to)));
    storeReloaded(this.#fn, this.#reloads, this.#valueOf, this.#remade);
    renameRegisters(this.#fn, (register) => this.#root(register));
    removeUnread(this.#fn);
  }

  #newPiece(value: VirtualRegister): VirtualRegister {
    const piece = this.#fn.registers++;
    this.#valueOf.set(piece, value);
    if (this.#fn.short.has(value)) this.#fn.short.add(piece);
    return piece;
  }

  #root(piece: VirtualRegister): VirtualRegister {
    let at = piece;
    for (let next = this.#sameAs.get(at); next !== undefined; next = this.#sameAs.get(at)) at = next;
    if (at !== piece) this.#sameAs.set(piece, at);
    return at;
  }

  /** What a block finds in registers: what all ways bring, or at a loop what its turns need most. */
  #arrive(at: number): Residents {
    const { predecessors } = this.#graph;
    const known = predecessors[at].filter((from) => from < at);
    if (known.length === 0) return new Map();
    if (predecessors[at].length === 1) {
      const [from] = known;
      return new Map([...this.#residentsAtEnd[from]].filter(([value]) => this.#atStart[at].has(value)));
    }
    const isHead = known.length < predecessors[at].length;
    const brought = (value: VirtualRegister) => known.every((from) => this.#residentsAtEnd[from].has(value));
    const wanted = [...this.#atStart[at]].filter(([value, distance]) =>
      isHead && distance < OUTSIDE && !this.#remade.has(value) || brought(value)
    );
    if (isHead && wanted.length > REGISTERS - 1) {
      wanted.sort(([, a], [, b]) => a - b);
      wanted.length = REGISTERS - 1;
    }
    return new Map(wanted.map(([value]) => [value, this.#newPiece(value)]));
  }

  #walk(block: MachineBlock, at: number): Residents {
    const residents: Residents = new Map(this.#residentsAtStart[at]);
    const reader = new Reader(block, distancesAtEnd(this.#graph, at, this.#atStart));
    const { instructions: before } = block;
    const physical = physicalIn(block);
    const after: MachineInstruction[] = [];
    before.forEach((instruction, i) => {
      const { operation, to, uses } = instruction;
      const isChanged = uses[0] === to && (isTwoAddress(operation) || operation.kind === "atomic");
      this.#read(uses, i, REGISTERS - physical[i], residents, reader, after, instruction.origin);
      forgetDead(residents, reader, i);
      if (operation.kind === "call") this.#limit(residents, reader, KEPT_ACROSS_CALLS, i, []);
      if (to !== undefined && to >= FIRST_VIRTUAL) {
        residents.delete(to);
        this.#limit(residents, reader, REGISTERS - 1 - physical[i + 1], i, []);
        instruction.to = isChanged ? uses[0] : this.#newPiece(to);
        residents.set(to, instruction.to);
      }
      after.push(instruction);
      forgetDead(residents, reader, i);
    });
    const { end } = block;
    const last = before.length;
    if (end.kind === "branch") this.#read(end.uses, last, REGISTERS, residents, reader, after, end.origin);
    forgetDead(residents, reader, last);
    block.instructions = after;
    return residents;
  }

  /** Brings what an instruction reads into registers, and names the pieces. */
  #read(
    uses: VirtualRegister[],
    i: number,
    most: number,
    residents: Residents,
    reader: Reader,
    after: MachineInstruction[],
    origin: MachineInstruction["origin"],
  ): void {
    const missing: VirtualRegister[] = [];
    for (const value of uses) {
      if (value < FIRST_VIRTUAL || residents.has(value)) continue;
      residents.set(value, this.#newPiece(value));
      missing.push(value);
    }
    this.#limit(residents, reader, most, i - 1, uses);
    for (const value of missing) after.push(this.#reload(value, residents.get(value)!, origin));
    for (let k = 0; k < uses.length; k++) uses[k] = residents.get(uses[k]) ?? uses[k];
  }

  /** Lets the farthest leave until only so many are left. */
  #limit(residents: Residents, reader: Reader, most: number, i: number, kept: readonly VirtualRegister[]): void {
    if (residents.size <= most) return;
    const byDistance = [...residents.keys()].filter((value) => !kept.includes(value))
      .map((value) => ({ value, distance: this.#cost(value, reader.next(value, i) ?? Infinity) }))
      .sort((a, b) => a.distance - b.distance);
    while (residents.size > most && byDistance.length > 0) residents.delete(byDistance.pop()!.value);
  }

  /** Constants leave their registers more easily: nothing has to be stored. */
  #cost(value: VirtualRegister, distance: number): number {
    return this.#remade.has(value) ? distance * 2 + 2 : distance;
  }

  #reload(value: VirtualRegister, piece: VirtualRegister, origin: MachineInstruction["origin"]): MachineInstruction {
    // What a reload is, is decided when the slots are known.
    const operation = this.#remade.get(value)?.operation ?? { kind: "move" as const, width: 64 as const };
    const instruction: MachineInstruction = { operation, to: piece, uses: [], origin };
    this.#reloads.add(instruction);
    return instruction;
  }

  /** Makes what the end of a block has in registers what its successor wants there. */
  #connect(from: number, to: number): void {
    const { blocks, predecessors, successors } = this.#graph;
    const given = this.#residentsAtEnd[from];
    const missing: MachineInstruction[] = [];
    for (const [value, piece] of this.#residentsAtStart[to]) {
      const own = given.get(value);
      if (own === undefined) missing.push(this.#reload(value, piece, blocks[from].end.origin));
      else if (predecessors[to].length > 1) this.#unite(piece, own);
    }
    if (missing.length === 0) return;
    const block = blocks[from];
    if (successors[from].length === 1) {
      block.instructions.push(...missing);
      return;
    }
    const between: MachineBlock = {
      instructions: missing,
      end: { kind: "jump", to: blocks[to], origin: block.end.origin },
      at: -1,
    };
    this.#fn.blocks.splice(this.#fn.blocks.indexOf(block) + 1, 0, between);
    if (block.end.kind !== "branch") return;
    const { then, else: otherwise } = block.end;
    block.end = {
      ...block.end,
      then: then === blocks[to] ? between : then,
      else: otherwise === blocks[to] ? between : otherwise,
    };
  }

  #unite(a: VirtualRegister, b: VirtualRegister): void {
    const [one, other] = [this.#root(a), this.#root(b)];
    if (one !== other) this.#sameAs.set(one, other);
  }
}

function forgetDead(residents: Residents, reader: Reader, i: number): void {
  for (const value of residents.keys()) if (reader.next(value, i) === undefined) residents.delete(value);
}

/** Where a block reads each value next. */
class Reader {
  /** Reads, and writes that end a value, last first. */
  readonly #marks = new Map<VirtualRegister, { readonly at: number; readonly isRead: boolean }[]>();
  readonly #atEnd: Distances;
  readonly #length: number;

  constructor(block: MachineBlock, atEnd: Distances) {
    this.#atEnd = atEnd;
    this.#length = block.instructions.length;
    const mark = (register: VirtualRegister, at: number, isRead: boolean) => {
      if (register < FIRST_VIRTUAL) return;
      const known = this.#marks.get(register);
      if (known) known.push({ at, isRead });
      else this.#marks.set(register, [{ at, isRead }]);
    };
    for (const register of endUses(block)) mark(register, this.#length, true);
    for (let i = this.#length - 1; i >= 0; i--) {
      const { to, uses } = block.instructions[i];
      if (to !== undefined && !uses.includes(to)) mark(to, i, false);
      for (const register of uses) mark(register, i, true);
    }
  }

  /** The position of the next read after an instruction; `undefined` if there is none. Positions asked for only grow. */
  next(value: VirtualRegister, i: number): number | undefined {
    const own = this.#marks.get(value);
    while (own && own.length > 0 && own[own.length - 1].at <= i) own.pop();
    const mark = own?.[own.length - 1];
    if (mark) return mark.isRead ? mark.at : undefined;
    const distance = this.#atEnd.get(value);
    return distance === undefined ? undefined : distance + this.#length + 1;
  }
}

/** How many machine registers are taken before each instruction of a block, and before its end. */
function physicalIn(block: MachineBlock): number[] {
  const live = new Set(endUses(block).filter((register) => register < FIRST_VIRTUAL));
  const counts = new Array<number>(block.instructions.length + 1);
  counts[block.instructions.length] = live.size;
  for (let i = block.instructions.length - 1; i >= 0; i--) {
    const { to, uses } = block.instructions[i];
    if (to !== undefined) live.delete(to);
    for (const register of uses) if (register < FIRST_VIRTUAL) live.add(register);
    counts[i] = live.size;
  }
  return counts;
}

/** Drops what is written and never read: constants that left their registers before their first use. */
function removeUnread(fn: MachineFunction): void {
  const read = new Set<VirtualRegister>();
  for (const { instructions, end } of fn.blocks) {
    for (const { uses } of instructions) for (const register of uses) read.add(register);
    if (end.kind === "branch") { for (const register of end.uses) read.add(register); }
  }
  for (const block of fn.blocks) {
    block.instructions = block.instructions.filter(({ operation, to }) =>
      to === undefined || to < FIRST_VIRTUAL || read.has(to) || !isRematerializable(operation)
    );
  }
}
