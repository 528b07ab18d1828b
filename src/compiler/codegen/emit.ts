/**
 * The last step: machine instructions with real registers become bytecode, jumps get their distances, and each source
 * line the slot that it begins at.
 *
 * @module
 */

import * as make from "../../bytecode/construct.ts";
import { slotsOf } from "../../bytecode/encode.ts";
import type { Instruction, MapReference, Register } from "../../bytecode/instruction.ts";
import type { AtomicOperation, Comparison } from "../../bytecode/opcodes.ts";
import { EbpfError, ErrorCode, type SourceLocation } from "../../errors.ts";
import type { IrFunction, Origin } from "../ir.ts";
import type { Compiled, FunctionInfo, LineInfo } from "../unit.ts";
import { stackDepths } from "./frames.ts";
import { follow, FRAME_POINTER, type MachineBlock, type MachineFunction, type MachineInstruction } from "./machine.ts";

/** The instruction set from which on there are jumps of any distance. */
const FAR_JUMPS = 4;

/**
 * Writes functions out, one after the other. `lineText` gives the text of a user's line.
 *
 * @throws {EbpfError} `TooLarge` if a jump is too far for the instruction set.
 */
export function emit(
  functions: readonly MachineFunction[],
  cpu: number,
  lineText: (location: SourceLocation) => string | undefined,
): Compiled {
  const far = new Set<MachineBlock>();
  for (;;) {
    const emitter = new Emitter(far, lineText);
    const compiled = emitter.run(functions);
    const missed = emitter.resolve();
    if (missed.length === 0) return compiled;
    if (cpu < FAR_JUMPS) throw tooFar();
    // Longer ways of writing jumps move others apart: again, until all of them reach.
    for (const { from } of missed) far.add(from);
  }
}

function tooFar(): EbpfError {
  return new EbpfError(ErrorCode.TooLarge, "Cannot generate the program: a jump spans more than 32,767 instructions", {
    remedy: "Load it on Linux 6.6 or newer, or split it into subprograms",
  });
}

interface Jump {
  readonly index: number;
  /** The block whose end it is. */
  readonly from: MachineBlock;
  readonly to: MachineBlock;
  readonly isFar: boolean;
}

/** An instruction that names a function. */
interface Reference {
  readonly index: number;
  readonly to: IrFunction;
}

class Emitter {
  /** Blocks whose ends jump farther than 16 bits reach. */
  readonly #far: ReadonlySet<MachineBlock>;
  readonly #lineText: (location: SourceLocation) => string | undefined;
  readonly #instructions: Instruction[] = [];
  readonly #maps = new Set<MapReference>();
  readonly #lines: LineInfo[] = [];
  readonly #jumps: Jump[] = [];
  readonly #references: Reference[] = [];
  readonly #slotOf = new Map<MachineBlock | IrFunction, number>();
  /** Of the function that is being written. */
  #depths: readonly number[] = [];
  #lastLine: SourceLocation | undefined;
  #slots = 0;

  constructor(far: ReadonlySet<MachineBlock>, lineText: (location: SourceLocation) => string | undefined) {
    this.#far = far;
    this.#lineText = lineText;
  }

