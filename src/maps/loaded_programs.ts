/**
 * The programs in a map that the map itself has loaded: they go with it.
 *
 * @module
 */

import type { Descriptor } from "../kernel/mod.ts";
import { type Callable, calleeOf } from "./callee.ts";

/** Who is told when other code takes a program's place. */
export interface Follower {
  readonly map: object;
  renew(): void;
}

/** The programs of one map. */
export class LoadedPrograms<P extends Callable> {
  readonly #loaded = new Set<P>();

  /** Loads a program, unless it is; `use` gets its descriptor, which may be later. */
  enter(program: P, use: (descriptor: Descriptor) => void, { map, renew }: Follower): void {
    const offered = calleeOf(program);
    if (offered.load(use)) this.#loaded.add(program);
    offered.follow(map, renew);
  }

  /** The map no longer has a program: it is closed if the map has loaded it; `undo`: as if that had never been. */
  leave(program: P, undo: boolean): void {
    if (!this.#loaded.delete(program)) return;
    if (undo) calleeOf(program).undo();
    else calleeOf(program).close();
  }

  /** Whether a program, which uses a map as `user`, is only there for the map's sake. */
  owns(program: P, user: object): boolean {
    return this.#loaded.has(program) && calleeOf(program).user === user;
  }
}
