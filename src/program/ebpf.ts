/**
 * Programs: generating, loading and running them, whatever their type.
 *
 * @module
 */

import { encode } from "../bytecode/mod.ts";
import { disassemble } from "../bytecode/disassemble.ts";
import { compile } from "../compiler/mod.ts";
import type { Compiled } from "../compiler/unit.ts";
import { EbpfError, ErrorCode } from "../errors.ts";
import { type Descriptor, testRun } from "../kernel/mod.ts";
import { describe, type Description } from "./description.ts";
import { lockFolded } from "./fold.ts";
import { load, type Loaded } from "./load.ts";
import { memory } from "./memory.ts";
import { Program } from "./program.ts";
import { runAsJavaScript, type RunResult } from "./run.ts";
import { replay } from "../vm/mod.ts";
import { machineRunner } from "./virtual.ts";
import { createUnit, type Folded } from "./unit.ts";

/** Where and how {@linkcode EBPF.test} runs a program. */
export interface TestOptions {
  /**
   * `"js"`: `program()` is called as plain JavaScript. `"vm"`: the bytecode generated from it is run in this process.
   * Neither needs Linux or permissions. `"kernel"`: it is loaded and run by the kernel. Default `"js"`.
   */
  readonly on?: "js" | "vm" | "kernel";
  /** How many times to run it on the packet, one run after the other. Default 1. */
  readonly repeat?: number;
}

/** What a program made of a packet. */
export interface TestResult {
  /** What it returned: an `XdpAction`, for XDP programs. */
  readonly action: number;
  /** The action's name: `"PASS"`; the number, if no action has it. */
  readonly name: string;
  /** The packet as the program left it. */
  readonly packet: Uint8Array<ArrayBuffer>;
  /** Nanoseconds of one run, on average. */
  readonly duration: number;
  /** With `on: "js"`: what the program threw and did not catch. Its action is then the one for aborting. */
  readonly thrown?: unknown;
}

/** What a program made of a capture. */
export interface Replay {
  /** Packets that it ran on. */
  readonly packets: number;
  /** Packets that it could not run on: cut off, or no Ethernet frames. */
  readonly skipped: number;
  /** How often each action was the answer, by name. */
  readonly actions: Readonly<Record<string, number>>;
}

/** The key of the method by which subclasses get at the loaded program. */
export const loadedProgram: unique symbol = Symbol("loaded program");

/** The key of the method that makes the code. */
export const generate: unique symbol = Symbol("generate");

/** Generated code, and which fields it has folded. */
export interface Generated {
  readonly compiled: Compiled;
  readonly foldedFields: readonly Folded[];
}

/**
 * A program for the kernel, written as a class: {@linkcode XDP} and, later, other types.
 *
 * An object of such a class is a program with its variables. It holds memory and descriptors of the kernel from
 * `load()` to `close()`; `using` closes it at the end of a scope.
 */
export abstract class EBPF extends Program {
  #loaded: Loaded | undefined;
  #closed = false;

  /** @ignore */
  abstract [describe](): Description;

