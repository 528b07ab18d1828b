/**
 * One outside test vector, and what each of our engines makes of it.
 *
 * @module
 */
import { assemble, decode, disassemble, encode, type Instruction } from "../../src/bytecode/mod.ts";
import { EbpfError, ErrorCode } from "../../src/errors.ts";
import { Machine } from "../../src/vm/mod.ts";
import { assembleDialect } from "./dialect.ts";
import { refusal, runInKernel } from "./kernel.ts";

/** A test of the file; numbers are strings, decimal or with `0x`. */
export interface Vector {
  readonly name: string;
  readonly kind: string;
  /** 64-bit instructions. */
  readonly words?: readonly string[];
  /** The program as text of bpf_conformance. */
  readonly asm?: string;
  /** Memory before and after, in hexadecimal bytes. */
  readonly mem?: string;
  readonly mem_after?: string;
  readonly result?: string;
}

/** What came of it. */
export interface Outcome {
  readonly verdict: "passed" | "failed" | "skipped";
  /** Why it failed or was skipped; if it passed, what else there is to say. */
  readonly note: string;
  /** The kernel's part in it. */
  readonly kernel: "equal" | "refused" | "not asked";
}

const instructionLimit = 10_000_000;

/**
 * Runs a vector through decoder, assembler, VM and kernel.
 *
 * @param vector The test.
 * @param useKernel Needs root.
 * @returns The verdict.
 */
export function runVector(vector: Vector, useKernel: boolean): Outcome {
  try {
    const run = kinds[vector.kind];
    if (!run) return skipped(`its kind "${vector.kind}" is unknown here`);
    return run(vector, useKernel);
  } catch (error) {
    return failed(error instanceof Error ? error.message.split("\n")[0] : String(error));
  }
}

const failed = (note: string): Outcome => ({ verdict: "failed", note, kernel: "not asked" });
const skipped = (note: string): Outcome => ({ verdict: "skipped", note, kernel: "not asked" });

const kinds: Readonly<Record<string, (vector: Vector, useKernel: boolean) => Outcome>> = {
  run: runAndCompare,
  reject: mustRefuse,
  "asm-reject": mustNotAssemble,
  "assembler-only": (vector) => {
    checkTexts(vector, bytesOf(vector));
    return { verdict: "passed", note: "", kernel: "not asked" };
  },
  "no-code": (vector) => vector.words?.length ? runAndCompare(vector, false) : skipped("there is no code in it"),
};

function bytesOf({ words }: Vector): Uint8Array<ArrayBuffer> {
  if (!words) throw new Error("it has no words");
  return new Uint8Array(BigUint64Array.from(words, (word) => BigInt(word)).buffer);
}

/** Bytes must survive decoding and disassembling; the vector's own text must give them. */
function checkTexts(vector: Vector, bytes: Uint8Array): readonly Instruction[] {
  const program = decode(bytes);
  demand(encode(program), bytes, "encode(decode(words))");
  for (const symbols of [true, false]) {
    demand(encode(assemble(disassemble(program, { symbols })).instructions), bytes, "assemble(disassemble(words))");
  }
  if (vector.asm !== undefined) demand(encode(assembleDialect(vector.asm)), bytes, "the assembled text");
  return program;
}

function demand(actual: Uint8Array, expected: Uint8Array, what: string): void {
  if (hex(actual) !== hex(expected)) throw new Error(`${what} is ${hex(actual)}, not ${hex(expected)}`);
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function memoryOf(text: string | undefined): Uint8Array | undefined {
  const pairs = text?.replace(/\s/g, "").match(/../g);
  return pairs ? Uint8Array.from(pairs, (pair) => parseInt(pair, 16)) : undefined;
}

function runAndCompare(vector: Vector, useKernel: boolean): Outcome {
  const program = checkTexts(vector, bytesOf(vector));
  const expected = BigInt.asUintN(64, BigInt(vector.result!));
  const memory = memoryOf(vector.mem);
  try {
    const { result } = new Machine(program, { limit: instructionLimit }).runOnMemory(memory);
    compare("the VM", vector, result, memory, expected);
  } catch (error) {
    const lacking = /the virtual machine has no (.*)/.exec(error instanceof EbpfError ? error.message : "");
    if (lacking) return skipped(`it calls ${lacking[1]}, which is not Linux's or not in the VM`);
    throw error;
  }
  if (!useKernel) return { verdict: "passed", note: "", kernel: "not asked" };
  const run = runInKernel(program, memoryOf(vector.mem));
  if (run.kind === "refused") {
    return { verdict: "passed", note: `the kernel refuses it: ${run.why}`, kernel: "refused" };
  }
  compare("the kernel", vector, run.result, run.memory, expected);
  return { verdict: "passed", note: "", kernel: "equal" };
}

function compare(who: string, vector: Vector, result: bigint, memory: Uint8Array | undefined, expected: bigint): void {
  if (result !== expected) throw new Error(`${who} gives 0x${result.toString(16)}, not 0x${expected.toString(16)}`);
  if (vector.mem_after !== undefined) {
    demand(memory ?? new Uint8Array(), memoryOf(vector.mem_after)!, `memory of ${who}`);
  }
}

/** The VM refuses what can be seen without a verifier; the kernel must refuse all. */
function mustRefuse(vector: Vector, useKernel: boolean): Outcome {
  const program = checkTexts(vector, bytesOf(vector));
  const why = useKernel ? refusal(program) : undefined;
  if (useKernel && why === undefined) return failed("the kernel takes it");
  const kernel = useKernel ? "refused" : "not asked";
  if (virtualRefusal(program, memoryOf(vector.mem)) !== undefined) return { verdict: "passed", note: "", kernel };
  if (useKernel) return { verdict: "passed", note: `only the kernel refuses it: ${why}`, kernel };
  return skipped("only a verifier could refuse it, and the kernel's was not asked");
}

function virtualRefusal(program: readonly Instruction[], memory: Uint8Array | undefined): string | undefined {
  try {
    new Machine(program, { limit: instructionLimit }).runOnMemory(memory);
    return undefined;
  } catch (error) {
    if (error instanceof EbpfError && error.code === ErrorCode.MachineFault) return error.message;
    throw error;
  }
}

function mustNotAssemble({ asm }: Vector): Outcome {
  if (asm === undefined) return skipped("there is no text in it");
  try {
    assembleDialect(asm);
  } catch {
    return { verdict: "passed", note: "", kernel: "not asked" };
  }
  return failed("its text is assembled");
}
