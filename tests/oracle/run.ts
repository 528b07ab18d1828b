/**
 * Runs a random program as plain JavaScript and by other engines, on objects of a real class, and compares everything.
 *
 * @module
 */

import * as library from "../../mod.ts";
import { EbpfError, ErrorCode, XDP } from "../../mod.ts";
import { globals, memory } from "../../src/program/memory.ts";
import { Doubt, guardedFixed } from "./decimals.ts";
import { type Piece, print, type RandomProgram } from "./generate.ts";

/** What came of a program. */
export type Outcome =
  | { readonly status: "same" }
  /** The language refuses it, with this code. */
  | { readonly status: "refused"; readonly why: string }
  | { readonly status: "different"; readonly why: string }
  /** The verifier refuses what we generated. */
  | { readonly status: "rejected"; readonly why: string }
  | { readonly status: "crashed"; readonly why: string };

/** An engine that runs programs, to be compared with plain JavaScript. */
export type Engine = "vm" | "kernel";

/** Runs a program with a body (its own, or a smaller one) on all of its packets. */
export function run(program: RandomProgram, body: Piece, engines: readonly Engine[]): Outcome {
  const Class = classOf(program, body);
  if (!Class) return { status: "refused", why: "it is no JavaScript" };
  for (const engine of engines) {
    using reference = new Class();
    using subject = new Class();
    const start = bytesOf(reference).slice();
    try {
      if (engine === "kernel") subject.load();
      for (const packet of program.packets) {
        bytesOf(reference).set(start);
        bytesOf(subject).set(start);
        const difference = compare(reference, subject, packet, engine);
        if (difference) return { status: "different", why: `${engine}, ${packet.length} bytes: ${difference}` };
      }
    } catch (error) {
      if (!(error instanceof EbpfError)) return { status: "crashed", why: String((error as Error).stack) };
      const isKernels = error.code === ErrorCode.VerifierRejected || error.errno !== undefined;
      if (isKernels) return { status: "rejected", why: error.message };
      return { status: "refused", why: `${error.code} ${error.message.split("\n")[0]}` };
    }
  }
  return { status: "same" };
}

/** What differs, in words; `undefined` if nothing does. */
function compare(reference: XDP, subject: XDP, packet: Uint8Array, engine: Engine): string | undefined {
  const expected = reference.test(packet, { on: "js" });
  if (expected.thrown instanceof Doubt) return undefined;
  if (expected.thrown) throw expected.thrown;
  const actual = subject.test(packet, { on: engine });
  if (actual.action !== expected.action) return `action ${actual.name}, JavaScript ${expected.name}`;
  const byte = firstDifference(actual.packet, expected.packet);
  if (byte !== undefined) return `packet byte ${byte} is ${actual.packet[byte]}, JavaScript ${expected.packet[byte]}`;
  const [mine, theirs] = [bytesOf(subject), bytesOf(reference)];
  const offset = firstDifference(mine, theirs);
  if (offset === undefined) return undefined;
  return `variables differ at byte ${offset}: [${mine}], JavaScript [${theirs}]`;
}

function firstDifference(a: Uint8Array, b: Uint8Array): number | undefined {
  const length = Math.max(a.length, b.length);
  for (let i = 0; i < length; i++) if (a[i] !== b[i]) return i;
  return undefined;
}

/** The bytes of an object's shared variables, wherever they are now. */
function bytesOf(program: XDP): Uint8Array {
  const { buffer, byteOffset } = program[globals];
  return new Uint8Array(buffer, byteOffset, program[memory].globals.size);
}

/**
 * A class like a user's; decorators are called by hand, since the runtimes do not take their syntax in `new Function`.
 * `undefined` if shrinking has made something of the body that is no JavaScript.
 */
function classOf(program: RandomProgram, body: Piece): (new () => XDP) | undefined {
  const { globals, locals, packetVariables, minimumPacketSize } = program;
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
    }
  };
}

function baseOf(body: Piece): (abstract new () => XDP) | undefined {
  try {
    return new Function("XDP", `return class Random extends XDP { program(packet) ${print(body)} }`)(XDP);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
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
  return new Function(...Object.keys(NAMES), `return ${text}`)(...Object.values(NAMES));
}
