/**
 * Programs: loading them and running them on a test packet.
 *
 * @module
 */
import { EbpfError, ErrorCode } from "../errors.ts";
import { allocate } from "../ffi/mod.ts";
import { bpf, bpfAttribute, BpfCommand, objectName } from "./bpf.ts";
import { Capability } from "./capabilities.ts";
import { Descriptor } from "./descriptor.ts";
import { Errno } from "./errno.ts";
import { checked, type Context } from "./errors.ts";
import { withLockedMemory } from "./limits.ts";
import { loadWithLog } from "./log.ts";
import { cString, type Layout, pinned } from "./syscall.ts";

/** Kinds of programs, from the kernel's include/uapi/linux/bpf.h (`enum bpf_prog_type`). */
export enum ProgramType {
  SocketFilter = 1,
  Xdp = 6,
}

/** Where a program is to be attached, from include/uapi/linux/bpf.h (`enum bpf_attach_type`). */
export enum AttachType {
  /** In an entry of a device map: on the way out. */
  XdpDevMap = 33,
  /** In an entry of a CPU map: on the CPU that goes on with the packet. */
  XdpCpuMap = 35,
  Xdp = 37,
}

/** Flags for loading programs, from include/uapi/linux/bpf.h. */
export enum ProgramFlag {
  /** XDP programs that accept packets in several fragments. */
  XdpFragments = 1 << 5,
}

/** What {@linkcode loadProgram} loads. */
export interface ProgramOptions {
  /** The kind of program. */
  readonly type: ProgramType;
  /** For tools; characters that the kernel refuses become `_`, and only 15 stay. */
  readonly name: string;
  /** 8 bytes each; map references already are descriptors. */
  readonly instructions: Uint8Array;
  /** Helpers under the GPL need a compatible licence. Default `"GPL"`. */
  readonly license?: string;
  /** The types that the records below speak of. */
  readonly btf?: Descriptor;
  /** Records of `struct bpf_func_info`, 8 bytes each; needs `btf`. */
  readonly functionInfo?: Uint8Array;
  /** Records of `struct bpf_line_info`, 16 bytes each; needs `btf`. */
  readonly lineInfo?: Uint8Array;
  /** Where it is to be attached, for kinds that must know. */
  readonly expectedAttachType?: AttachType;
  /** {@linkcode ProgramFlag}s. */
  readonly flags?: number;
}

const instructionSize = 8;
const functionInfoSize = 8;
const lineInfoSize = 16;

/** Where PROG_LOAD has its log. */
const logFields = { buffer: 32, size: 28, level: 24, trueSize: 140 } as const;

/**
 * Loads a program.
 *
 * @throws {EbpfError} `VerifierRejected`, with the last lines of the verifier's log in the message and all of it in
 * `log`; `NotPermitted` without CAP_BPF and, for XDP, CAP_NET_ADMIN; `TooLarge` for too many instructions.
 */
export function loadProgram(options: ProgramOptions): Descriptor {
  const fill = programAttribute(options);
  const what = `program "${options.name}"`;
  const load = (attribute: Layout) => withLockedMemory(() => bpf(BpfCommand.ProgramLoad, attribute));
  const fd = loadWithLog(fill, logFields, load, {
    operation: `load ${what}`,
    rejected: ErrorCode.VerifierRejected,
    context: options.flags === ProgramFlag.XdpFragments ? loadingFragments : loading,
  });
  return new Descriptor(fd, what);
}

const loading: Context = {
  needs: [Capability.CAP_BPF, Capability.CAP_NET_ADMIN],
  locksMemory: true,
  meanings: {
    [Errno.ArgumentsTooLong]: {
      code: ErrorCode.TooLarge,
      what: "the kernel takes no program of so many instructions",
      remedy: "Shorten what is unrolled, or go on in another program: ProgramArray",
    },
  },
};

const loadingFragments: Context = {
  ...loading,
  meanings: {
    ...loading.meanings,
    [Errno.InvalidArgument]: {
      code: ErrorCode.NotSupported,
      what: "the kernel takes no program for packets in several fragments",
      remedy: "Leave frags out, or run Linux 5.18 or later",
    },
  },
};

