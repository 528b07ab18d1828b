/**
 * Programs that other programs go on with: tail calls.
 *
 * @module
 */

import type { Compiled } from "../compiler/unit.ts";
import { EbpfError, ErrorCode } from "../errors.ts";
import type { Descriptor } from "../kernel/mod.ts";
import { u32 } from "../types/scalar.ts";
import { binding } from "./map.ts";
import { isInProgram } from "./mode.ts";
import { ReferenceMap } from "./reference_map.ts";

/** The key of what a program offers to maps that it is in. */
export const callee: unique symbol = Symbol("callee");

/** What a program offers to maps that it is in. */
export interface Callee {
  /** What uses maps when the program is loaded. */
  readonly user: object;
  /** The program's code. */
  readonly compiled: Compiled;
  /** Loads the program, and gives it to `use` as soon as the kernel has it; whether this call has loaded it. */
  load(use: (program: Descriptor) => void): boolean;
  /** Has a map told, by `renew`, when other code takes the program's place. */
  follow(map: object, renew: () => void): void;
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
  /** Those that the array has loaded. */
  readonly #loaded = new Set<P>();

  /**
   * Makes an array.
   *
   * @param options How many programs.
   * @throws {EbpfError} `InvalidArgument` for what is no number of entries.
   */
  constructor({ maxEntries }: ProgramArrayOptions) {
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
    const offered = calleeOf(program);
    if (offered.load(use)) this.#loaded.add(program);
    offered.follow(this, () => this.renew(program));
  }

  /** @ignore */
  protected override stay(): void {}

  /** @ignore */
  protected override leave(program: P): void {
    const isElsewhere = [...this.values()].includes(program) && this[binding].isShared;
    if (!isElsewhere && this.#loaded.delete(program)) calleeOf(program).close();
  }

  /** @ignore */
  protected override owns(program: P, user: object): boolean {
    return this.#loaded.has(program) && calleeOf(program).user === user;
  }

  /** @ignore */
  protected override demand(program: unknown): void {
    if ((program as Partial<P> | undefined)?.[callee]) return;
    throw new EbpfError(ErrorCode.InvalidArgument, `Cannot store this in the program array "${this.name}"`, {
      remedy: "Store an object of a program's class: new Drop()",
    });
  }
}

/** What a program offers. */
export function calleeOf<P extends Callable | undefined>(program: P): P extends Callable ? Callee : undefined {
  return program?.[callee] as never;
}
