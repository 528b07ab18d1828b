/**
 * The virtual machine: runs eBPF programs in this process, without FFI, root or Linux.
 *
 * @module
 */

import { type Instruction, type Listing, mapNames, type MapReference } from "../bytecode/mod.ts";
import { EbpfError, ErrorCode } from "../errors.ts";
import { helpers } from "./helpers/mod.ts";
import { MachineMap } from "./maps/map.ts";
import type { VirtualMap } from "./maps/mod.ts";
import { prepare, type PreparedMap } from "./prepare.ts";
import { Region, Taint } from "./region.ts";
import { type Environment, type Prepared, State } from "./state.ts";
import { type Redirect, type XdpContext, XdpDevice } from "./xdp.ts";

/** Choices of a {@linkcode Machine}. */
export interface MachineOptions {
  /** The maps that the program refers to, by reference or by descriptor. */
  readonly maps?: ReadonlyMap<MapReference | number, VirtualMap>;
  /** How many instructions a run may take. Default 100 million. */
  readonly limit?: number;
  /** Notice registers without a value, and follow what results depend on. Default true; without, runs are faster. */
  readonly tracking?: boolean;
  /** The clock, in nanoseconds. */
  readonly now?: () => bigint;
  /** 32 random bits. */
  readonly random?: () => number;
  /** The number of the CPU that programs run on. Default 0. */
  readonly cpu?: number;
  /** Answers `bpf_fib_lookup`: may fill in `struct bpf_fib_lookup`, gives the result. Default: not forwarded. */
  readonly fibLookup?: (parameters: DataView, flags: number) => number;
  /** Answers lookups of sockets by `struct bpf_sock_tuple`: `struct bpf_sock`, or nothing. Default: there are none. */
  readonly socketLookup?: (tuple: DataView, protocol: "tcp" | "udp") => DataView | undefined;
  /** The MTU of all interfaces, for `bpf_check_mtu`. Default 65536, that of the loopback interface. */
  readonly mtu?: number;
}

/** What a run gives. */
export interface Run {
  /** The program's answer: the low half of r0, unsigned. */
  readonly action: number;
  /** All of r0, unsigned. */
  readonly result: bigint;
  /** How many instructions it took. */
  readonly instructions: number;
  /** Why the result may be another one on another machine; `undefined` if it cannot be. */
  readonly dependence: string | undefined;
  /** What the program printed by `bpf_trace_printk`. */
  readonly trace: readonly string[];
}

/** What a run on a packet gives. */
export interface PacketRun extends Run {
  /** The packet afterwards, without metadata. */
  readonly packet: Uint8Array<ArrayBuffer>;
  /** What `bpf_xdp_adjust_meta` put before it. */
  readonly metadata: Uint8Array<ArrayBuffer>;
  /** Which bytes of metadata and packet may differ on another machine (not 0); `undefined` if none. */
  readonly packetDependence: Uint8Array | undefined;
  /** Where the program sent the packet, if it did. */
  readonly redirect: Redirect | undefined;
}

const defaultLimit = 100_000_000;
/** BPF_FIB_LKUP_RET_NOT_FWDED. */
const notForwarded = 4;

/**
 * A program that can be run.
 *
 * @example
 * ```ts
 * import { asm, exit, jump, label, memory, r0, r1, r2, r3 } from "../bytecode/asm.ts";
 * import { Machine } from "./machine.ts";
 *
 * const short = label("short");
 * const program = asm(
 *   r2.load(memory.u32(r1, 0)),
 *   r3.load(memory.u32(r1, 4)),
 *   r0.mov(1),
 *   r2.add(14),
 *   jump(short, r2.gt(r3)),
 *   r0.mov(2),
 *   short,
 *   exit(),
 * );
 * const { action } = new Machine(program).run(new Uint8Array(60));
 * if (action !== 2) throw new Error("60 bytes are not short");
 * ```
 */
