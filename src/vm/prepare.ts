/**
 * Makes a program ready to run: checks what can be seen without running it, and makes of each instruction the step
 * that does it. Which step is decided by the opcode table.
 *
 * @module
 */

import {
  type Instruction,
  instructionText,
  type Listing,
  type MapReference,
  type Operation,
  operationOf,
  slotOffsets,
} from "../bytecode/mod.ts";
import { templateOf } from "../bytecode/text.ts";
import { EbpfError, ErrorCode } from "../errors.ts";
import { narrowComparisons, narrowOperations, swap32, wideComparisons, wideOperations } from "./arithmetic.ts";
import { callHelper, callIndirect, callLocal } from "./calls.ts";
import { atomicStep, loadStep, storeImmediateStep, storeStep } from "./memory.ts";
import { opaque, type Region, Taint } from "./region.ts";
import type { Prepared, State, Step } from "./state.ts";
import { taintStep } from "./taint.ts";

/** What a program's map references stand for in this machine. */
export interface PreparedMap {
  /** The map itself, as helpers take it. */
  readonly region: Region;
  /** The value of a map of one element. */
  readonly value: Region | undefined;
}

/** What {@linkcode prepare} needs to know. */
export interface PrepareOptions {
  readonly tracking: boolean;
  /** The map of a reference or of a descriptor. */
  readonly map: (reference: MapReference | number) => PreparedMap;
}

/** The place of an instruction that is being prepared. */
interface Context {
  readonly options: PrepareOptions;
  readonly instruction: Instruction;
  readonly slot: number;
  /** The slot after it. */
  readonly next: number;
  /** A slot that a distance leads to, checked. */
  readonly jump: (distance: number) => number;
}

type Kind<K extends Operation["kind"]> = Extract<Operation, { kind: K }>;
type Factory<K extends Operation["kind"]> = (row: Kind<K>, context: Context) => Step;

/**
 * Prepares a program.
 *
 * @param listing Instructions, with lines for messages if there are any.
 * @param options Maps, and whether taint is followed.
 * @returns Steps by slot.
 * @throws {EbpfError} `MachineFault` for jumps to where no instruction begins, and if the last one falls off the end.
 * Other flaws are faults when they are reached.
 */
export function prepare(listing: Listing, options: PrepareOptions): Prepared {
  const { instructions } = listing;
  const offsets = slotOffsets(instructions);
  const slots = offsets[instructions.length];
  const indexOfSlot = new Int32Array(slots + 1).fill(-1);
  instructions.forEach((_, index) => indexOfSlot[offsets[index]] = index);
  const code: Step[] = new Array(slots + 1).fill(offTheEnd);
  instructions.forEach((instruction, index) => {
    const slot = offsets[index];
    const refuse = (why: string) => {
      throw refusal(slot, instruction, why);
    };
    const jump = (distance: number) => {
      const target = slot + 1 + distance;
      if (target < 0 || target >= slots || indexOfSlot[target] < 0) refuse(`there is no instruction ${target}`);
      return target;
    };
    const row = operationOf(instruction);
    if (index === instructions.length - 1 && row?.kind !== "exit" && row?.kind !== "jump") {
      refuse("the program does not end with exit or a jump");
    }
    const wrong = flaw(row, instruction);
    code[slot] = wrong === undefined
      ? makeStep(row!, { options, instruction, slot, next: offsets[index + 1], jump })
      : flawed(wrong);
  });
  if (slots === 0) throw new EbpfError(ErrorCode.MachineFault, "Cannot run a program without instructions");
  return { code, listing, indexOfSlot };
}

function refusal(slot: number, instruction: Instruction, why: string): EbpfError {
  const text = instructionText(instruction);
  return new EbpfError(ErrorCode.MachineFault, `Cannot run a program with instruction ${slot}, ${text}: ${why}`);
}

function offTheEnd(state: State): number {
  throw state.fault("there is no instruction here");
}

/** Kinds that write `dst`. */
const writesDst: ReadonlySet<Operation["kind"]> = new Set(
  ["alu", "negate", "signExtend", "swap", "cast", "load", "constant"] as const,
);

