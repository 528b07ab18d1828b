/**
 * Tells programs of this library from strangers'.
 *
 * @module
 */

import { generatorMark } from "../btf/mod.ts";
import { btfById, btfBytes, closing, programById, programInfo } from "../kernel/mod.ts";

/** What a program in the kernel is to us. */
export interface Identity {
  /** As the kernel has it: at most 15 characters. */
  readonly name: string;
  /** A hash of its instructions. */
  readonly tag: string;
  /** Whether this library generated it. */
  readonly ours: boolean;
}

/**
 * Looks at a program in the kernel.
 *
 * @returns `undefined` if it is gone.
 * @throws {EbpfError} `NotPermitted` without CAP_SYS_ADMIN.
 */
export function identify(programId: number): Identity | undefined {
  const program = programById(programId);
  if (!program) return undefined;
  const { name, tag, btfId } = closing(program, programInfo);
  return { name, tag, ours: btfId !== 0 && hasMark(btfId) };
}

function hasMark(btfId: number): boolean {
  const btf = btfById(btfId);
  if (!btf) return false;
  // Names in BTF end with a zero byte, and a text search is all it takes to find one.
  return new TextDecoder("latin1").decode(closing(btf, btfBytes)).includes(`\0${generatorMark}\0`);
}
