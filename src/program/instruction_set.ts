/**
 * Which version of the instruction set the kernel takes, found out by loading a program of a few instructions.
 *
 * @module
 */

import {
  alu,
  encode,
  exit,
  farJump,
  immediate,
  type Instruction,
  load,
  moveSignExtend,
  storeImmediate,
  swapBytes,
} from "../bytecode/mod.ts";
import { EbpfError, ErrorCode } from "../errors.ts";
import { closing, loadProgram, type ProgramType } from "../kernel/mod.ts";

/** The version that all kernels take which the library supports, and the newest that it writes. */
const OLDEST = 3;
const NEWEST = 4;
const FRAME_POINTER = 10;

/** By kind of program: the kernel stays the same as long as the process runs. */
const found = new Map<ProgramType, number>();

/** The newest version that can be loaded. The first call for a kind of program loads one. */
export function instructionSet(type: ProgramType): number {
  const version = found.get(type) ?? tryOut(type);
  if (version !== undefined) found.set(type, version);
  return version ?? OLDEST;
}

/** `undefined` if the kernel has said nothing about instructions. */
function tryOut(type: ProgramType): number | undefined {
  try {
    return closing(loadProgram({ type, name: "probe", instructions: encode(probe()) }), () => NEWEST);
  } catch (error) {
    if (!(error instanceof EbpfError)) throw error;
    // Whatever else may be wrong, loading the program itself says so better.
    return error.code === ErrorCode.VerifierRejected ? OLDEST : undefined;
  }
}

/** One of each kind of instruction that the newest version has added (Linux 6.6). */
function probe(): Instruction[] {
  return [
    alu("mov", 64, 0, immediate(7)),
    alu("sdiv", 64, 0, immediate(2)),
    moveSignExtend(64, 8, 1, 0),
    swapBytes("bswap", 32, 1),
    storeImmediate(8, FRAME_POINTER, -8, 0),
    load(1, 1, FRAME_POINTER, -8, true),
    farJump(0),
    exit(),
  ];
}

/**
 * What `load({ cpu })` was given.
 *
 * @throws {EbpfError} `InvalidArgument` if it is no version.
 */
export function demandVersion(cpu: number): number {
  if (Number.isInteger(cpu) && cpu >= 1 && cpu <= NEWEST) return cpu;
  throw new EbpfError(ErrorCode.InvalidArgument, `Cannot generate for version ${cpu} of the instruction set`, {
    remedy: `Give a whole number from 1 to ${NEWEST}, or leave it out`,
  });
}