/** What no program may do, wherever it is reached. The kernel does not mind what never is. */
function flaw(row: Operation | undefined, instruction: Instruction): string | undefined {
  if (!row) return "there is no such operation";
  if (!templateOf(instruction)) return "it uses reserved fields or registers that do not exist";
  if (written(row, instruction) === 10) return "r10 is read-only";
  return row.kind === "cast" ? "arenas are not supported here" : undefined;
}

/** The register that an instruction writes, if it says so. */
function written(row: Operation, { dst, src }: Instruction): number | undefined {
  if (writesDst.has(row.kind)) return dst;
  if (row.kind !== "atomic" || row.operation === "storeRelease") return undefined;
  if (row.operation === "loadAcquire") return dst;
  return row.operation.startsWith("fetch") || row.operation === "xchg" ? src : undefined;
}

function flawed(why: string): Step {
  return (state) => {
    throw state.fault(why);
  };
}

function makeStep(row: Operation, context: Context): Step {
  const factory = factories[row.kind] as Factory<Operation["kind"]>;
  const step = factory(row as never, context);
  const follow = context.options.tracking ? taintStep(row, context.instruction) : undefined;
  if (!follow) return step;
  return (state) => {
    follow(state);
    return step(state);
  };
}

const factories: { readonly [K in Operation["kind"]]: Factory<K> } = {
  alu: (row, { instruction, next }) =>
    row.width === 64 ? wideStep(row, instruction, next) : narrowStep(row, instruction, next),
  negate: ({ width }, { instruction: { dst }, next }) => {
    const d = 2 * dst;
    return ({ registers }) => {
      registers[d + 1] = width === 32 ? 0 : registers[d] === 0 ? -registers[d + 1] : ~registers[d + 1];
      registers[d] = -registers[d];
      return next;
    };
  },
  signExtend: ({ width, bits }, { instruction: { dst, src }, next }) => {
    const d = 2 * dst, s = 2 * src, shift = 32 - bits;
    return ({ registers }) => {
      const value = registers[s] << shift >> shift;
      registers[d] = value;
      registers[d + 1] = width === 64 ? value >> 31 : 0;
      return next;
    };
  },
  swap: ({ operation, bits }, { instruction: { dst }, next }) =>
    operation === "le" ? truncateStep(bits, 2 * dst, next) : swapStep(bits, 2 * dst, next),
  cast: () => flawed("arenas are not supported here"),
  load: ({ size, signed }, { instruction: { dst, src, offset }, next }) =>
    loadStep(size, signed, dst, src, offset, next),
  store: ({ size, register }, { instruction: { dst, src, offset, immediate }, next }) =>
    register ? storeStep(size, dst, offset, src, next) : storeImmediateStep(size, dst, offset, immediate, next),
  atomic: ({ operation, size }, { instruction: { dst, src, offset }, next }) =>
    atomicStep(operation, { size, dst, offset, src, next }),
  constant: constantStep,
  packet: packetStep,
  jump: ({ far }, { instruction: { offset, immediate }, jump }) => {
    const target = jump(far ? immediate : offset);
    return () => target;
  },
  mayGoto: (_, { instruction: { offset }, next, jump }) => {
    const target = jump(offset);
    return (state) => state.mayGoto-- > 0 ? next : target;
  },
  branch: (row, { instruction, next, jump }) => {
    const target = jump(instruction.offset);
    return row.width === 64 ? wideBranch(row, instruction, target, next) : narrowBranch(row, instruction, target, next);
  },
  call: ({ callee }, { instruction, next, jump }) => {
    switch (callee) {
      case "helper":
        return callHelper(instruction.immediate, next);
      case "local":
        return callLocal(jump(instruction.immediate), next);
      case "indirect":
        return callIndirect(instruction.dst, next);
      case "kfunc":
        return flawed("kernel functions are not supported here");
    }
  },
  exit: () => (state) => state.leave(),
};

function wideStep({ operation, register }: Kind<"alu">, { dst, src, immediate }: Instruction, next: number): Step {
  const d = 2 * dst, s = 2 * src;
  // The most frequent operation gets a step without an inner call.
  if (operation === "mov" && register) {
    return ({ registers }) => {
      registers[d] = registers[s];
      registers[d + 1] = registers[s + 1];
      return next;
    };
  }
  const compute = wideOperations[operation];
  if (register) {
    return (state) => {
      const { registers } = state;
      compute(state, d, registers[s], registers[s + 1]);
      return next;
    };
  }
  const high = immediate >> 31;
  return (state) => {
    compute(state, d, immediate, high);
    return next;
  };
}

