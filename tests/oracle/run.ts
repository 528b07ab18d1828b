/**
 * Runs a random program as plain JavaScript and by other engines, on objects of a real class, and compares everything.
 *
 * @module
 */

import * as library from "../../mod.ts";
import { EbpfError, ErrorCode, XDP } from "../../mod.ts";
import { encode } from "../../src/bytecode/mod.ts";
import type { CompileOptions } from "../../src/compiler/mod.ts";
import { ProgramType } from "../../src/kernel/mod.ts";
import { generate, type Generated } from "../../src/program/ebpf.ts";
import { instructionSet } from "../../src/program/instruction_set.ts";
import { onFirstCpu } from "../support/cpus.ts";
import { Doubt, guardedFixed } from "./decimals.ts";
import { type Piece, print, type RandomProgram } from "./generate.ts";
import { type Engine, type Level, levelsOf } from "./levels.ts";
import { alone, type Exclusive } from "./lock.ts";
import { mapText, type RandomMap } from "./maps.ts";
import { differenceOfStates, firstDifference, restore, type State, stateOf } from "./state.ts";
import { firstWrongStep } from "./steps.ts";

/** What came of a program. */
export type Outcome =
  | { readonly status: "same" }
  /** The language refuses it, with this code. */
  | { readonly status: "refused"; readonly why: string }
  | { readonly status: "different"; readonly why: string }
  /** The verifier refuses what we generated. */
  | { readonly status: "rejected"; readonly why: string }
  | { readonly status: "crashed"; readonly why: string };

/** What plain JavaScript makes of a packet. */
export interface Expectation {
  readonly packet: Uint8Array;
  readonly result: Result;
}

/** What is compared. */
export interface Result {
  readonly action: number;
  readonly packet: Uint8Array;
  readonly state: State;
}

export type { Engine } from "./levels.ts";

/**
 * Runs a program with a body (its own, or a smaller one) on all of its packets. What two engines would do with the same
 * bytecode is done once; and what virtual machine and kernel take alike is generated once.
 *
 * @param exclusive What the kernel is used in, if others use it for the same.
 */
export function run(
  program: RandomProgram,
  body: Piece,
  engines: readonly Engine[],
  exclusive: Exclusive = alone,
): Outcome {
  const Class = classOf(program, body);
  if (!Class) return { status: "refused", why: "it is no JavaScript" };
  try {
    const expectations = expectationsOf(Class, program.packets);
    using subjects = new Subjects(Class);
    for (const level of levelsOf(engines)) {
      const difference = differenceAt(level, subjects, expectations, exclusive);
      if (difference) return { status: "different", why: `${level.name}, ${difference}` };
    }
  } catch (error) {
    if (!(error instanceof EbpfError)) return { status: "crashed", why: String((error as Error).stack) };
    const isKernels = error.code === ErrorCode.VerifierRejected || error.errno !== undefined;
    if (isKernels) return { status: "rejected", why: error.message };
    return { status: "refused", why: `${error.code} ${error.message.split("\n")[0]}` };
  }
  return { status: "same" };
}

/** What programs throw. */
const STOP = "stop";

export type RandomClass = new () => XDP;

/** What JavaScript makes of the packets, but of those that leave doubt. */
export function expectationsOf(Class: RandomClass, packets: readonly Uint8Array[]): Expectation[] {
  using reference = new Class();
  const start = stateOf(reference);
  return packets.flatMap((packet) => {
    restore(reference, start);
    const { action, packet: left, thrown } = reference.test(packet, { on: "js" });
    if (thrown instanceof Doubt) return [];
    if (thrown !== undefined && thrown !== STOP) throw thrown;
    return [{ packet, result: { action, packet: left, state: stateOf(reference) } }];
  });
}

/** Where a level disagrees, in words; `undefined` if nowhere. */
function differenceAt(
  { on, options }: Level,
  subjects: Subjects,
  expectations: readonly Expectation[],
  exclusive: Exclusive,
): string | undefined {
  if (on === "steps") {
    using subject = new subjects.Class();
    return firstWrongStep(subject, expectations, options);
  }
  const subject = subjects.of(on, options);
  if (!subject) return undefined;
  const firstWrongThere = () => firstWrong(subject, expectations, on);
  // Of values per CPU, those of one processor are compared.
  return on === "vm" ? firstWrongThere() : exclusive(() => onFirstCpu(firstWrongThere));
}

/** The objects of a class that are run, one for each way to compile it. */
class Subjects {
  readonly Class: RandomClass;
  readonly #made = new Map<string, XDP>();
  readonly #loaded = new Set<XDP>();
  readonly #done = new Set<string>();

  constructor(Class: RandomClass) {
    this.Class = Class;
  }

