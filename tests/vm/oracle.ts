/**
 * Runs a sequence in the VM and in the kernel and compares what is comparable; shrinks what differs.
 *
 * @module
 */
import { type Assembly, disassemble, encode } from "../../src/bytecode/asm.ts";
import type { Item } from "../../src/bytecode/asm.ts";
import { buildProgramBtf } from "../../src/btf/mod.ts";
import { EbpfError, ErrorCode } from "../../src/errors.ts";
import {
  createMap,
  loadBtf,
  loadProgram,
  MapFlag,
  mapMemory,
  MapType,
  ProgramType,
  testRun,
} from "../../src/kernel/mod.ts";
import { createVirtualMap, Machine, type VirtualMap } from "../../src/vm/mod.ts";
import { Random } from "../support/random.ts";
import { assembly, packetBytes, randomSequence, type Sequence, table, valueBytes, values } from "./generate.ts";

/** What came of one sequence. */
export type Verdict =
  | { readonly kind: "refused"; readonly why: string }
  | { readonly kind: "equal"; readonly excludedBytes: number }
  | { readonly kind: "excluded"; readonly why: string }
  | { readonly kind: "different"; readonly why: string };

interface State {
  readonly action: number;
  readonly packet: Uint8Array;
  readonly values: Uint8Array;
}

/** Bytes for memory and packet. */
function initial(seed: number): { readonly memory: Uint8Array; readonly packet: Uint8Array } {
  const random = new Random(seed);
  const bytes = (size: number) => Uint8Array.from({ length: size }, () => random.once(3) ? 0 : random.below(256));
  return { memory: bytes(valueBytes), packet: bytes(packetBytes) };
}

function runInKernel(program: Assembly, seed: number): State | string {
  const { memory, packet } = initial(seed);
  using array = createMap({
    type: MapType.Array,
    keySize: 4,
    valueSize: valueBytes,
    maxEntries: 1,
    flags: MapFlag.Mappable,
  });
  using hash = createMap({ type: MapType.Hash, keySize: 8, valueSize: 8, maxEntries: 2 });
  using mapping = mapMemory(array, valueBytes);
  const bytes = new Uint8Array(mapping.buffer);
  bytes.set(memory);
  const { btf, functionInfo } = buildProgramBtf(program.functions, []);
  try {
    using types = loadBtf(btf);
    const instructions = encode(program.instructions, (map) => (map === table ? hash : array).fd);
    using loaded = loadProgram({ type: ProgramType.Xdp, name: "random", instructions, btf: types, functionInfo });
    const run = testRun(loaded, { packet });
    return { action: run.action, packet: run.packet, values: bytes.slice() };
  } catch (error) {
    const refusals: readonly unknown[] = [ErrorCode.VerifierRejected, ErrorCode.InvalidArgument];
    if (error instanceof EbpfError && refusals.includes(error.code)) return error.log ?? error.message;
    throw error;
  }
}

/** Compares a sequence's two runs. */
export function judge(sequence: Sequence, seed: number): Verdict {
  let program: Assembly;
  try {
    program = assembly(sequence);
  } catch (error) {
    return { kind: "refused", why: `not assembled: ${error}` };
  }
  const kernel = runInKernel(program, seed);
  if (typeof kernel === "string") return { kind: "refused", why: kernel };
  const { memory, packet } = initial(seed);
  const shared = memory.slice();
  const array = createVirtualMap({ kind: "array", valueSize: valueBytes, maxEntries: 1, memory: shared.buffer });
  const hash = createVirtualMap({ kind: "hash", keySize: 8, valueSize: 8, maxEntries: 2 });
  const maps = new Map<object, VirtualMap>([[values, array], [table, hash]]);
  try {
    const run = new Machine(program, { maps: maps as never, limit: 1_000_000 }).run(packet);
    // r0 may be an address while everything else is comparable.
    if (run.dependence && run.dependence !== "r0 is not comparable") return { kind: "excluded", why: run.dependence };
    if (!run.dependence && run.action !== kernel.action) return different("action", run.action, kernel.action);
    // The kernel's test runs give the metadata together with the packet.
    const received = Uint8Array.of(...run.metadata, ...run.packet);
    if (received.length !== kernel.packet.length) {
      return different("packet length", received.length, kernel.packet.length);
    }
    const shadow = array.dependence(new Uint8Array(4));
    return compareBytes("packet", received, kernel.packet, run.packetDependence) ??
      compareBytes("values", shared, kernel.values, shadow) ??
      { kind: "equal", excludedBytes: [...shadow ?? [], ...run.packetDependence ?? []].filter((mark) => mark).length };
  } catch (error) {
    return { kind: "different", why: `the VM says: ${error instanceof Error ? error.message : error}` };
  }
}

function different(what: string, machine: unknown, kernel: unknown): Verdict {
  return { kind: "different", why: `${what}: VM ${machine}, kernel ${kernel}` };
}

function compareBytes(
  what: string,
  machine: Uint8Array,
  kernel: Uint8Array,
  shadow: Uint8Array | undefined,
): Verdict | undefined {
  const at = machine.findIndex((byte, index) => byte !== kernel[index] && !shadow?.[index]);
  return at < 0 ? undefined : different(`${what}[${at}]`, machine[at], kernel[at]);
}

/** Leaves out whatever can be left out without the difference going away. */
export function shrink(sequence: Sequence, seed: number): Sequence {
  let smallest = { ...sequence, body: flat(sequence.body) };
  for (let size = Math.ceil(smallest.body.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let from = 0; from < smallest.body.length;) {
      const body = smallest.body.filter((item, index) => index < from || index >= from + size || isLabel(item));
      const candidate = { ...smallest, body };
      const shorter = body.length < smallest.body.length;
      if (shorter && judge(candidate, seed).kind === "different") smallest = candidate;
      else from += size;
    }
  }
  return smallest;
}

function flat(items: readonly Item[]): readonly Item[] {
  return items.flatMap((item) => Array.isArray(item) ? flat(item) : [item]);
}

function isLabel(item: Item): boolean {
  return "kind" in item && item.kind === "label";
}

/** Numbers of many sequences. */
export interface Count {
  accepted: number;
  refused: number;
  equal: number;
  excluded: number;
  excludedBytes: number;
  readonly different: string[];
}

/** Judges sequences of seeds from `first` on until so many were accepted. */
export function judgeMany(first: number, accepted: number, progress?: (count: Count, seed: number) => void): Count {
  const count: Count = { accepted: 0, refused: 0, equal: 0, excluded: 0, excludedBytes: 0, different: [] };
  for (let seed = first; count.accepted < accepted; seed++) {
    const sequence = randomSequence(new Random(seed));
    const verdict = judge(sequence, seed);
    if (verdict.kind === "refused") count.refused++;
    else count.accepted++;
    if (verdict.kind === "excluded") count.excluded++;
    if (verdict.kind === "equal") {
      count.equal++;
      count.excludedBytes += verdict.excludedBytes;
    }
    if (verdict.kind === "different") count.different.push(explain(sequence, seed));
    progress?.(count, seed);
  }
  return count;
}

/** The smallest form of a difference, with its seed. */
export function explain(sequence: Sequence, seed: number): string {
  const smallest = shrink(sequence, seed);
  const verdict = judge(smallest, seed);
  const why = verdict.kind === "different" ? verdict.why : "";
  return `seed ${seed}: ${why}\n${disassemble(assembly(smallest))}`;
}
