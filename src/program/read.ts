/**
 * Reads that are never merged with others.
 *
 * @module
 */

/**
 * A variable or a field as it is now: in a program, a load of its own, even where the same place has just been read or
 * written. Elsewhere plain reads in a row may be one load. In user space it is a plain read.
 *
 * @param object The object: `this`, or a view.
 * @param key The name of a variable or field; known when the program is generated.
 * @returns The value.
 *
 * @example
 * ```ts
 * import { globalVar, kernel, read, u32, XDP } from "@waggle/ebpf";
 *
 * class Waits extends XDP {
 *   @globalVar(u32) accessor stop = 0;
 *   @globalVar(u32) accessor turns = 0;
 *
 *   @kernel(() => ({ read }))
 *   program() {
 *     for (let i = 0; i < 1000 && read(this, "stop") === 0; i++) this.turns = i;
 *   }
 * }
 *
 * const waits = new Waits();
 * waits.test(new Uint8Array(64));
 * console.log(waits.turns === 999);
 * ```
 */
export function read<P extends object, K extends keyof P & string>(object: P, key: K): P[K] {
  return object[key];
}
