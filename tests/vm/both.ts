/**
 * Runs one program on the same maps in the VM and, as root, in the kernel.
 *
 * @module
 */
import process from "node:process";
import { assemble, type Assembly, encode, type MapReference } from "../../src/bytecode/asm.ts";
import { buildProgramBtf } from "../../src/btf/mod.ts";
import {
  createMap,
  type Descriptor,
  loadBtf,
  loadProgram,
  MapFlag,
  mapMemory,
  ProgramType,
  testRun,
} from "../../src/kernel/mod.ts";
import {
  createVirtualMap,
  Machine,
  type MapKind,
  mapTypes,
  type PacketRun,
  type VirtualMap,
} from "../../src/vm/mod.ts";

/** A map of a test. */
export interface MapSpecification {
  readonly kind: MapKind;
  readonly keySize?: number;
  readonly valueSize?: number;
  readonly maxEntries: number;
  readonly flags?: number;
}

/** A program with its maps; every one has an array `out` of one value, where it leaves its results. */
export interface Case {
  readonly text: string;
  readonly maps?: Readonly<Record<string, MapSpecification>>;
  readonly packet?: Uint8Array;
  /** How often it runs. */
  readonly runs?: number;
}

/** Bytes of `out`. */
export const outBytes = 256;
const out: MapSpecification = { kind: "array", keySize: 4, valueSize: outBytes, maxEntries: 1 };

/** What there is to compare: 64-bit words of `out`, and the last answer. */
export interface Outcome {
  readonly action: number;
  readonly words: readonly bigint[];
  readonly packet: Uint8Array;
}

/** True if the kernel can be asked. */
export const kernelAvailable: boolean = process.platform === "linux" && process.getuid?.() === 0;
if (!kernelAvailable) console.log("skipped: comparisons with the kernel need root on Linux");

function assembleCase({ text }: Case): Assembly {
  return assemble(text);
}

function words(bytes: Uint8Array): readonly bigint[] {
  return [...new BigInt64Array(bytes.slice().buffer)];
}

/** Runs a case in the VM. */
export function runVirtual(
  test: Case,
): Outcome & { readonly run: PacketRun; readonly maps: ReadonlyMap<string, VirtualMap> } {
  const program = assembleCase(test);
  const specifications: Readonly<Record<string, MapSpecification>> = { ...test.maps, out };
  const made = new Map(
    Object.entries(specifications).map(([name, each]) => [name, createVirtualMap({ ...each, name })] as const),
  );
  const maps = new Map<MapReference, VirtualMap>(program.maps.map((map) => [map, made.get(map.name)!]));
  const machine = new Machine(program, { maps });
  let run = machine.run(test.packet ?? new Uint8Array(64));
  for (let count = 1; count < (test.runs ?? 1); count++) run = machine.run(test.packet ?? new Uint8Array(64));
  const packet = Uint8Array.of(...run.metadata, ...run.packet);
  return { action: run.action, words: words(made.get("out")!.get(new Uint8Array(4))!), packet, run, maps: made };
}

/** Runs a case in the kernel. */
export function runKernel(test: Case): Outcome {
  const program = assembleCase(test);
  const specifications: Readonly<Record<string, MapSpecification>> = { ...test.maps, out };
  using stack = new DisposableStack();
  const made = new Map<string, Descriptor>();
  for (const [name, { kind, keySize = 0, valueSize = 0, maxEntries, flags = 0 }] of Object.entries(specifications)) {
    const mappable = name === "out" ? MapFlag.Mappable : 0;
    const type = mapTypes[kind];
    made.set(name, stack.use(createMap({ type, keySize, valueSize, maxEntries, flags: flags | mappable, name })));
  }
  const mapping = stack.use(mapMemory(made.get("out")!, outBytes));
  const { btf, functionInfo } = buildProgramBtf(program.functions, []);
  const types = stack.use(loadBtf(btf));
  const instructions = encode(program.instructions, (map) => made.get(map.name)!.fd);
  const loaded = stack.use(
    loadProgram({ type: ProgramType.Xdp, name: "case", instructions, btf: types, functionInfo }),
  );
  const { action, packet } = testRun(loaded, { packet: test.packet ?? new Uint8Array(64), repeat: test.runs ?? 1 });
  return { action, words: words(new Uint8Array(mapping.buffer)), packet };
}
