/**
 * The ebpfcat corpus: what its cases expect, our translations of them do, on every engine.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { existsSync, readFileSync } from "node:fs";
import * as library from "../../mod.ts";
import type { Type, XDP } from "../../mod.ts";
import { needs } from "../support/skip.ts";
import { Case, notApplicable, translated, type Translation, translationOf } from "./programs.ts";

type Engine = "js" | "vm" | "kernel";

/** A case of the corpus, as far as it is looked at here. */
interface CorpusCase {
  readonly id: string;
  readonly vars: Readonly<Record<string, { readonly type: string; readonly role: "in" | "out" | "inout" }>>;
  readonly locals?: Readonly<Record<string, string>>;
  readonly vectors: readonly Vector[];
}

/** Values are decimal text; those of fixed point count steps. Packets are hexadecimal. */
interface Vector {
  readonly in: Readonly<Record<string, string>>;
  readonly expected: Readonly<Record<string, string>>;
  readonly packet?: string;
  readonly expected_ret?: number;
  readonly expected_packet_out?: string;
}

const file = "../shared/corpora/ebpfcat/cases.json";
const corpus: { readonly cases: readonly CorpusCase[]; readonly sequences: readonly { readonly id: string }[] } =
  existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : { cases: [], sequences: [] };
if (corpus.cases.length === 0) console.log(`skipped: needs ${file}`);

const { u64, i64, u32, i32, u16, i16, u8, i8, fixed } = library;
const types: Readonly<Record<string, Type<never>>> = {
  ...{ Q: u64, q: i64, I: u32, i: i32, H: u16, h: i16, B: u8, b: i8, x: fixed } as Record<string, unknown>,
} as Record<string, Type<never>>;
const STEPS = 100_000;

for (const [engine, requirements] of [["js", []], ["vm", []], ["kernel", ["linux", "root"]]] as const) {
  const { ignore } = needs(...requirements);
  describe(`ebpfcat's cases on ${engine}`, { ignore: ignore || corpus.cases.length === 0 }, () => {
    for (const one of corpus.cases) {
      const translation = translationOf(one.id);
      if (!translation) continue;
      it(one.id, () => {
        const Program = classOf(one, translation);
        const { apart } = translation;
        const allowed = apart && (apart.on ?? engine) === engine ? apart.steps : 0n;
        for (const vector of one.vectors) assertEquals(differences(Program, one, vector, engine, allowed), []);
      });
    }
  });
}

describe("the ebpfcat corpus", { ignore: corpus.cases.length === 0 }, () => {
  it("has no case that is neither translated nor known not to apply", () => {
    const known = new Set([...translated, ...Object.keys(notApplicable), ...testedAsFeatures]);
    assertEquals([...corpus.cases, ...corpus.sequences].map(({ id }) => id).filter((id) => !known.has(id)), []);
  });
});

/** What `features_test.ts` has tests of its own for: several steps, or results that no text can say. */
const testedAsFeatures = [
  "ktime-caller-saved",
  "prandom",
  "arraymap-subprograms",
  "fixed-host-write-rounding",
  "local-subprog",
  "simulated",
  "simulated-inherit",
  "test-run-repeat",
];

type Decorate = (target: object, context: object) => ClassAccessorDecoratorResult<XDP, unknown>;
type AnyProgram = XDP & Record<string, unknown>;

/** What is not as expected. */
function differences(
  Program: new () => XDP,
  { vars }: CorpusCase,
  vector: Vector,
  on: Engine,
  allowed: bigint,
): string[] {
  using program = new Program() as AnyProgram;
  for (const [name, text] of Object.entries(vector.in)) program[name] = valueOf(vars[name].type, text);
  const packet = vector.packet === undefined ? new Uint8Array(64) : bytesOf(vector.packet);
  const result = program.test(packet, { on });
  const found: string[] = result.thrown === undefined ? [] : [String(result.thrown)];
  for (const [name, text] of Object.entries(vector.expected)) {
    const actual = stepsOf(vars[name].type, program[name] as number | bigint);
    const distance = actual - BigInt(text);
    const limit = vars[name].type === "x" ? allowed : 0n;
    if (distance > limit || distance < -limit) found.push(`${show(vector.in)}: ${name} is ${actual}, not ${text}`);
  }
  if (vector.expected_ret !== undefined && result.action !== vector.expected_ret) found.push(`action ${result.name}`);
  const out = vector.expected_packet_out;
  if (out !== undefined && show([...result.packet]) !== show([...bytesOf(out)])) found.push("the packet differs");
  return found;
}

function valueOf(type: string, text: string): number | bigint {
  if (type === "x") return Number(text) / STEPS;
  return /q/i.test(type) ? BigInt(text) : Number(text);
}

function stepsOf(type: string, value: number | bigint): bigint {
  return type === "x" ? BigInt(Math.round(Number(value) * STEPS)) : BigInt(value);
}

function bytesOf(hexadecimal: string): Uint8Array {
  return Uint8Array.from(hexadecimal.match(/../g) ?? [], (byte) => parseInt(byte, 16));
}

function show(value: unknown): string {
  return JSON.stringify(value);
}

/** A class like a user's, its decorators called by hand. */
function classOf({ vars, locals = {} }: CorpusCase, translation: Translation): new () => XDP {
  const { program, packetVariables = {}, minimumPacketSize = 0, defaultAction = 2 } = translation;
  class Translated extends Case {
    declare program: XDP["program"];
    override minimumPacketSize = minimumPacketSize;
    override defaultAction = defaultAction;
    constructor() {
      super();
      for (const { init, initial } of variables) init?.call(this, initial as never);
    }
  }
  Object.defineProperty(Translated.prototype, "program", { value: program });
  const decorated = [
    ...Object.entries(vars).map(([name, { type }]) => ({ name, type, decorate: library.globalVar(types[type]) })),
    ...Object.entries(locals).map(([name, type]) => ({ name, type, decorate: library.localVar(types[type]) })),
    ...Object.entries(packetVariables).map(([name, [offset, type]]) => {
      return { name, type: undefined, decorate: library.packetVar(offset, type) };
    }),
  ];
  const variables = decorated.map(({ name, type, decorate }) => {
    const context = { kind: "accessor", name, static: false, private: false, addInitializer: () => {} };
    const { get, set, init } = (decorate as Decorate)({}, context);
    Object.defineProperty(Translated.prototype, name, { get, set, configurable: true });
    return { init, initial: type === undefined ? undefined : valueOf(type, "0") };
  });
  return Translated;
}
