/**
 * Tells programs of this library from strangers'.
 *
 * @module
 */

import { generatorMark } from "../btf/mod.ts";
import { btfById, btfBytes, programById, programInfo } from "../kernel/mod.ts";

/** What a program in the kernel is to us. */
export interface Identity {
  /** As the kernel has it: at most 15 characters. */
  readonly name: string;
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
  using program = programById(programId);
  if (!program) return undefined;
  const { name, btfId } = programInfo(program);
  return { name, ours: btfId !== 0 && hasMark(btfId) };
}

function hasMark(btfId: number): boolean {
  using btf = btfById(btfId);
  // Names in BTF end with a zero byte, and a text search is all it takes to find one.
  return btf !== undefined && new TextDecoder("latin1").decode(btfBytes(btf)).includes(`\0${generatorMark}\0`);
}
