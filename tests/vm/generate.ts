/**
 * Random sequences of instructions that the verifier often accepts: numbers in r0–r5, r7 and r8, the context in r6, a
 * map's value in r9.
 *
 * @module
 */
import {
  asm,
  type Assembly,
  call,
  type Item,
  jump,
  type Label,
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
  r8,
  r9,
} from "../../src/bytecode/asm.ts";
import { type Instruction, type Operation, operations, type Register } from "../../src/bytecode/mod.ts";
import { randomInstruction } from "../bytecode/samples.ts";
import type { Random } from "../support/random.ts";

/** The map that holds memory and, at the end, the registers. */
export const values = { name: "values" };
/** A hash map with keys and values of 8 bytes. */
export const table = { name: "table" };
/** Bytes of memory in `values`; the registers come behind. */
export const memoryBytes = 64;
/** All bytes of `values`. */
export const valueBytes: number = memoryBytes + 8 * 8;
/** Bytes of the packets. */
export const packetBytes = 64;

const numbers: readonly Register[] = [0, 1, 2, 3, 4, 5, 7, 8];
const registers = { 0: r0, 1: r1, 2: r2, 3: r3, 4: r4, 5: r5, 7: r7, 8: r8 };
const stackBytes = 64;

const byKind = (kind: Operation["kind"]) => operations().filter((row) => row.kind === kind);
const arithmetic = [
  ...byKind("alu"),
  ...byKind("alu"),
  ...byKind("negate"),
  ...byKind("signExtend"),
  ...byKind("swap"),
];
const accesses = [...byKind("load"), ...byKind("store"), ...byKind("atomic")];
const branches = byKind("branch");

/** What a program is made of. */
export interface Sequence {
  readonly body: readonly Item[];
  readonly functions: readonly { readonly label: Label; readonly body: readonly Item[] }[];
}

/** The sequence as a whole program. */
export function assembly({ body, functions }: Sequence): Assembly {
  const keep = numbers.map((number, index) =>
    memory.u64(r9, memoryBytes + 8 * index).store(registers[number as keyof typeof registers])
  );
  return asm(
    r6.mov(r1),
    r9.mapValue(values),
    numbers.map((number) => registers[number as keyof typeof registers].mov(number * 3 - 7)),
    body,
    keep,
    { opcode: 0x95, dst: 0, src: 0, offset: 0, immediate: 0 },
    functions.map((each) => [each.label, each.body, { opcode: 0x95, dst: 0, src: 0, offset: 0, immediate: 0 }]),
  );
}

/** A random sequence. */
export function randomSequence(random: Random): Sequence {
  const functions: { label: Label; body: readonly Item[] }[] = [];
  const generator = new Generator(random, functions);
  // Most sequences fill the stack, so that not everything depends on what was there before.
  const slots = random.once(6) ? [] : Array.from({ length: stackBytes / 8 + 1 }, (_, index) => 8 * (index + 1));
  const fill = slots.map((slot) => memory.u64(r10, -slot).store(random.signed(32)));
  return { body: [fill, generator.block(4 + random.below(30), numbers, true)], functions };
}

class Generator {
  readonly #random: Random;
  readonly #functions: { label: Label; body: readonly Item[] }[];

  constructor(random: Random, functions: { label: Label; body: readonly Item[] }[]) {
    this.#random = random;
    this.#functions = functions;
  }

