/**
 * The root of all objects that have variables.
 *
 * @module
 */

import { shownAs } from "../ffi/console.ts";
import { type Helpers, helpers } from "./helpers.ts";
import { globals, locals, Memory, memory } from "./memory.ts";
import { show, shownFields, state } from "./show.ts";

/** An object with variables: the base of all programs. */
export abstract class Program {
  /** @ignore */
  declare [globals]: DataView;
  /** @ignore */
  declare [locals]: DataView;
  /** @ignore */
  declare readonly [memory]: Memory;

  /** The kernel's helpers, by the kernel's names in camelCase: `this.bpf.ktimeGetNs()`. */
  declare readonly bpf: Helpers;

  /** Gives the object its memory, in which the variables of its class are then declared. */
  constructor() {
    Memory.prepare(this, new.target.name);
  }

  /**
   * What it is doing, for a console: nothing while it is not in the kernel.
   *
   * @ignore
   */
  [state](): string {
    return "";
  }

  /**
   * The fields that a console shows besides the variables.
   *
   * @ignore
   */
  [shownFields](): Record<string, unknown> {
    return Object.fromEntries(Object.entries(this));
  }
}

// What a console shows.
Object.defineProperties(Program.prototype, shownAs(show));

// On the prototype: a constant of every program, which takes nothing from its objects.
Object.defineProperty(Program.prototype, "bpf", { value: helpers });
