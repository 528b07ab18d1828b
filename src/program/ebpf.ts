/**
 * Programs: generating, loading and running them, whatever their type.
 *
 * @module
 */

import { disassemble } from "../bytecode/disassemble.ts";
import { encode } from "../bytecode/mod.ts";
import { compile, type CompileOptions } from "../compiler/mod.ts";
import type { Compiled } from "../compiler/unit.ts";
import { EbpfError, ErrorCode } from "../errors.ts";
import type { Descriptor } from "../kernel/mod.ts";
import { type Callee, callee } from "../maps/mod.ts";
import { replay } from "../vm/mod.ts";
import { describe, type Description } from "./description.ts";
import { explain, Steps } from "./explain.ts";
import { runInKernel } from "./kernel_run.ts";
import { type Generated, Lifetime } from "./lifetime.ts";
import { memory } from "./memory.ts";
import {
  demandMetadata,
  demandRepeat,
  demandTestable,
  type ExplainOptions,
  type LoadOptions,
  type PinOptions,
  type Replay,
  type TestOptions,
  type TestResult,
} from "./options.ts";
import { pinProgram, unpinProgram } from "./pins.ts";
import { Program } from "./program.ts";
import { jump, runAsJavaScript, type RunResult, type Surroundings } from "./run.ts";
import { state } from "./show.ts";
import { createUnit } from "./unit.ts";
import { machineRunner } from "./virtual.ts";

export type { Generated } from "./lifetime.ts";
export type { ExplainOptions, LoadOptions, PinOptions, Replay, TestOptions, TestResult } from "./options.ts";

/** The key of the method by which subclasses get at the loaded program. */
export const loadedProgram: unique symbol = Symbol("loaded program");

/** The key of the method that makes the code. */
export const generate: unique symbol = Symbol("generate");

/** The key of the method that replaces an attached program. */
export const replaceAttached: unique symbol = Symbol("replace attached");

/** The key of the method that finds pinned links. */
export const openLinks: unique symbol = Symbol("open links");

/** The key of the method that loads a program in another one's place. */
export const loadAfter: unique symbol = Symbol("load after");

/**
 * A program for the kernel, written as a class: {@linkcode XDP} and, later, other types.
 *
 * An object of such a class is a program with its variables. It holds memory and descriptors of the kernel from
 * `load()` to `close()`; `using` closes it at the end of a scope.
 */
