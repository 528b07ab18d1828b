/**
 * Maps whose values are things rather than bytes: programs, other maps, and where packets are redirected to.
 *
 * @module
 */

import { EbpfError, ErrorCode } from "../../errors.ts";
import type { Machine } from "../machine.ts";
import type { Region } from "../region.ts";
import type { Prepared } from "../state.ts";
import { MachineArray } from "./array.ts";
import { MachineHash } from "./hash.ts";
import { indexKey, indexOf, MachineMap, textOf, type VirtualMapOptions } from "./map.ts";
import type { VirtualMap } from "./types.ts";

/** A program array: what tail calls jump to. */
export class MachineProgramArray extends MachineMap {
  readonly #programs = new Map<number, Prepared>();

  /** Sets a slot; `undefined` empties it. */
  set(index: number, machine: Machine | undefined): void {
    if (machine) this.#programs.set(index, machine.prepared);
    else this.#programs.delete(index);
  }

  /** The program in a slot. */
  program(index: number): Prepared | undefined {
    return index < this.maxEntries ? this.#programs.get(index) : undefined;
  }
}

/** An array or hash of maps. */
export class MachineMapOfMaps extends MachineMap {
  readonly #maps = new Map<string, MachineMap>();

  constructor(options: VirtualMapOptions) {
    super({ keySize: 4, ...options });
  }

  /** Sets the map of a key; `undefined` removes it. */
  set(key: Uint8Array | number, map: VirtualMap | undefined): void {
    const text = textOf(typeof key === "number" ? indexKey(key) : key);
    if (map && !(map instanceof MachineMap)) {
      throw new EbpfError(ErrorCode.InvalidArgument, `Cannot put ${map.name} into ${this.name}: it is no virtual map`);
    }
    if (map) this.#maps.set(text, map);
    else this.#maps.delete(text);
  }

  override lookup(key: Uint8Array): Region | undefined {
    if (this.kind === "arrayOfMaps" && indexOf(key) >= this.maxEntries) return undefined;
    return this.#maps.get(textOf(key))?.region;
  }
}

/** What redirect maps have in common. */
export interface RedirectMap extends MachineMap {
  /** The flags besides the action that `bpf_redirect_map` takes for it. */
  readonly redirectFlags: number;
  /** What is at a key: interface, queue size of a CPU, socket; `undefined` if nothing is. */
  target(index: number): number | undefined;
}

const broadcast = 8, excludeIngress = 16;

/** Device maps by index, CPU maps, AF_XDP socket maps. Zero means that there is nothing. */
export class MachineTargetArray extends MachineArray implements RedirectMap {
  readonly redirectFlags: number;

  constructor(options: VirtualMapOptions) {
    super({ valueSize: 4, ...options });
    this.redirectFlags = options.kind === "devMap" ? broadcast | excludeIngress : 0;
  }

  override lookup(key: Uint8Array, cpu = 0): Region | undefined {
    return this.target(indexOf(key)) === undefined ? undefined : super.lookup(key, cpu);
  }

  override delete(key: Uint8Array): number {
    const value = super.lookup(key);
    value?.bytes().fill(0);
    return value ? 0 : -22;
  }

  target(index: number): number | undefined {
    return super.lookup(indexKey(index))?.view.getUint32(0, true) || undefined;
  }
}

/** Device maps by any number. */
export class MachineTargetHash extends MachineHash implements RedirectMap {
  readonly redirectFlags: number = broadcast | excludeIngress;

  constructor(options: VirtualMapOptions) {
    super({ keySize: 4, valueSize: 4, ...options });
  }

  target(index: number): number | undefined {
    return this.lookup(indexKey(index))?.view.getUint32(0, true);
  }
}