  /**
   * Generates the program and loads it into the kernel. `attach()` and `test(packet, { on: "kernel" })` do so by
   * themselves. Loading again does nothing.
   *
   * The variables keep their values, and are shared with the kernel from now on. Plain fields that the program uses
   * become read-only: their values are part of the code.
   *
   * @throws {EbpfError} If the text is outside the language (`UnsupportedSyntax`, `UnknownName`, `OutOfRange`, …), at the
   * user's place; `VerifierRejected` with the verifier's log; `NotPermitted` without CAP_BPF and CAP_NET_ADMIN;
   * `NotLinux`, `NoFfi`, `FfiDenied`; `Closed`. Nothing stays in the kernel then.
   */
  load(): void {
    this.#demandOpen("load");
    if (this.#loaded) return;
    const { compiled, foldedFields } = this[generate]();
    this.#loaded = load(this[memory], compiled, this[describe]());
    lockFolded(this, foldedFields);
  }

  /**
   * Frees all that the program holds in the kernel: its attachments (but persistent ones), its code, its variables.
   * Using a variable throws `Closed` from then on. Closing again does nothing.
   */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    if (this.#loaded) this.#loaded.close();
    else this[memory].close();
    this.#loaded = undefined;
  }

  /** Closes the program at the end of a `using` scope. */
  [Symbol.dispose](): void {
    this.close();
  }

  /**
   * Generates the program without loading it: all that is wrong with its text is found. Works on any system.
   *
   * @throws {EbpfError} If the text is outside the language, at the user's place.
   *
   * @example
   * ```ts
   * import { XDP } from "@waggle/ebpf";
   *
   * class Drop extends XDP {
   *   program() {
   *     return XDP.DROP;
   *   }
   * }
   *
   * new Drop().check();
   * ```
   */
  check(): void {
    this.#compiled("check");
  }

  /**
   * Generates the program's bytecode: 8 bytes an instruction. The descriptors of maps in it are 0.
   *
   * @throws {EbpfError} As {@linkcode EBPF.check}.
   */
  assemble(): Uint8Array<ArrayBuffer> {
    return encode(this.#compiled("assemble").instructions);
  }

  /**
   * Generates the program and prints it, with the source lines between the instructions.
   *
   * @throws {EbpfError} As {@linkcode EBPF.check}.
   */
  disassemble(): string {
    return disassemble(this.#compiled("disassemble"));
  }

  /**
   * Runs the program on a packet that never was on a wire.
   *
   * The variables are the object's own in every case: after `load()`, runs as plain JavaScript too work on the memory
   * that is shared with the kernel.
   *
   * @param packet The packet from its Ethernet header on, which stays as it is. The kernel wants at least 14 bytes.
   * @param options Where, and how many times.
   * @returns The action and the packet as it is then.
   * @throws {EbpfError} With `on: "kernel"` as {@linkcode EBPF.load}; `InvalidArgument` for packets that the kernel
   * cannot make; `TypeMismatch` if `program()` gives what is no action; `NoProgram`; `Closed`.
   *
   * @example
   * ```ts
   * import { XDP } from "@waggle/ebpf";
   *
   * class Drop extends XDP {
   *   program() {
   *     return XDP.DROP;
   *   }
   * }
   *
   * const { name } = new Drop().test(new Uint8Array(64), { on: "js" });
   * console.log(name === "DROP");
   * ```
   */
  test(packet: Uint8Array | ArrayBuffer, { on = "js", repeat = 1 }: TestOptions = {}): TestResult {
    this.#demandOpen("test");
    const bytes = packet instanceof Uint8Array ? packet : new Uint8Array(packet);
    demandRepeat(repeat);
    const description = this[describe]();
    const result = this.#runner(on, description)(bytes, repeat);
    return { ...result, name: description.actions[result.action] ?? String(result.action) };
  }

  /**
   * Runs the program on every Ethernet frame of a capture.
   *
   * @param capture The bytes of a pcap or pcapng file.
   * @param options Where.
   * @returns How many packets there were, how many could not be used (cut off, or no Ethernet), and how often each action
   * was the answer, by name.
   * @throws {EbpfError} As {@linkcode EBPF.test}; `InvalidArgument` if the file is no capture.
   *
   * @example
   * ```ts ignore
   * const { actions } = new Firewall().replay(readFileSync("traffic.pcap")); // of node:fs
   * console.log(actions.DROP, "of them dropped");
   * ```
   */
  replay(capture: Uint8Array, { on = "vm" }: Pick<TestOptions, "on"> = {}): Replay {
    this.#demandOpen("replay");
    const description = this[describe]();
    const run = this.#runner(on, description);
    const { packets, skipped, actions } = replay(capture, (packet) => run(packet, 1));
    const named = [...actions].map(([action, count]) =>
      [description.actions[action] ?? String(action), count] as const
    );
    return { packets, skipped, actions: Object.fromEntries(named) };
  }

  /** What runs the program so many times on a packet. */
  #runner(on: TestOptions["on"], description: Description): (packet: Uint8Array, repeat: number) => RunResult {
    switch (on) {
      case "js":
        return (packet, repeat) => runAsJavaScript(this, description, packet, repeat);
      case "vm":
        return machineRunner(this.#compiled("test"));
      case "kernel":
        this.load();
        return (packet, repeat) => testRun(this.#loaded!.program, { packet, repeat });
    }
    throw new EbpfError(ErrorCode.InvalidArgument, `Cannot test on ${JSON.stringify(on)}`, {
      remedy: 'Test on "js", "vm" or "kernel"',
    });
  }

  /**
   * The program in the kernel, after `load()`.
   *
   * @ignore
   */
  [loadedProgram](): Descriptor {
    return this.#loaded!.program;
  }

  /** The code in the kernel, or what would be loaded now. */
  #compiled(action: string): Compiled {
    this.#demandOpen(action);
    return this.#loaded?.compiled ?? this[generate]().compiled;
  }

  /**
   * Makes the code.
   *
   * @ignore
   */
  [generate](): Generated {
    const unit = createUnit(this, this[describe]());
    return { compiled: compile(unit), foldedFields: unit.foldedFields };
  }

  #demandOpen(action: string): void {
    if (!this.#closed) return;
    throw new EbpfError(ErrorCode.Closed, `Cannot ${action} "${this[memory].name}": it is closed`, {
      remedy: "Make a new object of the class",
    });
  }
}

function demandRepeat(repeat: number): void {
  if (Number.isInteger(repeat) && repeat >= 1 && repeat < 2 ** 32) return;
  throw new EbpfError(ErrorCode.InvalidArgument, `Cannot run a program ${repeat} times`, {
    remedy: "Give a whole number from 1",
  });
}
