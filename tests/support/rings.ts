/**
 * Programs by hand that send records to user space, and the maps that they use.
 *
 * @module
 */
import { buildProgramBtf } from "../../src/btf/mod.ts";
import {
  asm,
  type Assembly,
  call,
  encode,
  exit,
  jump,
  label,
  memory,
  r0,
  r1,
  r10,
  r2,
  r3,
  r4,
  r5,
  r6,
  r7,
} from "../../src/bytecode/asm.ts";
import {
  createMap,
  type Descriptor,
  loadBtf,
  loadProgram,
  MapFlag,
  mapMemory,
  type Mapping,
  MapType,
  ProgramType,
  testRun,
} from "../../src/kernel/mod.ts";

/** Bytes that programs and the test share. */
export class Shared {
  readonly map: Descriptor;
  readonly #mapping: Mapping;
  readonly bytes: Uint8Array;
  readonly view: DataView;

  constructor(size = 4096) {
    this.map = createMap({ type: MapType.Array, keySize: 4, valueSize: size, maxEntries: 1, flags: MapFlag.Mappable });
    this.#mapping = mapMemory(this.map, size);
    this.bytes = new Uint8Array(this.#mapping.buffer);
    this.view = new DataView(this.#mapping.buffer);
  }

  [Symbol.dispose](): void {
    this.#mapping.close();
    this.map.close();
  }
}

/** A map of `size` bytes for records. */
export function createRing(size: number, type: MapType = MapType.RingBuffer): Descriptor {
  return createMap({ type, keySize: 0, valueSize: 0, maxEntries: size, name: "ring" });
}

/** A program that can be run on no packet in particular. */
export class Runnable {
  readonly #program: Descriptor;

  constructor({ instructions, functions = [] }: Assembly) {
    const { btf, functionInfo } = buildProgramBtf(functions, []);
    using types = loadBtf(btf);
    this.#program = loadProgram({
      type: ProgramType.Xdp,
      name: "sender",
      instructions: encode(instructions),
      btf: types,
      functionInfo,
    });
  }

  /** What the last run returned. */
  run(repeat = 1, packet: Uint8Array = new Uint8Array(64)): number {
    return testRun(this.#program, { packet, repeat }).action;
  }

  [Symbol.dispose](): void {
    this.#program.close();
  }
}

/** Sends the first `length` shared bytes, the first 8 of which it makes count the records. Returns 1 if it is refused. */
export function sender(ring: Descriptor, { map }: Shared, length: number): Runnable {
  const refused = label("refused");
  return new Runnable(asm(
    r6.mapValue(map.fd),
    r1.map(ring.fd),
    r2.mov(r6),
    r3.mov(length),
    r4.mov(0),
    call("ringbuf_output"),
    r7.mov(1),
    jump(refused, r0.ne(0)),
    memory.u64(r6).add(r7),
    r0.mov(0),
    exit(),
    refused,
    r0.mov(1),
    exit(),
  ));
}

/** Reserves a record of 16 bytes, writes two numbers into it, and submits or discards it. */
export function reserver(ring: Descriptor, number: number, how: "submit" | "discard"): Runnable {
  const end = label("end");
  return new Runnable(asm(
    r1.map(ring.fd),
    r2.mov(16),
    r3.mov(0),
    call("ringbuf_reserve"),
    jump(end, r0.eq(0)),
    memory.u64(r0).store(number),
    memory.u64(r0, 8).store(-number),
    r1.mov(r0),
    r2.mov(0),
    call(`ringbuf_${how}`),
    end,
    r0.mov(0),
    exit(),
  ));
}

/** Sends the first `length` shared bytes to this CPU's perf event buffer; returns the helper's result. */
export function sampler(events: Descriptor, { map }: Shared, length: number): Runnable {
  return new Runnable(asm(
    r6.mov(r1),
    r4.mapValue(map.fd),
    r1.mov(1),
    memory.u64(r4).add(r1),
    r1.mov(r6),
    r2.map(events.fd),
    r3.mov(0xffff_ffff),
    r5.mov(length),
    call("perf_event_output"),
    exit(),
  ));
}

/** Drains a user ring buffer: adds the first 8 bytes of each record to the shared ones. Returns how many there were. */
export function drainer(ring: Descriptor, { map }: Shared): Runnable {
  const each = label("each");
  return new Runnable(asm(
    r1.map(ring.fd),
    r2.function(each),
    r3.mov(0),
    r4.mov(0),
    call("user_ringbuf_drain"),
    exit(),
    each,
    r3.mov(r1),
    r1.mov(r10),
    r1.add(-8),
    memory.u64(r10, -8).store(0),
    r2.mov(8),
    r4.mov(0),
    r5.mov(0),
    call("dynptr_read"),
    r1.load(memory.u64(r10, -8)),
    r2.mapValue(map.fd),
    memory.u64(r2).add(r1),
    r0.mov(0),
    exit(),
  ));
}
