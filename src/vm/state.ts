/**
 * One virtual processor: registers, stack frames, the table of memory regions, and what helpers need of them.
 *
 * @module
 */

import { instructionText, type Listing } from "../bytecode/mod.ts";
import { EbpfError, ErrorCode, type SourceLocation } from "../errors.ts";
import type { Registers } from "./arithmetic.ts";
import { origin, Region, regionTag, Taint } from "./region.ts";
import type { XdpDevice } from "./xdp.ts";

/** One prepared instruction: does it and gives the slot that comes next, negative to stop. */
export type Step = (state: State) => number;

/** A program ready to run. */
export interface Prepared {
  /** By slot; the last one catches what runs off the end. */
  readonly code: readonly Step[];
  readonly listing: Listing;
  /** The instruction's index by slot. */
  readonly indexOfSlot: Int32Array;
}

/** What the surroundings of a machine decide. */
export interface Environment {
  /** Taint is followed, and registers without a value are noticed. */
  readonly tracking: boolean;
  /** Instructions that a run may take. */
  readonly limit: number;
  /** Nanoseconds since the machine started. */
  readonly now: () => bigint;
  /** 32 random bits. */
  readonly random: () => number;
  readonly cpu: number;
  /** Implementations by helper number. */
  readonly helpers: ReadonlyMap<number, HelperCall>;
  /** Answers `bpf_fib_lookup`: may fill in the parameters, gives the result. */
  readonly fibLookup: (parameters: DataView, flags: number) => number;
  /** Answers lookups of sockets: what is known of the one, or nothing. */
  readonly socketLookup: (tuple: DataView, protocol: "tcp" | "udp") => DataView | undefined;
  readonly mtu: number;
}

/** A helper: reads its arguments from the state and sets r0. A tail call gives the slot to go on at. */
export type HelperCall = (state: State) => number | void;

/** A function's frame. */
class Frame {
  readonly region: Region;
  readonly bytes: Uint8Array;
  /** r6–r9 of the caller, as halves, and their taint. */
  readonly saved: Int32Array = new Int32Array(8);
  readonly taints: Uint8Array = new Uint8Array(4);
  returnSlot = -1;
  returnTo: Prepared | undefined;

  constructor(depth: number) {
    this.bytes = new Uint8Array(frameBytes);
    this.region = new Region("stack", depth === 0 ? "" : `of call ${depth}`, new DataView(this.bytes.buffer));
    this.region.index = depth;
  }
}

const frameBytes = 512;
const maximumDepth = 8;
/** The halves of r6–r9. */
const savedFrom = 12, savedHalves = 8;
const r10 = 10;

/** The processor. */
export class State implements Registers {
  /** r0–r10, and one more that atomics compute in. */
  readonly registers: Int32Array = new Int32Array(24);
  readonly wide: BigUint64Array = new BigUint64Array(this.registers.buffer);
  /** {@linkcode Taint} of each register. */
  readonly taints: Uint8Array = new Uint8Array(11);
  readonly environment: Environment;
  readonly tracking: boolean;
  /** The first eight are the frames; the others come as they are pointed to. */
  readonly regions: Region[];
  /** Stands for this run in the regions that it numbered. */
  run: object = {};
  program: Prepared;
  code: readonly Step[];
  slot = 0;
  budget = 0;
  depth = 0;
  tailCalls = 0;
  /** What is left of `may_goto`'s budget. */
  mayGoto = 0;
  /** The packet, for classic BPF's loads. */
  packet: Region | undefined = undefined;
  /** Why results may differ from another machine's: the first reason. */
  dependence: string | undefined;
  /** The lock that is held. */
  lock: { readonly region: Region; readonly offset: number } | undefined;
  /** The packet and its context, in programs that have one. */
  device: XdpDevice | undefined = undefined;
  /** Ring buffer records and sockets that it holds, and who lent them. */
  reservations: (readonly [Region, object])[] = [];
  /** What the program printed. */
  trace: string[] = [];
  readonly #frames: readonly Frame[];

  constructor(program: Prepared, environment: Environment) {
    this.program = program;
    this.code = program.code;
    this.environment = environment;
    this.tracking = environment.tracking;
    this.#frames = Array.from({ length: maximumDepth }, (_, depth) => new Frame(depth));
    this.regions = this.#frames.map((frame) => frame.region);
  }