  /** The code, in which jumps have no distances yet. */
  run(functions: readonly MachineFunction[]): Compiled {
    const symbols = functions.map((fn) => this.#function(fn));
    return {
      instructions: this.#instructions,
      maps: [...this.#maps],
      lines: this.#lines,
      functions: symbols,
    };
  }

  #function(fn: MachineFunction): FunctionInfo {
    const slot = this.#slots;
    this.#slotOf.set(fn.source, slot);
    this.#depths = stackDepths(fn);
    // The kernel wants a line at the start of each function.
    this.#lastLine = undefined;
    const first = this.#jumps.length;
    const full = fn.blocks.filter((block, i) => i === 0 || !isEmpty(block));
    const isInPlace = (block: MachineBlock, i: number) => i === 0 || !isExit(block) || runsInto(full[i - 1], block);
    const blocks = full.filter(isInPlace);
    blocks.forEach((block, i) => this.#block(block, blocks[i + 1]));
    // Other exits are written where one jumps to them; those that are branched to are needed besides.
    const branched = new Set(this.#jumps.slice(first).map(({ to }) => to));
    full.forEach((block, i) => !isInPlace(block, i) && branched.has(block) && this.#block(block, undefined));
    return { slot, name: fn.source.name };
  }

  #block(block: MachineBlock, next: MachineBlock | undefined): void {
    this.#slotOf.set(block, this.#slots);
    for (const instruction of block.instructions) this.#instruction(instruction);
    this.#end(block, next);
  }

  #put(instruction: Instruction, origin: Origin | undefined): void {
    this.#line(origin);
    this.#instructions.push(instruction);
    if (instruction.map) this.#maps.add(instruction.map);
    this.#slots += slotsOf(instruction);
  }

  #instruction({ operation, to, uses, origin }: MachineInstruction): void {
    if ("callee" in operation && typeof operation.callee !== "number") {
      this.#references.push({ index: this.#instructions.length, to: operation.callee });
    }
    const write = EMITTERS[operation.kind] as (
      operation: MachineInstruction["operation"],
      to: Register,
      uses: readonly Register[],
      depths: readonly number[],
    ) => Instruction | readonly Instruction[];
    const written = write(operation, to as Register, uses as Register[], this.#depths);
    if (!Array.isArray(written)) return this.#put(written as Instruction, origin);
    for (const instruction of written) this.#put(instruction, origin);
  }

  #end(from: MachineBlock, next: MachineBlock | undefined): void {
    const { end } = from;
    if (end.kind === "exit") return this.#put(make.exit(), end.origin);
    if (end.kind === "jump") return this.#jump(from, end.to, next);
    const [then, otherwise] = [follow(end.then), follow(end.else)];
    if (then === otherwise) return this.#jump(from, then, next);
    const inverse = INVERSE[end.comparison];
    if (then === next && inverse) {
      this.#branch(from, end, inverse, otherwise);
      return;
    }
    this.#branch(from, end, end.comparison, then);
    this.#jump(from, otherwise, next);
  }

  #branch(from: MachineBlock, end: Branch, comparison: Comparison, to: MachineBlock): void {
    const test = (comparison: Comparison, distance: number) => {
      const [left, right] = end.uses as Register[];
      const operand = end.immediate === undefined ? make.inRegister[right] : make.immediate(end.immediate);
      this.#put(make.branch(comparison, end.width, left, operand, distance), end.origin);
    };
    if (!this.#far.has(from)) {
      this.#jumps.push({ index: this.#instructions.length, from, to, isFar: false });
      return test(comparison, 0);
    }
    // Over the far jump where the test fails.
    const inverse = INVERSE[comparison];
    test(inverse ?? comparison, 1);
    if (!inverse) this.#put(make.jump(1), end.origin);
    this.#jumps.push({ index: this.#instructions.length, from, to, isFar: true });
    this.#put(make.farJump(0), end.origin);
  }

  #jump(from: MachineBlock, to: MachineBlock, next: MachineBlock | undefined): void {
    const target = follow(to);
    const { origin } = from.end;
    if (target === next) return;
    if (isExit(target)) return this.#put(make.exit(), origin);
    const isFar = this.#far.has(from);
    this.#jumps.push({ index: this.#instructions.length, from, to: target, isFar });
    this.#put(isFar ? make.farJump(0) : make.jump(0), origin);
  }

  /** Gives jumps and references their distances; the jumps that do not reach. */
  resolve(): readonly Jump[] {
    const missed: Jump[] = [];
    const slots: number[] = [];
    let slot = 0;
    for (const instruction of this.#instructions) {
      slots.push(slot);
      slot += slotsOf(instruction);
    }
    for (const jump of this.#jumps) {
      const { index, isFar } = jump;
      const distance = this.#begin(jump.to) - slots[index] - 1;
      if (!isFar && distance !== distance << 16 >> 16) missed.push(jump);
      const field = isFar ? { immediate: distance } : { offset: distance };
      this.#instructions[index] = { ...this.#instructions[index], ...field };
    }
    for (const { index, to } of this.#references) {
      const immediate = this.#begin(to) - slots[index] - 1;
      this.#instructions[index] = { ...this.#instructions[index], immediate };
    }
    return missed;
  }

  /** Where a block or a function begins; a jump to nowhere would be one to anywhere. */
  #begin(to: MachineBlock | IrFunction): number {
    const slot = this.#slotOf.get(to);
    if (slot === undefined) throw new Error("something leads to code that is not written");
    return slot;
  }

  #line(origin: Origin | undefined): void {
    const location = origin?.source.locate(origin.offset);
    if (!location) return;
    const last = this.#lastLine;
    if (last?.line === location.line && last.file === location.file) return;
    const slot = this.#lines.length === 0 ? 0 : this.#slots;
    if (this.#lines.length > 0 && this.#lines[this.#lines.length - 1].slot === slot) return;
    this.#lastLine = location;
    this.#lines.push(lineOf(slot, location, this.#lineText));
  }
}