  /** What is to be run there; `undefined` if the same bytecode has been. */
  of(on: "vm" | "kernel", options: CompileOptions): XDP | undefined {
    const cpu = on === "kernel" ? instructionSet(ProgramType.Xdp) : DEFAULT_CPU;
    const all = { cpu, ...options };
    const key = JSON.stringify(all);
    let subject = this.#made.get(key);
    // The virtual machine does not run what the kernel has.
    if (!subject || this.#loaded.has(subject)) {
      subject?.close();
      this.#made.set(key, subject = new (compiledAs(this.Class, all))());
    }
    const code = `${on} ${textOf(subject[generate]())}`;
    if (this.#done.has(code)) return undefined;
    this.#done.add(code);
    if (on === "kernel") this.#loaded.add(subject);
    return subject;
  }

  [Symbol.dispose](): void {
    for (const subject of this.#made.values()) subject.close();
  }
}

/** The version of the instruction set that code is generated for without a kernel. */
const DEFAULT_CPU = 3;

/** Programs of a class as the compiler makes them so: each is generated once, before it is used. */
function compiledAs(Class: RandomClass, options: CompileOptions): RandomClass {
  return class extends Class {
    declare program: XDP["program"];
    readonly #made = new Map<CompileOptions["loops"], Generated>();
    override [generate]({ loops }: CompileOptions = {}): Generated {
      let made = this.#made.get(loops);
      if (!made) this.#made.set(loops, made = super[generate](loops ? { ...options, loops } : options));
      return made;
    }
  };
}

/** Bytecode with the names of its maps. */
function textOf({ compiled: { instructions } }: Generated): string {
  const maps = instructions.flatMap(({ map }) => map?.name ?? []);
  return `${encode(instructions).toHex()} ${maps}`;
}

/** Where a machine disagrees, in words; `undefined` if nowhere. */
function firstWrong(
  subject: XDP,
  expectations: readonly Expectation[],
  on: "vm" | "kernel",
): string | undefined {
  if (on === "kernel") subject.load();
  const start = stateOf(subject);
  for (const { packet, result } of expectations) {
    restore(subject, start);
    const { action, packet: left } = subject.test(packet, { on });
    const difference = differenceOf({ action, packet: left, state: stateOf(subject) }, result);
    if (difference) return `${packet.length} bytes: ${difference}`;
  }
  restore(subject, start);
}

/** What differs, in words; `undefined` if nothing does. */
export function differenceOf(actual: Result, expected: Result): string | undefined {
  if (actual.action !== expected.action) return `action ${actual.action}, JavaScript ${expected.action}`;
  const byte = firstDifference(actual.packet, expected.packet);
  if (byte !== undefined) return `packet byte ${byte} is ${actual.packet[byte]}, JavaScript ${expected.packet[byte]}`;
  return differenceOfStates(actual.state, expected.state);
}

/**
 * A class like a user's; decorators are called by hand, since the runtimes do not take their syntax in `new Function`.
 * `undefined` if shrinking has made something of the body that is no JavaScript.
 */
export function classOf(program: RandomProgram, body: Piece): RandomClass | undefined {
  const { globals, locals, packetVariables, maps, minimumPacketSize } = program;
  const Base = baseOf(body);
  if (!Base) return undefined;
  const variables = [
    ...globals.map(({ name, type, initial }) => ({ name, initial, decorate: library.globalVar(typeOf(type)) })),
    ...locals.map(({ name, type, initial }) => ({ name, initial, decorate: library.localVar(typeOf(type)) })),
    ...packetVariables.map(({ name, type, offset }) => ({
      name,
      initial: undefined,
      decorate: library.packetVar(offset, typeOf(type)),
    })),
  ].map(({ name, initial, decorate }) => {
    const { get, set, init } = decorate({} as never, context(name)) as ClassAccessorDecoratorResult<XDP, unknown>;
    Object.defineProperty(Base.prototype, name, { get, set, configurable: true });
    return { initial, init };
  });
  return class Random extends Base {
    declare program: XDP["program"];
    override minimumPacketSize = minimumPacketSize;
    constructor() {
      super();
      for (const { initial, init } of variables) init?.call(this, initial);
      for (const map of maps) Object.assign(this, { [map.name]: makeMap(map) });
    }
  };
}

function baseOf(body: Piece): (abstract new () => XDP) | undefined {
  const text = body.kind === "list"
    ? print(body)
    : `return class Random extends XDP { program(packet) ${print(body)} }`;
  const { kernel, noinline, Ethernet, IPv4, Udp } = library;
  const names = { XDP, kernel, noinline, Ethernet, IPv4, Udp };
  try {
    return new Function(...Object.keys(names), text)(...Object.values(names));
  } catch (error) {
    // Shrinking may also have taken away what something needs.
    if (error instanceof SyntaxError || error instanceof ReferenceError || error instanceof EbpfError) return undefined;
    throw error;
  }
}

function context(name: string): ClassAccessorDecoratorContext<XDP, never> {
  return {
    kind: "accessor",
    name,
    static: false,
    private: false,
    addInitializer: () => {},
  } as unknown as ClassAccessorDecoratorContext<XDP, never>;
}

/** What types' texts name: the library's, but fixed point that knows its doubts. */
const NAMES: Readonly<Record<string, unknown>> = { ...library, fixed: guardedFixed };

/** A type by its text. */
function typeOf(text: string): library.Type<never> {
  return valueOf(text);
}

function valueOf<Value>(text: string): Value {
  return new Function(...Object.keys(NAMES), `return ${text}`)(...Object.values(NAMES));
}

function makeMap(map: Omit<RandomMap, "name">): library.BpfMap {
  const made = valueOf<library.KeyedMap<unknown, unknown> | library.Queue<unknown>>(mapText(map));
  for (const [key, value] of map.entries) {
    if (!("set" in made)) made.push(value);
    else made.set(key, map.inner ? makeMap(value as RandomMap) : value);
  }
  return made;
}
