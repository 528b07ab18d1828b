/**
 * What the maps have in common whose entries may have a program: it runs on what is redirected there.
 *
 * @module
 */

import { EbpfError, ErrorCode } from "../errors.ts";
import type { AttachType, Descriptor } from "../kernel/mod.ts";
import type { MapDescription } from "./binding.ts";
import { type Callable, calleeOf } from "./callee.ts";
import type { SetFlag } from "./keyed.ts";
import { LoadedPrograms } from "./loaded_programs.ts";
import { binding } from "./map.ts";
import { RedirectMap } from "./redirect.ts";
import { makeBytes } from "./store.ts";

/** Bytes of `struct bpf_devmap_val` and `struct bpf_cpumap_val` (include/uapi/linux/bpf.h); programs stand at 4. */
const VALUE_BYTES = 8, PROGRAM_OFFSET = 4;
/** Bytes of an entry without a program: all that kernels before 5.8 (device maps) and 5.9 (CPU maps) know. */
const OLDER_VALUE_BYTES = 4;

/** What a kind of map demands of programs. */
export interface Demand {
  readonly attachType: AttachType;
  /** The class that they extend. */
  readonly className: string;
}

/**
 * A map of places by number, each of which may have a program that runs on what is redirected there.
 *
 * When a program with the map is loaded, the programs in it are, too, and those that are stored later at once. Programs
 * that the map has loaded are closed when they are taken out, and with the map; others are left alone.
 */
export abstract class ProgramRedirectMap extends RedirectMap {
  readonly #programs = new Map<number, Callable>();
  readonly #loaded = new LoadedPrograms<Callable>();
  readonly #demand: Demand;

  /** Makes a map of a kind. */
  protected constructor(kind: MapDescription["kind"], maxEntries: number, demand: Demand) {
    super(kind, maxEntries, { valueSize: VALUE_BYTES, olderValueSize: OLDER_VALUE_BYTES });
    this.#demand = demand;
    this[binding].tenants = {
      enter: () => this.#programs.forEach((program, key) => void this.#moveIn(key, program)),
      stay: () => {},
      settle: () => this.#programs.forEach((program) => calleeOf(program).settle()),
      leave: (undo) => this.#programs.forEach((program) => this.#loaded.leave(program, undo)),
      owns: (user) => [...this.#programs.values()].some((program) => this.#loaded.owns(program, user)),
    };
  }

  /**
   * The program of an entry.
   *
   * @param key The entry's number.
   * @returns The object that was stored; `undefined` without one, also for programs that other processes have stored.
   */
  program(key: number): Callable | undefined {
    return this.#programs.get(key);
  }

  /**
   * Removes an entry, with its program.
   *
   * @param key The entry's number.
   * @returns Whether there was one.
   */
  override delete(key: number): boolean {
    const isDeleted = super.delete(key);
    if (isDeleted) this.#drop(key);
    return isDeleted;
  }

  /**
   * Stores a place with its program.
   *
   * @ignore
   */
  protected store(key: number, place: number, program: Callable | undefined, flag: SetFlag | undefined): boolean {
    if (!program) {
      const isStored = super.set(key, place, flag);
      if (isStored) this.#drop(key);
      return isStored;
    }
    demandPlace(this.name, calleeOf(program), this.#demand);
    const before = this.#programs.get(key);
    // First without it: the flag decides, and the key is checked.
    if (!super.set(key, place, flag)) return false;
    this.#programs.set(key, program);
    try {
      if (this[binding].isShared) {
        this.#moveIn(key, program);
        calleeOf(program).settle();
      }
    } catch (error) {
      this.#drop(key, true);
      throw error;
    } finally {
      if (before) this.#close(before);
    }
    return true;
  }

  /** Hands a program to the kernel's map, as soon as it is loaded. */
  #moveIn(key: number, program: Callable): void {
    const renew = () => {
      if (!this[binding].isShared) return;
      for (const [at, other] of this.#programs) if (other === program) this.#moveIn(at, program);
    };
    this.#loaded.enter(program, (descriptor) => this.#update(key, program, descriptor), { map: this, renew });
  }

  #update(key: number, program: Callable, { fd }: Descriptor): void {
    const { store } = this[binding];
    if (store.valueSize < VALUE_BYTES) throw noRoom(this.name, calleeOf(program).name);
    const bytes = this[binding].key(key);
    const value = makeBytes(VALUE_BYTES);
    if (!store.lookup(bytes, value)) return;
    new DataView(value.buffer).setInt32(PROGRAM_OFFSET, fd, true);
    try {
      store.update(bytes, value, 0);
    } catch (error) {
      throw refused(this.name, calleeOf(program).name, error);
    }
  }

  #drop(key: number, undo = false): void {
    const program = this.#programs.get(key);
    this.#programs.delete(key);
    if (program) this.#close(program, undo);
  }

  #close(program: Callable, undo = false): void {
    if (![...this.#programs.values()].includes(program)) this.#loaded.leave(program, undo);
  }
}

function demandPlace(name: string, offered: ReturnType<typeof calleeOf>, { attachType, className }: Demand): void {
  if (offered?.attachType === attachType) return;
  throw new EbpfError(
    ErrorCode.InvalidArgument,
    `Cannot store ${offered ? `the program "${offered.name}"` : "this"} in an entry of the map "${name}"`,
    { remedy: `Store an object of a class that extends ${className}` },
  );
}

function noRoom(map: string, program: string): EbpfError {
  return new EbpfError(
    ErrorCode.NotSupported,
    `Cannot store the program "${program}" in an entry of the map "${map}": its entries in the kernel have none`,
    { remedy: "Store entries without programs; those of device maps have one since Linux 5.8, of CPU maps since 5.9" },
  );
}

/** What the kernel's EINVAL means here. */
function refused(map: string, program: string, cause: unknown): unknown {
  if (!(cause instanceof EbpfError) || cause.code === ErrorCode.Closed) return cause;
  return new EbpfError(
    ErrorCode.InvalidArgument,
    `Cannot store the program "${program}" in an entry of the map "${map}": the kernel does not take it there`,
    { remedy: "Its frags must be those of the programs that redirect to the map", cause, errno: cause.errno },
  );
}