function narrowStep({ operation, register }: Kind<"alu">, { dst, src, immediate }: Instruction, next: number): Step {
  const d = 2 * dst, s = 2 * src, compute = narrowOperations[operation];
  if (register) {
    return ({ registers }) => {
      registers[d] = compute(registers[d], registers[s]);
      registers[d + 1] = 0;
      return next;
    };
  }
  return ({ registers }) => {
    registers[d] = compute(registers[d], immediate);
    registers[d + 1] = 0;
    return next;
  };
}

/** To little endian, on a little-endian machine: only what is above goes. */
function truncateStep(bits: number, d: number, next: number): Step {
  return ({ registers }) => {
    if (bits === 16) registers[d] &= 0xffff;
    if (bits < 64) registers[d + 1] = 0;
    return next;
  };
}

function swapStep(bits: number, d: number, next: number): Step {
  return ({ registers }) => {
    const low = registers[d];
    registers[d] = bits === 16 ? swap32(low) >>> 16 : swap32(bits === 64 ? registers[d + 1] : low);
    registers[d + 1] = bits === 64 ? swap32(low) : 0;
    return next;
  };
}

function wideBranch(
  { comparison, register }: Kind<"branch">,
  { dst, src, immediate }: Instruction,
  target: number,
  next: number,
): Step {
  const d = 2 * dst, s = 2 * src, holds = wideComparisons[comparison], high = immediate >> 31;
  if (register) {
    return ({ registers: r }) => holds(r[d], r[d + 1], r[s], r[s + 1]) ? target : next;
  }
  return ({ registers: r }) => holds(r[d], r[d + 1], immediate, high) ? target : next;
}

function narrowBranch(
  { comparison, register }: Kind<"branch">,
  { dst, src, immediate }: Instruction,
  target: number,
  next: number,
): Step {
  const d = 2 * dst, s = 2 * src, holds = narrowComparisons[comparison];
  if (register) return ({ registers: r }) => holds(r[d], r[s]) ? target : next;
  return ({ registers: r }) => holds(r[d], immediate) ? target : next;
}

function constantStep({ constant }: Kind<"constant">, { options, instruction, slot, next, jump }: Context): Step {
  const { dst, immediate, high = 0, map } = instruction;
  const d = 2 * dst;
  switch (constant) {
    case "value":
      return ({ registers }) => {
        registers[d] = immediate;
        registers[d + 1] = high;
        return next;
      };
    case "map":
    case "mapIndex": {
      const { region } = options.map(map ?? immediate);
      return pointStep(dst, region, 0, next);
    }
    case "mapValue":
    case "mapIndexValue": {
      const { value } = options.map(map ?? immediate);
      if (!value) throw refusal(slot, instruction, "the map has no value that can be addressed directly");
      return pointStep(dst, value, high, next);
    }
    case "function":
      return pointStep(dst, opaque("function", `at ${jump(immediate)}`, jump(immediate)), 0, next);
    case "btfVariable":
      return flawed("variables of the kernel are not supported here");
  }
}

function pointStep(dst: number, region: Region, offset: number, next: number): Step {
  return (state) => {
    state.point(dst, region, offset);
    return next;
  };
}

/** Classic BPF's loads: network order, and a packet that is too short ends the program with 0. */
function packetStep({ size, indirect }: Kind<"packet">, { instruction: { src, immediate }, next }: Context): Step {
  return (state) => {
    const { registers, packet } = state;
    const at = immediate + (indirect ? registers[2 * src] : 0);
    if (!packet) throw state.fault("there is no packet");
    const from = packet.start + at;
    if (at < 0 || from + size > packet.end) {
      state.put(0, 0);
      return state.leave();
    }
    const { view } = packet;
    const value = size === 1 ? view.getUint8(from) : size === 2 ? view.getUint16(from) : view.getInt32(from);
    registers[0] = value;
    registers[1] = 0;
    state.taints[0] = Taint.Clean;
    return next;
  };
}