  /** Makes ready for a run of the main function; r1–r5 have no value yet. */
  reset(program: Prepared): void {
    this.program = program;
    this.code = program.code;
    this.run = {};
    this.regions.length = maximumDepth;
    this.budget = this.environment.limit;
    this.depth = -1;
    this.tailCalls = 0;
    this.mayGoto = 8 * 1024 * 1024;
    this.dependence = undefined;
    this.trace = [];
    this.reservations = [];
    this.lock = undefined;
    this.registers.fill(0);
    this.taints.fill(Taint.None);
    this.enter(-1);
  }

  /** Runs from a slot until the function that it belongs to returns. */
  execute(slot: number): void {
    for (let next = slot; next >= 0;) {
      if (--this.budget < 0) throw this.fault(`it is past the limit of ${this.environment.limit} instructions`);
      this.slot = next;
      next = this.code[next](this);
    }
  }

  /** Begins a function that returns to `returnSlot`; negative: to who called {@linkcode execute}. */
  enter(returnSlot: number): void {
    if (this.depth + 1 >= maximumDepth) throw this.fault(`calls are nested more than ${maximumDepth} deep`);
    const frame = this.#frames[++this.depth];
    const { registers } = this;
    for (let half = 0; half < savedHalves; half++) frame.saved[half] = registers[savedFrom + half];
    frame.returnSlot = returnSlot;
    frame.returnTo = this.program;
    frame.bytes.fill(0);
    registers[2 * r10] = origin + frameBytes;
    registers[2 * r10 + 1] = regionTag + this.depth;
    if (!this.tracking) return;
    frame.region.mark(0, frameBytes, Taint.Dirty);
    frame.taints.set(this.taints.subarray(6, 10));
    this.taints.fill(Taint.None, 6, 10);
    this.taints[0] = Taint.None;
    this.taints[r10] = Taint.Address;
  }

  /** Ends a function. */
  leave(): number {
    const frame = this.#frames[this.depth];
    const { registers } = this;
    if (this.depth === 0) {
      if (this.lock) throw this.fault("it returns with a spin lock held");
      if (this.reservations.length) {
        throw this.fault(`it returns without giving back a ${this.reservations[0][0].kind}`);
      }
      if (this.tracking && this.taints[0] === Taint.None) throw this.fault("r0 has no value");
      return -1;
    }
    this.depth--;
    for (let half = 0; half < savedHalves; half++) registers[savedFrom + half] = frame.saved[half];
    registers[2 * r10 + 1] = regionTag + this.depth;
    this.program = frame.returnTo!;
    this.code = this.program.code;
    if (this.tracking) {
      this.taints.set(frame.taints, 6);
      this.taints.fill(Taint.None, 1, 6);
    }
    return frame.returnSlot;
  }

  /** Goes on with another program, in the frame of the function that asks for it. */
  switchTo(program: Prepared): void {
    this.program = program;
    this.code = program.code;
    if (this.tracking) {
      this.taints.fill(Taint.None, 2, r10);
      this.taints[0] = Taint.None;
      this.#frames[this.depth].region.mark(0, frameBytes, Taint.Dirty);
    }
  }

  /** The index of a region in this run's table. */
  indexOf(region: Region): number {
    if (region.run !== this.run) {
      region.run = this.run;
      region.index = this.regions.push(region) - 1;
    }
    return region.index;
  }

  /** The region that a pointer's high half says. */
  find(high: number): Region | undefined {
    const index = high - regionTag | 0;
    return index >>> 0 < this.regions.length ? this.regions[index] : undefined;
  }

  /** Puts an address into a register. */
  point(register: number, region: Region, offset: number): void {
    this.registers[2 * register] = origin + offset;
    this.registers[2 * register + 1] = regionTag + this.indexOf(region);
    this.taints[register] = Taint.Address;
  }

  /** Puts a number of at most 32 bits into a register, sign-extended. */
  put(register: number, value: number, taint: number = Taint.Clean): void {
    this.registers[2 * register] = value;
    this.registers[2 * register + 1] = value < 0 ? -1 : 0;
    this.taints[register] = taint;
  }

  /** Puts 64 bits into a register. */
  putWide(register: number, value: bigint, taint: number = Taint.Clean): void {
    this.wide[register] = BigInt.asUintN(64, value);
    this.taints[register] = taint;
  }

  /** Notes that from here on results may differ from those of another machine. */
  depend(reason: string): void {
    this.dependence ??= `slot ${this.slot}: ${reason}`;
  }

  /** The low half of a helper's argument, signed. */
  low(argument: number): number {
    this.#used(argument);
    return this.registers[2 * argument];
  }

  /** A helper's argument as 64 unsigned bits. */
  wideArgument(argument: number): bigint {
    this.#used(argument);
    return this.wide[argument];
  }