function programAttribute(options: ProgramOptions): () => Layout {
  const instructions = pinned(options.instructions);
  const license = cString(options.license ?? "GPL");
  const functions = options.functionInfo && pinned(options.functionInfo);
  const lines = options.lineInfo && pinned(options.lineInfo);
  return () => {
    const attribute = bpfAttribute()
      .u32(0, options.type)
      .u32(4, instructions.length / instructionSize)
      .pointer(8, instructions)
      .pointer(16, license)
      .u32(44, options.flags ?? 0)
      .text(48, 16, objectName(options.name))
      .u32(68, options.expectedAttachType ?? 0);
    if (options.btf) attribute.u32(72, options.btf.fd);
    if (functions) {
      attribute.u32(76, functionInfoSize).pointer(80, functions).u32(88, functions.length / functionInfoSize);
    }
    if (lines) attribute.u32(92, lineInfoSize).pointer(96, lines).u32(104, lines.length / lineInfoSize);
    return attribute;
  };
}

/** What {@linkcode testRun} runs on. */
export interface TestRunOptions {
  /** At least 14 bytes: an Ethernet header. */
  readonly packet: Uint8Array;
  /** How many times; default 1. */
  readonly repeat?: number;
  /** The program's context (`struct xdp_md` for XDP). */
  readonly context?: Uint8Array;
}

/** What {@linkcode testRun} gives. */
export interface TestRunResult {
  /** The program's return value, as an unsigned number. */
  readonly action: number;
  /** The packet after the last run. */
  readonly packet: Uint8Array<ArrayBuffer>;
  /** Nanoseconds of one run, on average. */
  readonly duration: number;
  /** The context after the last run, if one was given; it stands in an `ArrayBuffer` of its own. */
  readonly context?: Uint8Array<ArrayBuffer>;
}

/** How much a program may lengthen its packet: what fits a page with the packet's headroom. */
const growth = 4096;
const smallestPacket = 14;

/**
 * Runs a loaded program on a packet that never was on a wire (`BPF_PROG_TEST_RUN`).
 *
 * @throws {EbpfError} `InvalidArgument` for packets that the kernel cannot make; `NotPermitted` without CAP_BPF and
 * CAP_NET_ADMIN.
 */
export function testRun(program: Descriptor, { packet, repeat = 1, context }: TestRunOptions): TestRunResult {
  if (packet.length < smallestPacket) {
    throw new EbpfError(
      ErrorCode.InvalidArgument,
      `Cannot run ${program.what}: the packet has ${packet.length} bytes`,
      {
        remedy: `Give it at least ${smallestPacket} bytes, an Ethernet header`,
      },
    );
  }
  const input = pinned(packet);
  const output = allocate(packet.length + growth);
  const attribute = bpfAttribute()
    .u32(0, program.fd)
    .u32(8, input.length)
    .u32(12, output.length)
    .pointer(16, input)
    .pointer(24, output)
    .u32(32, repeat);
  const contextOut = context && allocate(context.length);
  if (context && contextOut) {
    attribute.u32(40, context.length).u32(44, context.length).pointer(48, pinned(context)).pointer(56, contextOut);
  }
  checked(bpf(BpfCommand.ProgramTestRun, attribute), `run ${program.what} on a test packet`, testing);
  return {
    action: attribute.getU32(4),
    packet: output.slice(0, attribute.getU32(12)),
    duration: attribute.getU32(36),
    context: contextOut,
  };
}

const testing: Context = {
  needs: [Capability.CAP_BPF, Capability.CAP_NET_ADMIN],
  meanings: {
    [Errno.InvalidArgument]: {
      code: ErrorCode.InvalidArgument,
      what: "the kernel cannot run it on this packet and context",
      remedy: "Packets of programs without fragments must fit a page",
    },
    [Errno.NotSupported]: { code: ErrorCode.NotSupported, what: "programs of this type cannot be run on test packets" },
  },
};