export class Machine {
  /** @internal The program, ready to run; for program arrays. */
  readonly prepared: Prepared;
  readonly #state: State;
  readonly #device = new XdpDevice();

  /**
   * Prepares a program.
   *
   * @param program Instructions, or a compiled program with its lines.
   * @param options Its maps, its clock, …
   */
  constructor(program: Listing | readonly Instruction[], options: MachineOptions = {}) {
    const listing: Listing = "instructions" in program ? program : { instructions: program };
    const environment = environmentOf(options);
    const names = mapNames(listing.instructions);
    const map = (reference: MapReference | number): PreparedMap => {
      const found = options.maps?.get(reference);
      if (found instanceof MachineMap) return { region: found.region, value: found.directValue() };
      const name = typeof reference === "number" ? `descriptor ${reference}` : names.get(reference);
      throw new EbpfError(ErrorCode.InvalidArgument, `Cannot run a program without its map ${name}`, {
        remedy: "Give it in the option maps, made by createVirtualMap",
      });
    };
    this.prepared = prepare(listing, { tracking: environment.tracking, map });
    this.#state = new State(this.prepared, environment);
  }

  /**
   * Runs the program on a packet.
   *
   * @param packet Its bytes; they stay as they are.
   * @param context Where it came from.
   * @param given Metadata before the packet.
   * @returns The action, the packet afterwards, …
   * @throws {EbpfError} `MachineFault` if the program does what it must not.
   */
  run(packet: Uint8Array, context: XdpContext = {}, given?: Uint8Array): PacketRun {
    const state = this.#state, device = this.#device;
    state.reset(this.prepared);
    device.receive(packet, context, given);
    state.device = device;
    state.packet = device.region;
    state.point(1, device.contextRegion, 0);
    const run = this.#execute();
    const { region, metadata } = device;
    const bytes = device.bytes();
    return {
      ...run,
      packet: metadata === 0 ? bytes : bytes.slice(metadata),
      metadata: bytes.slice(0, metadata),
      packetDependence: region.shadow?.slice(region.start, region.end),
      redirect: device.redirect,
    };
  }

  /**
   * Runs the program on memory: its address is in r1 (null without), its size in r2.
   *
   * @param memory The program's to read and write.
   * @returns r0 and what else there is to know.
   * @throws {EbpfError} `MachineFault` if the program does what it must not.
   */
  runOnMemory(memory?: Uint8Array): Run {
    const state = this.#state;
    state.reset(this.prepared);
    state.device = undefined;
    state.packet = undefined;
    if (memory) {
      const view = new DataView(memory.buffer, memory.byteOffset, memory.byteLength);
      state.point(1, new Region("memory", "", view), 0);
    } else state.put(1, 0);
    state.put(2, memory?.length ?? 0);
    return this.#execute();
  }

  #execute(): Run {
    const state = this.#state;
    try {
      state.execute(0);
    } catch (error) {
      if (error instanceof EbpfError) throw error;
      throw state.fault(error instanceof Error ? error.message : String(error), error);
    }
    const comparable = !state.tracking || state.taints[0] === Taint.Clean;
    return {
      action: state.registers[0] >>> 0,
      result: state.wide[0],
      instructions: state.environment.limit - state.budget,
      dependence: state.dependence ?? (comparable ? undefined : "r0 is not comparable"),
      trace: state.trace,
    };
  }
}

function environmentOf(options: MachineOptions): Environment {
  return {
    tracking: options.tracking ?? true,
    limit: options.limit ?? defaultLimit,
    cpu: options.cpu ?? 0,
    now: options.now ?? (() => BigInt(Math.round(performance.now() * 1e6))),
    random: options.random ?? (() => Math.random() * 2 ** 32 >>> 0),
    fibLookup: options.fibLookup ?? (() => notForwarded),
    socketLookup: options.socketLookup ?? (() => undefined),
    mtu: options.mtu ?? 65536,
    helpers,
  };
}