  /** True if the argument is null. */
  isNull(argument: number): boolean {
    return this.registers[2 * argument] === 0 && this.registers[2 * argument + 1] === 0;
  }

  #used(argument: number): void {
    if (!this.tracking) return;
    if (this.taints[argument] === Taint.None) throw this.fault(`the helper's argument r${argument} has no value`);
    if (this.taints[argument] !== Taint.Clean) this.depend(`the helper's argument r${argument} is not comparable`);
  }

  /** The region that an argument points into. */
  regionArgument(argument: number): { readonly region: Region; readonly offset: number } {
    const region = this.find(this.registers[2 * argument + 1]);
    if (!region) throw this.fault(`the helper's argument r${argument} is ${this.describe(argument)}`);
    return { region, offset: this.registers[2 * argument] - origin };
  }

  /** Bytes that an argument points to, for the helper to read. */
  input(argument: number, size: number): Uint8Array {
    const { region, offset } = this.regionArgument(argument);
    if (offset < region.start || offset + size > region.end || size < 0) {
      throw this.fault(`the helper reads ${size} bytes at ${this.place(region, offset)}`);
    }
    if (this.tracking && region.marked(offset, size) !== Taint.Clean) {
      this.depend(`the helper reads bytes of r${argument} that are not comparable`);
    }
    return region.bytes(offset, size);
  }

  /** Bytes that an argument points to, for the helper to fill wholly. */
  output(argument: number, size: number, taint: number = Taint.Clean): Uint8Array {
    const { region, offset } = this.regionArgument(argument);
    if (offset < region.start || offset + size > region.writableEnd || size < 0) {
      throw this.fault(`the helper writes ${size} bytes at ${this.place(region, offset)}`);
    }
    if (this.tracking) region.mark(offset, size, taint);
    return region.bytes(offset, size);
  }

  /** What an argument stands for: a map, a function. */
  meaning<T>(argument: number, kind: "map" | "function"): T {
    const { region, offset } = this.regionArgument(argument);
    if (region.kind !== kind || offset !== 0) {
      throw this.fault(`the helper's argument r${argument} must be a ${kind}, but is ${this.describe(argument)}`);
    }
    return region.meaning as T;
  }

  /** Calls a function of the program from a helper; the arguments must be in r1–r5. Gives the low half of its r0. */
  callback(slot: number): number {
    const { slot: here, program } = this;
    this.enter(-1);
    this.execute(slot);
    this.slot = here;
    this.program = program;
    this.code = program.code;
    if (this.tracking && this.taints[0] !== Taint.Clean) this.depend("a callback's answer is not comparable");
    return this.registers[0];
  }

  /** A register's value for messages. */
  describe(register: number): string {
    if (this.isNull(register)) return "null";
    const region = this.find(this.registers[2 * register + 1]);
    if (region) return this.place(region, this.registers[2 * register] - origin);
    return `0x${this.wide[register].toString(16)}, no address`;
  }

  /** A place for messages. */
  place(region: Region, offset: number): string {
    const name = [region.kind, region.name].filter((word) => word).join(" ");
    if (region.kind === "stack") return `offset ${offset - region.end} of the ${name} (${frameBytes} bytes)`;
    if (region.end < region.start) return `offset ${offset} of the ${name}, which is gone`;
    return `offset ${offset - region.start} of the ${name} (${region.end - region.start} bytes)`;
  }

  /** An error that says where the program is. */
  fault(why: string, cause?: unknown): EbpfError {
    const { listing, indexOfSlot } = this.program;
    const instruction = listing.instructions[indexOfSlot[this.slot]];
    const text = instruction ? instructionText(instruction) : "the end";
    const line = sourceLine(listing, this.slot);
    return new EbpfError(ErrorCode.MachineFault, `Cannot run instruction ${this.slot}, ${text}: ${why}`, {
      ...(line && { location: line.location, frame: `  ${line.text.trim()}` }),
      cause,
    });
  }
}

/** The source line that a slot belongs to. */
function sourceLine(
  { lines = [] }: Listing,
  slot: number,
): { readonly location: SourceLocation; readonly text: string } | undefined {
  let found: { readonly slot: number; readonly location: SourceLocation; readonly text: string } | undefined;
  for (const line of lines) {
    if (line.slot > slot || (found && found.slot >= line.slot)) continue;
    const { file, line: number, column = 1 } = line.location as SourceLocation;
    found = { slot: line.slot, location: { file, line: number, column }, text: line.text };
  }
  return found;
}
