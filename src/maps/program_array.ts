/**
 * Programs that other programs go on with: tail calls.
 *
 * @module
 */

import { EbpfError, ErrorCode } from "../errors.ts";
import type { Descriptor } from "../kernel/mod.ts";
import { u32 } from "../types/scalar.ts";
import { type Callable, calleeOf } from "./callee.ts";
import { LoadedPrograms } from "./loaded_programs.ts";
import { binding, demandOptions } from "./map.ts";
import { isInProgram } from "./mode.ts";
import { ReferenceMap } from "./reference_map.ts";

/** How a {@linkcode ProgramArray} is made. */
export interface ProgramArrayOptions {
  /** How many programs: indexes are below it. */
  readonly maxEntries: number;
}

/**
 * Programs by index, to go on with by a tail call (BPF_MAP_TYPE_PROG_ARRAY). They are objects of this process, and can be
 * changed while packets come in.
 *
 * When a program with the array is loaded, the programs in it are, too, and those that are stored later at once. Programs
 * that the array has loaded are closed when they are taken out, and with the array; others are left alone.
 *
 * In a program: `tailCall`.
 *
 * @example
 * ```ts
 * import { type Packet, ProgramArray, XDP } from "@waggle/ebpf";
 *
 * class Drop extends XDP {
 *   program() {
 *     return XDP.DROP;
 *   }
 * }
 *
 * class Dispatch extends XDP {
 *   next = new ProgramArray<XDP>({ maxEntries: 256 }).set(17, new Drop());
 *
 *   program(packet: Packet) {
 *     this.next.tailCall(packet.getUint8(23)); // does not come back if there is a program
 *     return XDP.PASS;
 *   }
 * }
 *
 * const packet = new Uint8Array(64);
 * packet[23] = 17;
 * console.log(new Dispatch().test(packet).name === "DROP");
 * ```
 */
export class ProgramArray<P extends Callable> extends ReferenceMap<number, P> {
  readonly #loaded = new LoadedPrograms<P>();

  /**
   * Makes an array.
   *
   * @param options How many programs.
   * @throws {EbpfError} `InvalidArgument` for what is no number of entries.
   */
  constructor(options: ProgramArrayOptions) {
    const { maxEntries } = demandOptions(options, new.target);
    super({ kind: "programArray", keyType: u32, maxEntries }, u32);
  }

  /**
   * Goes on with another program, in a program only (`bpf_tail_call`, Linux 4.2). The variables of this one keep what they
   * are; the packet is the same. It comes back only if there is no program at the index, or if 33 tail calls have been
   * made: what follows is done then.
   *
   * @param index Which program; the low 32 bits count.
   * @throws {EbpfError} `InvalidArgument` outside of a program.
   */
  tailCall(index: number): void {
    if (isInProgram()) return calleeOf(this.get(index))?.jump();
    throw new EbpfError(ErrorCode.InvalidArgument, "Cannot make a tail call outside of a program", {
      remedy: "Call it in program()",
    });
  }

  /** @ignore */
  protected override enter(program: P, use: (descriptor: Descriptor) => void): void {
    this.#loaded.enter(program, use, { map: this, renew: () => this.renew(program) });
  }

  /** @ignore */
  protected override stay(): void {}

  /** @ignore */
  protected override settle(program: P): void {
    calleeOf(program).settle();
  }

  /** @ignore */
  protected override leave(program: P, undo: boolean): void {
    const isElsewhere = [...this.values()].includes(program) && this[binding].isShared;
    if (!isElsewhere) this.#loaded.leave(program, undo);
  }

  /** @ignore */
  protected override owns(program: P, user: object): boolean {
    return this.#loaded.owns(program, user);
  }

  /** @ignore */
  protected override demand(program: unknown): void {
    if (calleeOf(program as P | undefined)) return;
    throw new EbpfError(ErrorCode.InvalidArgument, `Cannot store this in the program array "${this.name}"`, {
      remedy: "Store an object of a program's class: new Drop()",
    });
  }
}