  /** Instructions, with branches to places further down. */
  block(count: number, usable: readonly Register[], main: boolean): readonly Item[] {
    const items: Item[] = [];
    const open: { label: Label; left: number }[] = [];
    for (let index = 0; index < count; index++) {
      if (this.#random.once(6)) {
        const target = label(`L${items.length}`);
        items.push(this.#branch(usable, target));
        open.push({ label: target, left: 1 + this.#random.below(6) });
      } else items.push(this.#item(usable, main));
      for (const each of open) if (--each.left === 0) items.push(each.label);
    }
    return [...items, ...open.filter(({ left }) => left > 0).map((each) => each.label)];
  }

  #item(usable: readonly Register[], main: boolean): Item {
    const kind = this.#random.below(40);
    if (kind < 20) return this.#arithmetic(usable);
    if (kind < 25) return this.#access(usable, 10, -stackBytes, 0);
    if (kind < 31) return main ? this.#access(usable, 9, 0, memoryBytes) : this.#arithmetic(usable);
    if (kind < 33) return this.#constant(usable);
    if (!main) return this.#arithmetic(usable);
    switch (kind) {
      case 33:
        return this.#packet();
      case 34:
        return this.#loop();
      case 35:
        return this.#function();
      case 36:
        return this.#helper();
      case 37:
        return this.#lookup();
      case 38:
        return this.#random.once(4)
          ? randomInstruction(this.#random, this.#random.pick(operations()))
          : this.#address();
      default:
        return this.#turns();
    }
  }

  #arithmetic(usable: readonly Register[]): Instruction {
    const random = this.#random, row = random.pick(arithmetic);
    const instruction = { ...randomInstruction(random, row), dst: random.pick(usable) };
    if (row.kind === "alu" && row.register || row.kind === "signExtend") instruction.src = random.pick(usable);
    if (row.kind !== "alu" || row.register) return instruction;
    const { operation, width } = row;
    if (/sh$/.test(operation)) instruction.immediate = random.below(width);
    if (/div|mod/.test(operation) && instruction.immediate === 0) instruction.immediate = 3;
    return instruction;
  }

  /** A load, store or atomic operation on `[base + from … base + to)`. */
  #access(usable: readonly Register[], base: Register, from: number, to: number): Instruction {
    const random = this.#random, row = random.pick(accesses);
    const { size } = row as Extract<Operation, { size: number }>;
    // Stack and atomics must be aligned; elsewhere it does not matter.
    const step = base === 10 || row.kind === "atomic" ? size : 1;
    const offset = from + step * random.below(Math.floor((to - from - size) / step) + 1);
    const loads = row.kind === "load" || (row.kind === "atomic" && row.operation === "loadAcquire");
    const value = random.pick(usable);
    const made = { ...randomInstruction(random, row), offset };
    if (loads) return { ...made, dst: value, src: base };
    return { ...made, dst: base, src: row.kind === "store" && !row.register ? 0 : value };
  }

  #constant(usable: readonly Register[]): Item {
    return registers[this.#random.pick(usable) as keyof typeof registers].mov(this.#random.wide());
  }

  #branch(usable: readonly Register[], target: Label): Item {
    const random = this.#random, row = random.pick(branches);
    const made = { ...randomInstruction(random, row), dst: random.pick(usable) };
    if (row.kind === "branch" && row.register) made.src = random.pick(usable);
    return { kind: "reference", label: target, calls: false, make: (offset) => ({ ...made, offset }) };
  }

  /** Numbers again in r1–r5. */
  #numbers(): readonly Item[] {
    return [r1, r2, r3, r4, r5].map((register) => register.mov(this.#random.signed(32)));
  }

  /** Reads and writes the packet behind a check. */
  #packet(): Item {
    const out = label("out"), size = 1 + this.#random.below(packetBytes + 4);
    const accesses = size < 8 ? [] : [1, 2, 3].map(() => this.#packetAccess(size));
    return [
      r2.load(memory.u32(r6, 0)),
      r3.load(memory.u32(r6, 4)),
      r4.mov(r2),
      r4.add(size),
      jump(out, r4.gt(r3)),
      accesses,
      this.#random.once(4) ? [r5.mov(r3), r5.sub(r2)] : [],
      this.#random.once(4) ? [r5.mov(r3), r5.sub(r2), r7.mov(r5)] : [],
      out,
      this.#numbers(),
    ];
  }

  /** Packets are never atomic. */
  #packetAccess(size: number): Instruction {
    for (;;) {
      const made = this.#access([0, 5, 7, 8], 2, 0, size);
      if ((made.opcode & 0xe0) !== 0xc0) return made;
    }
  }

  #loop(): Item {
    const again = label("again"), body = this.block(1 + this.#random.below(4), [0, 1, 2, 3, 4, 5, 7], false);
    return [r8.mov(0), again, body, r8.add(1), jump(again, r8.lt(2 + this.#random.below(6)))];
  }

  #function(): Item {
    const start = label(`function_${this.#functions.length}`);
    const body = [r0.mov(this.#random.signed(32)), this.block(1 + this.#random.below(8), [0, 1, 2, 3, 4, 5], false)];
    this.#functions.push({ label: start, body });
    return [call(start), this.#numbers()];
  }

  #helper(): Item {
    const size = 4 * this.#random.below(5), other = 4 * this.#random.below(5);
    const calls: readonly Item[] = [
      [
        r1.mov(r9),
        r2.mov(size),
        r3.mov(r9),
        r3.add(memoryBytes / 2),
        r4.mov(other),
        r5.mov(this.#random.signed(32)),
        call("csum_diff"),
      ],
      [r1.mov(r6), call("xdp_get_buff_len")],
      [call("get_prandom_u32")],
      [r1.mov(this.#random.below(9)), r2.mov(this.#random.below(2)), call("redirect")],
      [r1.mov(r6), r2.mov(this.#distance([50, 51, -216, -217])), call("xdp_adjust_head"), r7.mov(r0)],
      [r1.mov(r6), r2.mov(this.#distance([-50, -51, 3456, 3457])), call("xdp_adjust_tail"), r7.mov(r0)],
      [r1.mov(r6), r2.mov(this.#distance([-4, -8, -252, -256, 4, 2])), call("xdp_adjust_meta"), r7.mov(r0)],
      this.#full(),
      this.#exchange(),
      [
        r1.mov(r6),
        r2.mov(this.#random.below(packetBytes)),
        r3.mov(r9),
        r4.mov(1 + this.#random.below(20)),
        call(this.#random.pick(["xdp_load_bytes", "xdp_store_bytes"] as const)),
      ],
    ];
    return [this.#random.pick(calls), this.#numbers()];
  }

  /** How far to move one of the packet's ends: the last that is allowed, the first that is not, or any. */
  #distance(limits: readonly number[]): number {
    return this.#random.once(2) ? this.#random.pick(limits) : this.#random.below(90) - 60;
  }

  /** More updates than the table has room for. */
  #full(): Item {
    const update = (key: number) => [
      memory.u64(r10, -stackBytes - 8).store(key),
      [r1.map(table), r2.mov(r10), r2.add(-stackBytes - 8), r3.mov(r9), r4.mov(0), call("map_update_elem")],
      memory.u64(r9, 8 * key).store(r0),
    ];
    return [0, 1, 2].map(update);
  }

  /** A comparison that holds, at least in the low half. */
  #exchange(): Item {
    const high = this.#random.pick([0n, 1n << 32n]);
    const place = this.#random.pick([memory.u32(r9, 8), memory.u64(r9, 8)]);
    return [r0.load(place), r1.mov(high), r0.or(r1), r3.mov(this.#random.signed(32)), place.cmpxchg(r3)];
  }

  /** A key in the stack, an update or a deletion, a lookup, a change of the value. */
  #lookup(): Item {
    const out = label("out"), key = memory.u64(r10, -stackBytes - 8), random = this.#random;
    const place = [r2.mov(r10), r2.add(-stackBytes - 8)];
    return [
      key.store(random.below(3)),
      random.once(2)
        ? [r1.map(table), place, r3.mov(r9), r4.mov(random.below(4)), call("map_update_elem"), r7.mov(r0)]
        : [],
      random.once(4) ? [r1.map(table), place, call("map_delete_elem"), r8.mov(r0)] : [],
      r1.map(table),
      place,
      call("map_lookup_elem"),
      this.#numbers(),
      jump(out, r0.eq(0)),
      this.#valueAccess(),
      r7.load(memory.u64(r0, 0)),
      out,
      r0.mov(5),
    ];
  }

  #valueAccess(): Instruction {
    return this.#access([1, 2, 3, 4, 5, 7, 8], 0, 0, 8);
  }

  /** Sums and differences of addresses. */
  #address(): Item {
    const from = this.#random.pick([r9, r10, r6]), to = this.#random.pick([r1, r2, r3]);
    return this.#random.pick([
      [to.mov(from)],
      [to.mov(r10), to.add(-8), r4.load(memory.u64(to, 0))],
      [to.mov(r9), r4.mov(r9), r4.sub(to)],
      [memory.u64(r10, -8).store(from), r4.load(memory.u64(r10, -8))],
    ]);
  }

  /** A function called by bpf_loop. */
  #turns(): Item {
    const start = label(`turn_${this.#functions.length}`);
    const body = [
      r0.mov(this.#random.below(5)),
      r3.mov(1),
      r4.mov(2),
      r5.mov(3),
      r2.mov(4),
      this.block(1 + this.#random.below(4), [0, 1, 2, 3, 4, 5], false),
      r0.and(1),
    ];
    this.#functions.push({ label: start, body });
    return [r1.mov(this.#random.below(9)), r2.function(start), r3.mov(0), r4.mov(0), call("loop"), this.#numbers()];
  }
}