export abstract class EBPF extends Program {
  readonly #lifetime = new Lifetime(this, {
    describe: () => this[describe](),
    generate: (options) => this[generate](options),
    replaceAttached: (program, old) => this[replaceAttached](program, old),
  });

  /** @ignore */
  abstract [describe](): Description;

  /**
   * Generates the program and loads it into the kernel. `attach()` and `test(packet, { on: "kernel" })` do so by
   * themselves. Loading again does nothing.
   *
   * The variables keep their values, and are shared with the kernel from now on. Plain fields that the program uses
   * become read-only: their values are part of the code.
   *
   * @param options The instruction set, if not the kernel's newest, and whether scratch memory may be used.
   * @throws {EbpfError} If the text is outside the language (`UnsupportedSyntax`, `UnknownName`, `OutOfRange`, …), at the
   * user's place; `VerifierRejected` with the verifier's log; `NotPermitted` without CAP_BPF and CAP_NET_ADMIN;
   * `NotLinux`, `NoFfi`, `FfiDenied`; `Closed`. Nothing stays in the kernel then.
   */
  load(options: LoadOptions = {}): void {
    this.#lifetime.load(options);
  }

  /**
   * Generates the program anew and puts it in the place of the loaded one, wherever that is attached or in a program array:
   * atomically, so that no packet passes without one of both. The variables and maps stay as they are, with what is in
   * them.
   *
   * This is how plain fields change that are part of the code. A program that is not loaded yet is loaded.
   *
   * @param change Sets plain fields; they are writable meanwhile.
   * @throws {EbpfError} As {@linkcode EBPF.load}; then the program stays as it was, and the fields too.
   *
   * @example
   * ```ts ignore
   * using firewall = new Firewall();
   * using link = firewall.attach("eth0");
   * firewall.reload(() => firewall.blockedPorts = [23, 2323]);
   * ```
   */
  reload(change?: (program: this) => void): void {
    this.#lifetime.reload(() => change?.(this));
  }

  /**
   * Finds what is pinned in a folder besides the program and its maps.
   *
   * @ignore
   */
  [openLinks](_folder: string): void {}

  /**
   * Puts a program in the place of another one wherever that is attached: everywhere, or nowhere.
   *
   * @ignore
   */
  [replaceAttached](_program: Descriptor, _old: Descriptor): void {}

  /**
   * Loads the program, unless it is loaded, on the variables and maps of an earlier one.
   *
   * @ignore
   */
  [loadAfter](earlier: EBPF): Descriptor {
    return this.#lifetime.loadAfter(earlier);
  }

  /**
   * Frees all that the program holds in the kernel: its attachments (but persistent ones), its code, its variables.
   * Using a variable throws `Closed` from then on. Closing again does nothing.
   */
  close(): void {
    this.#lifetime.close();
  }

  /** Closes the program at the end of a `using` scope. */
  [Symbol.dispose](): void {
    this.close();
  }

  /**
   * Pins the program and its maps in a folder of a bpffs, and loads it first if need be. What is pinned stays when this
   * process ends, until {@linkcode EBPF.unpin} or a restart of the machine; {@linkcode EBPF.open} finds it again.
   *
   * The pins are called `prog` (the program), `globals` (its variables), and as the fields that hold maps. The folder is
   * made if it is not there.
   *
   * @param folder The folder: `"/sys/fs/bpf/count"`.
   * @param options What may be replaced.
   * @throws {EbpfError} As {@linkcode EBPF.load}; `InvalidArgument` if the folder is not in a bpffs, or something is pinned
   * there by these names and `replace` is not given; `NotPermitted` without CAP_BPF. Then nothing is pinned.
   *
   * @example
   * ```ts ignore
   * const counter = new Count();
   * counter.pin("/sys/fs/bpf/count");
   * counter.attach("eth0", { persist: true });
   * ```
   */
  pin(folder: string, { replace = false }: PinOptions = {}): void {
    this.load();
    pinProgram(this, this.#lifetime.program, folder, replace);
  }

  /**
   * Removes the pins that {@linkcode EBPF.pin} made in a folder, and the folder if nothing else is in it. The program and
   * its maps are gone when nothing else holds them.
   *
   * @param folder The folder.
   * @returns Whether anything was pinned there.
   * @throws {EbpfError} `InvalidArgument` if the folder is not in a bpffs.
   */
  unpin(folder: string): boolean {
    return unpinProgram(this, folder);
  }

  /**
   * Makes an object of this class whose program, variables and maps are those that another process has pinned.
   *
   * @param folder The folder that they were pinned in.
   * @param args What the class's constructor takes.
   * @returns The object, as after `load()`.
   * @throws {EbpfError} `NotFound` if nothing is pinned there; `InvalidArgument` if what is pinned there is not laid out as
   * this class has it: the message names both; `NotPermitted` without CAP_BPF and CAP_SYS_ADMIN.
   *
   * @example
   * ```ts ignore
   * using counter = Count.open("/sys/fs/bpf/count");
   * console.log("packets so far:", counter.count);
   * ```
   */
  static open<A extends unknown[], T extends EBPF>(this: new (...args: A) => T, folder: string, ...args: A): T {
    const program = new this(...args);
    try {
      program.#lifetime.open(folder);
      program[openLinks](folder);
      return program;
    } catch (error) {
      program.close();
      throw error;
    }
  }

  /**
   * Generates the program without loading it: all that is wrong with its text is found. Works on any system. The code is
   * for version 3 of the instruction set, which Linux has since 5.1.
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
   * Generates the program's bytecode: 8 bytes an instruction. The descriptors of maps in it are 0. After `load()` it is the
   * code that was loaded, before that code for version 3 of the instruction set.
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
   * Generates the program and tells what became of each source line: how many instructions, and which.
   *
   * @param options What else to tell.
   * @returns A text for people: its form may change.
   * @throws {EbpfError} As {@linkcode EBPF.check}.
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
   * console.log(new Drop().explain({ passes: true }));
   * ```
   */
  explain({ passes = false }: ExplainOptions = {}): string {
    this.#lifetime.demandOpen("explain");
    const steps = new Steps();
    const { compiled } = this[generate]({
      ...this.#lifetime.options,
      observe: passes ? (step, main) => steps.note(step, main) : undefined,
      observeCode: passes ? (step, fn) => steps.noteCode(step, fn) : undefined,
    });
    return passes ? `${explain(compiled)}\n${steps.describe()}` : explain(compiled);
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
  test(packet: Uint8Array | ArrayBuffer, { on = "js", repeat = 1, ...around }: TestOptions = {}): TestResult {
    this.#lifetime.demandOpen("test");
    const bytes = packet instanceof Uint8Array ? packet : new Uint8Array(packet);
    demandRepeat(repeat);
    demandMetadata(around.metadata);
    const description = this[describe]();
    const result = this.#runner(on, description, around)(bytes, repeat);
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
  replay(capture: Uint8Array, { on = "vm", ...around }: Omit<TestOptions, "repeat"> = {}): Replay {
    this.#lifetime.demandOpen("replay");
    const description = this[describe]();
    const run = this.#runner(on, description, around);
    const { packets, skipped, actions } = replay(capture, (packet) => run(packet, 1));
    const named = [...actions].map(([action, count]) =>
      [description.actions[action] ?? String(action), count] as const
    );
    return { packets, skipped, actions: Object.fromEntries(named) };
  }

  /** What runs the program so many times on a packet. */
  #runner(
    on: TestOptions["on"],
    description: Description,
    around: Surroundings,
  ): (packet: Uint8Array, repeat: number) => RunResult {
    switch (on) {
      case "js":
        return (packet, repeat) => runAsJavaScript(this, description, packet, repeat, around);
      case "vm":
        return machineRunner(this.#compiled("test"), this[memory], around);
      case "kernel":
        demandTestable(description, this[memory].name);
        this.load();
        return (packet, repeat) => runInKernel(this.#lifetime.program, packet, repeat, around);
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
    this.#lifetime.demandOpen("replace");
    return this.#lifetime.program;
  }

  /**
   * What maps that the program is in may do with it.
   *
   * @ignore
   */
  get [callee](): Callee {
    const compiled = () => this.#compiled("call");
    const description = () => this[describe]();
    return {
      user: this[memory],
      name: this[memory].name,
      get attachType() {
        return description().attachType;
      },
      get compiled() {
        return compiled();
      },
      ...this.#lifetime.forMaps,
      close: () => this.close(),
      jump: () => jump(this, description()),
    };
  }

  /** @ignore */
  override [state](): string {
    return this.#lifetime.state;
  }

  /** The code in the kernel, or what would be loaded now. */
  #compiled(action: string): Compiled {
    this.#lifetime.demandOpen(action);
    return this.#lifetime.compiled;
  }

  /**
   * Makes the code.
   *
   * @ignore
   */
  [generate](options: CompileOptions = {}): Generated {
    const unit = createUnit(this, this[describe]());
    return { compiled: compile(unit, options), foldedFields: unit.foldedFields };
  }
}