/** A line whose text is looked up when it is first wanted: that may mean reading the user's file. */
function lineOf(
  slot: number,
  location: SourceLocation,
  lineText: (location: SourceLocation) => string | undefined,
): LineInfo {
  let text: string | undefined;
  return {
    slot,
    location,
    get text() {
      return text ??= lineText(location) ?? "";
    },
  };
}

function isExit({ instructions, end }: MachineBlock): boolean {
  return instructions.length === 0 && end.kind === "exit";
}

/** Whether a block does nothing at its end but go on in another one. */
function runsInto({ end }: MachineBlock, block: MachineBlock): boolean {
  return end.kind === "jump" && follow(end.to) === block;
}

function isEmpty({ instructions, end }: MachineBlock): boolean {
  return instructions.length === 0 && end.kind === "jump";
}

type Branch = MachineBlock["end"] & { readonly kind: "branch" };
type Operation = MachineInstruction["operation"];
type Emit<Kind extends Operation["kind"]> = (
  operation: Extract<Operation, { kind: Kind }>,
  to: Register,
  uses: readonly Register[],
  depths: readonly number[],
) => Instruction | readonly Instruction[];

const EMITTERS: { readonly [Kind in Operation["kind"]]: Emit<Kind> } = {
  move: ({ width }, to, [from]) => make.alu("mov", width, to, make.inRegister[from]),
  constant: ({ value }, to) => constant(to, value),
  mapValue: ({ map, offset }, to) => make.mapValue(to, map, offset),
  mapReference: ({ map }, to) => make.mapDescriptor(to, map),
  alu: ({ operation, width, immediate }, to, [, operand]) =>
    make.alu(operation, width, to, immediate === undefined ? make.inRegister[operand] : make.immediate(immediate)),
  negate: ({ width }, to) => make.negate(width, to),
  swap: ({ operation, bits }, to) => make.swapBytes(operation, bits, to),
  signExtend: ({ bits }, to, [from]) => make.moveSignExtend(64, bits, to, from),
  load: ({ size, offset, signed, slot }, to, [base], depths) =>
    slot === undefined
      ? make.load(size, to, base, offset, signed)
      : make.load(size, to, FRAME_POINTER, offset - depths[slot], signed),
  store: ({ size, offset, slot }, _, uses, depths) =>
    slot === undefined
      ? make.store(size, uses[0], offset, uses[1])
      : make.store(size, FRAME_POINTER, offset - depths[slot], uses[0]),
  storeImmediate: ({ size, offset, value, slot }, _, [base], depths) =>
    slot === undefined
      ? make.storeImmediate(size, base, offset, value)
      : make.storeImmediate(size, FRAME_POINTER, offset - depths[slot], value),
  atomic: ({ operator, fetch, size, offset }, _, [first, second]) =>
    fetch
      ? make.atomic(FETCHING[operator], size, second, offset, first)
      : make.atomic(operator, size, first, offset, second),
  slotAddress: ({ slot }, to, _, depths) => [
    make.alu("mov", 64, to, make.inRegister[FRAME_POINTER]),
    make.alu("add", 64, to, make.immediate(-depths[slot])),
  ],
  call: ({ callee }) => typeof callee === "number" ? make.call(callee) : make.callLocal(0),
  functionAddress: (_, to) => make.functionAddress(to, 0),
};

const FETCHING: Readonly<Record<string, AtomicOperation>> = {
  add: "fetchAdd",
  and: "fetchAnd",
  or: "fetchOr",
  xor: "fetchXor",
  xchg: "xchg",
};

const INVERSE: Readonly<Partial<Record<Comparison, Comparison>>> = {
  eq: "ne",
  ne: "eq",
  gt: "le",
  le: "gt",
  ge: "lt",
  lt: "ge",
  sgt: "sle",
  sle: "sgt",
  sge: "slt",
  slt: "sge",
};

/** `mov32` zero-extends, `mov64` sign-extends its 32 bits; anything else takes `lddw`. */
function constant(to: Register, value: bigint): Instruction {
  const signed = BigInt.asIntN(64, value);
  if (signed === BigInt.asIntN(32, value)) {
    return make.alu("mov", signed < 0n ? 64 : 32, to, make.immediate(Number(signed)));
  }
  if (signed === BigInt.asUintN(32, value)) {
    return make.alu("mov", 32, to, make.immediate(Number(BigInt.asIntN(32, value))));
  }
  return make.lddw(to, signed);
}
