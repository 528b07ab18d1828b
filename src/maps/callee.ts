/**
 * What programs offer to the maps that they are in.
 *
 * @module
 */

import type { Compiled } from "../compiler/unit.ts";
import type { AttachType, Descriptor } from "../kernel/mod.ts";

/** The key of what a program offers to maps that it is in. */
export const callee: unique symbol = Symbol("callee");

/** What a program offers to maps that it is in. */
export interface Callee {
  /** What uses maps when the program is loaded. */
  readonly user: object;
  /** Its name, for messages. */
  readonly name: string;
  /** Where it is to run, unless that is an interface. */
  readonly attachType: AttachType | undefined;
  /** The program's code. */
  readonly compiled: Compiled;
  /** Loads the program, and gives it to `use` as soon as the kernel has it; whether this call has loaded it. */
  load(use: (program: Descriptor) => void): boolean;
  /** Has a map told, by `renew`, when other code takes the program's place. */
  follow(map: object, renew: () => void): void;
  /** What the program was loaded for has been loaded, too: it is not undone any more. */
  settle(): void;
  /** Takes the program back out of the kernel, as if it had never been there; it can be loaded again. */
  undo(): void;
  /** Takes the program out of the kernel. */
  close(): void;
  /** Goes on with the program in a run as plain JavaScript, which it ends; returns if there have been too many. */
  jump(): void;
}

/** A program that can be called: an object of a program's class. */
export interface Callable {
  /** @ignore */
  readonly [callee]: unknown;
}

/** What a program offers. */
export function calleeOf<P extends Callable | undefined>(program: P): P extends Callable ? Callee : undefined {
  return program?.[callee] as never;
}
