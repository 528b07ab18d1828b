/**
 * The root of all objects that have variables.
 *
 * @module
 */

import { globals, locals, Memory, memory } from "./memory.ts";

/** An object with variables: the base of all programs. */
export abstract class Program {
  /** @ignore */
  declare [globals]: DataView;
  /** @ignore */
  declare [locals]: DataView;
  /** @ignore */
  declare readonly [memory]: Memory;

  /** Gives the object its memory, in which the variables of its class are then declared. */
  constructor() {
    Memory.prepare(this, new.target.name);
  }
}
