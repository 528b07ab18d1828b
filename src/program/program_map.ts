/**
 * What all maps of programs have in common: they live in this process until `load()`, then in the kernel, and can be
 * those that another process has pinned.
 *
 * @module
 */

import type { Descriptor } from "../kernel/mod.ts";

/** A map of programs. */
export interface ProgramMap {
  /** Bytes of the variables in it, for a map of variables: with 0 it is never made. */
  readonly size?: number;
  /** Names it by the field that leads to it, unless it has a name. */
  call?(name: string): void;
  /** Maps that go wherever this one goes, by what is put behind its name. */
  readonly companions?: ReadonlyMap<string, ProgramMap>;
  /** Whether the kernel has it. */
  readonly isShared: boolean;
  /**
   * The map in the kernel: made at the first call, with what is in it.
   *
   * @throws {EbpfError} As `createMap`; everything is then where it was.
   */
  share(): Descriptor;
  /** Lets the kernel have the programs and maps that are in it, too; after {@linkcode ProgramMap.share}. */
  fill?(): void;
  /** Takes everything back out of the kernel, as if it had never been there: if loading fails. */
  unshare(): void;
  /**
   * Uses a map that the kernel has already, in place of one of its own.
   *
   * @param map Owned from here on, unless this throws.
   * @param operation What this is for, as it follows "Cannot": for the error.
   * @throws {EbpfError} `InvalidArgument` if the map is not of the kind that `share()` would make; the message says what
   * both are.
   */
  adopt(map: Descriptor, operation: string): void;
  /** A program is loaded that it is to be there for; one may be so several times. */
  retain?(user: object): void;
  /** That program is closed. */
  release?(user: object): void;
  /** That program has never been there: loading what it was loaded for has failed. */
  forget?(user: object): void;
  /** Loading has succeeded, for good: {@linkcode ProgramMap.unshare} is not called any more. */
  settle?(): void;
}
