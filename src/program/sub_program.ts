/**
 * Parts of programs: classes with variables of their own, of which a program may have many objects.
 *
 * @module
 */

import { ProgramExit } from "./exit.ts";
import { Program } from "./program.ts";

/**
 * A part of a program: a class with variables and methods, composed as a field.
 *
 * Its shared variables live in the map of the program that first uses it; each object has its own. Its methods are
 * compiled into the program where they are called.
 *
 * @example
 * ```ts
 * import { globalVar, SubProgram, u32, XDP } from "@waggle/ebpf";
 *
 * class Counter extends SubProgram {
 *   @globalVar(u32) accessor count = 0;
 *   add(amount: number) {
 *     this.count += amount;
 *   }
 * }
 *
 * class Sizes extends XDP {
 *   small = new Counter();
 *   large = new Counter();
 *   program(packet: { readonly byteLength: number }) {
 *     if (packet.byteLength < 100) this.small.add(1);
 *     else this.large.add(1);
 *   }
 * }
 *
 * const sizes = new Sizes();
 * sizes.test(new Uint8Array(64));
 * console.log(sizes.small.count === 1);
 * ```
 */
export abstract class SubProgram extends Program {
  /**
   * Leaves the program that this is a part of.
   *
   * @param action What the program answers: `XDP.DROP`.
   */
  exit(action: number): never {
    throw new ProgramExit(action);
  }
}
