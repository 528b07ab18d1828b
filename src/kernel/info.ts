/**
 * What the kernel says about its objects (`BPF_OBJ_GET_INFO_BY_FD`), and opening objects by their ids.
 *
 * @module
 */
import { allocate } from "../ffi/mod.ts";
import { bpf, bpfAttribute, BpfCommand } from "./bpf.ts";
import { Capability } from "./capabilities.ts";
import { Descriptor } from "./descriptor.ts";
import { Errno } from "./errno.ts";
import { checked } from "./errors.ts";
import { Layout, textOf } from "./syscall.ts";

/** From `struct bpf_prog_info`, include/uapi/linux/bpf.h. */
export interface ProgramInfo {
  /** `enum bpf_prog_type`; 6 is XDP. */
  readonly type: number;
  /** The kernel's number for this program until the next start of the machine. */
  readonly id: number;
  /** A hash of the instructions, as tools print it: 16 hexadecimal digits. */
  readonly tag: string;
  /** At most 15 characters. */
  readonly name: string;
  /** Bytes of machine code; 0 without the JIT compiler. */
  readonly jitedLength: number;
  /** Bytes of instructions after the verifier's changes. */
  readonly translatedLength: number;
  /** Nanoseconds from the start of the machine to the load. */
  readonly loadTime: bigint;
  /** The ids of the maps that it uses. */
  readonly mapIds: readonly number[];
  /** 0 without BTF. */
  readonly btfId: number;
  /** How many instructions the verifier walked through; 0 on kernels that do not say. */
  readonly verifiedInstructions: number;
}

/** From `struct bpf_map_info`, include/uapi/linux/bpf.h. */
export interface MapInfo {
  /** `enum bpf_map_type`. */
  readonly type: number;
  /** The kernel's number for this map until the next start of the machine. */
  readonly id: number;
  /** Bytes of a key. */
  readonly keySize: number;
  /** Bytes of a value. */
  readonly valueSize: number;
  /** How many entries fit. */
  readonly maxEntries: number;
  /** The flags that it was created with. */
  readonly flags: number;
  /** At most 15 characters. */
  readonly name: string;
  /** The BTF with its types; 0 for none. */
  readonly btfId: number;
  /** The id of the key's type there. */
  readonly btfKeyType: number;
  /** The id of the value's type there. */
  readonly btfValueType: number;
}

/** From `struct bpf_link_info`, include/uapi/linux/bpf.h. */
export interface LinkInfo {
  /** `enum bpf_link_type`; 6 is XDP. */
  readonly type: number;
  /** The kernel's number for this link until the next start of the machine. */
  readonly id: number;
  /** The program that it holds. */
  readonly programId: number;
  /** The interface of an XDP link; 0 once it is detached. */
  readonly interfaceIndex: number;
}

const programInfoSize = 232;
const mapInfoSize = 88;
const linkInfoSize = 64;
const btfInfoSize = 32;

function query(object: Descriptor, info: Layout): void {
  const attribute = bpfAttribute().u32(0, object.fd).u32(4, info.bytes.length).pointer(8, info.bytes);
  checked(bpf(BpfCommand.ObjectInfo, attribute), `ask the kernel about ${object.what}`);
}

/** Asks about a program. */
export function programInfo(program: Descriptor): ProgramInfo {
  const first = new Layout(programInfoSize);
  query(program, first);
  return decodeProgram(first, mapIds(program, first.getU32(52)));
}

/** The numbers of maps are given only to a caller with room for them: so the program is asked twice. */
function mapIds(program: Descriptor, count: number): number[] {
  if (count === 0) return [];
  const ids = new Layout(4 * count);
  query(program, new Layout(programInfoSize).u32(52, count).pointer(56, ids.bytes));
  return Array.from({ length: count }, (_, index) => ids.getU32(4 * index));
}

function decodeProgram(info: Layout, mapIds: readonly number[]): ProgramInfo {
  return {
    type: info.getU32(0),
    id: info.getU32(4),
    tag: hexadecimal(info.bytes.subarray(8, 16)),
    name: textOf(info.bytes.subarray(64, 80)),
    jitedLength: info.getU32(16),
    translatedLength: info.getU32(20),
    loadTime: info.getU64(40),
    mapIds,
    btfId: info.getU32(128),
    verifiedInstructions: info.getU32(216),
  };
}

function hexadecimal(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Asks about a map. */
export function mapInfo(map: Descriptor): MapInfo {
  const info = new Layout(mapInfoSize);
  query(map, info);
  return {
    type: info.getU32(0),
    id: info.getU32(4),
    keySize: info.getU32(8),
    valueSize: info.getU32(12),
    maxEntries: info.getU32(16),
    flags: info.getU32(20),
    name: textOf(info.bytes.subarray(24, 40)),
    btfId: info.getU32(64),
    btfKeyType: info.getU32(68),
    btfValueType: info.getU32(72),
  };
}

/** Asks about a link. */
export function linkInfo(link: Descriptor): LinkInfo {
  const info = new Layout(linkInfoSize);
  query(link, info);
  return {
    type: info.getU32(0),
    id: info.getU32(4),
    programId: info.getU32(8),
    interfaceIndex: info.getU32(16),
  };
}

const administrator = { needs: [Capability.CAP_SYS_ADMIN] } as const;

/**
 * Opens a program by its id.
 *
 * @returns `undefined` if there is none with this id.
 * @throws {EbpfError} `NotPermitted` without CAP_SYS_ADMIN.
 */
export function programById(id: number): Descriptor | undefined {
  return byId(BpfCommand.ProgramById, id, "program");
}

/** As {@linkcode programById}, for maps. */
export function mapById(id: number): Descriptor | undefined {
  return byId(BpfCommand.MapById, id, "map");
}

/** As {@linkcode programById}, for links (kernel 5.8). */
export function linkById(id: number): Descriptor | undefined {
  return byId(BpfCommand.LinkById, id, "link");
}

/** As {@linkcode programById}, for BTF. */
export function btfById(id: number): Descriptor | undefined {
  return byId(BpfCommand.BtfById, id, "BTF");
}

/** The bytes of loaded BTF. */
export function btfBytes(btf: Descriptor): Uint8Array<ArrayBuffer> {
  // From struct bpf_btf_info: the buffer's address, its size, and what comes back in it.
  const first = new Layout(btfInfoSize);
  query(btf, first);
  const bytes = allocate(first.getU32(8));
  query(btf, new Layout(btfInfoSize).pointer(0, bytes).u32(8, bytes.length));
  return bytes;
}

function byId(command: BpfCommand, id: number, kind: string): Descriptor | undefined {
  const result = bpf(command, bpfAttribute().u32(0, id));
  if (result === -Errno.NoEntry) return undefined;
  const what = `${kind} ${id}`;
  return new Descriptor(checked(result, `open ${what}`, administrator), what);
}

/** The ids of all links, in ascending order. */
export function* linkIds(): Generator<number, void, void> {
  for (let id = 0;;) {
    const attribute = bpfAttribute().u32(0, id);
    const result = bpf(BpfCommand.LinkNextId, attribute);
    if (result === -Errno.NoEntry) return;
    checked(result, "list links", administrator);
    id = attribute.getU32(4);
    yield id;
  }
}
