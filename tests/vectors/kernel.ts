/**
 * Runs bytecode that expects memory in r1 and gives 64 bits in r0, which no kind of program does, in the kernel: with a
 * prologue that makes r1 and r2, and an epilogue that stores r0 into a map.
 *
 * @module
 */
import {
  alu,
  assemble,
  disassemble,
  encode,
  exit,
  immediate,
  type Instruction,
  mapNames,
} from "../../src/bytecode/mod.ts";
import { EbpfError, ErrorCode } from "../../src/errors.ts";
import { createMap, loadProgram, MapFlag, mapMemory, MapType, ProgramType, testRun } from "../../src/kernel/mod.ts";

/** What the kernel made of a program. */
export type KernelRun =
  | { readonly kind: "ran"; readonly result: bigint; readonly memory: Uint8Array }
  | { readonly kind: "refused"; readonly why: string };

const values = { name: "waggle_values" };
/** r0 comes first, then the memory. */
const memoryOffset = 8;

/**
 * The program with its prologue and epilogue.
 *
 * @param instructions As a vector has them.
 * @param memory How many bytes r1 points to; undefined: r1 is 0.
 * @returns A program of the ordinary kind.
 */
export function wrap(instructions: readonly Instruction[], memory: number | undefined): readonly Instruction[] {
  const maps = new Map([...mapNames(instructions)].map(([map, name]) => [name, map]));
  const lines = disassemble(instructions, { slots: false }).split("\n");
  // The main function ends where the first called one begins.
  const end = lines.findIndex((line) => /^function_\d+:/.test(line) && !line.startsWith("function_0:"));
  const main = (end < 0 ? lines : lines.slice(0, end)).map((line) => line.trim() === "exit" ? "goto epilogue" : line);
  const text = [
    memory === undefined ? "r1 = 0" : `r1 = map[${values.name}][0] + ${memoryOffset}`,
    `r2 = ${memory ?? 0}`,
    ...main,
    "epilogue:",
    `r1 = map[${values.name}][0] + 0`,
    "*(u64 *)(r1 + 0) = r0",
    "r0 = 2",
    "exit",
    ...(end < 0 ? [] : lines.slice(end)),
  ];
  return assemble(text.join("\n"), { maps: new Map([...maps, [values.name, values]]) }).instructions;
}

/**
 * Runs a program in the kernel. Needs root.
 *
 * @param instructions As a vector has them.
 * @param memory What r1 points to.
 * @returns r0 and the memory afterwards, or the verifier's reason.
 */
export function runInKernel(instructions: readonly Instruction[], memory: Uint8Array | undefined): KernelRun {
  const size = memoryOffset + Math.ceil((memory?.length ?? 0) / 8) * 8;
  const valueSize = memoryOffset + (memory?.length ?? 0);
  using map = createMap({ type: MapType.Array, keySize: 4, valueSize, maxEntries: 1, flags: MapFlag.Mappable });
  using mapping = mapMemory(map, size);
  const bytes = new Uint8Array(mapping.buffer);
  if (memory) bytes.set(memory, memoryOffset);
  const refused = load(encode(wrap(instructions, memory?.length), () => map.fd), true);
  if (refused) return { kind: "refused", why: refused };
  return {
    kind: "ran",
    result: new DataView(mapping.buffer).getBigUint64(0, true),
    memory: bytes.slice(memoryOffset, valueSize),
  };
}

/**
 * Whether the kernel refuses a program as it is.
 *
 * @param instructions An XDP program.
 * @returns The verifier's reason; undefined if it loads.
 */
export function refusal(instructions: readonly Instruction[]): string | undefined {
  return load(encode(instructions), false);
}

function load(instructions: Uint8Array, run: boolean): string | undefined {
  try {
    using program = loadProgram({ type: ProgramType.Xdp, name: "vector", instructions });
    if (run) testRun(program, { packet: new Uint8Array(64) });
    return undefined;
  } catch (error) {
    const refusals: readonly unknown[] = [ErrorCode.VerifierRejected, ErrorCode.InvalidArgument, ErrorCode.TooLarge];
    if (!(error instanceof EbpfError) || !refusals.includes(error.code)) throw error;
    return reason(error.log ?? error.message);
  }
}

/** The line of the verifier's log that says why. */
function reason(log: string): string {
  const lines = log.split("\n").map((line) => line.trim());
  const noise = /^(processed \d|verification time|max_states|stack depth|\d+: |from \d|func#|$)/;
  return lines.filter((line) => !noise.test(line) && !/^R\d+=/.test(line)).at(-1) ?? "refused";
}

/** Proves that the wrapper itself is accepted. */
export function wrapperWorks(): boolean {
  const run = runInKernel([alu("mov", 64, 0, immediate(5)), exit()], undefined);
  return run.kind === "ran" && run.result === 5n;
}
