import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { type Case, kernelAvailable, runKernel, runVirtual } from "./both.ts";

/** A key on the stack in r2, a value of 8 bytes in r3. */
const keyed = (map: string, key: number, value = 0) => `
  *(u64 *)(r10 - 8) = ${key}
  *(u64 *)(r10 - 16) = ${value}
  r1 = map[${map}]
  r2 = r10
  r2 += -8
  r3 = r10
  r3 += -16
`;
/** r9 is the map for results. */
const keep = (word: number, register = "r0") => `*(u64 *)(r9 + ${8 * word}) = ${register}\n`;
const begin = "r6 = r1\n r9 = map[out][0] + 0\n";
const end = "r0 = 2\n exit\n";
const update = (map: string, key: number, value: number, flags = 0) =>
  keyed(map, key, value) + `r4 = ${flags}\n call bpf_map_update_elem\n`;
const lookup = (map: string, key: number, word: number) =>
  keyed(map, key) +
  `call bpf_map_lookup_elem
   if r0 == 0 goto none_${word}
   r0 = *(u64 *)(r0 + 0)
   goto kept_${word}
   none_${word}: r0 = -1
   kept_${word}: ${keep(word)}`;
const remove = (map: string, key: number) => keyed(map, key) + "call bpf_map_delete_elem\n";

interface Expected extends Case {
  /** The first words of `out`. */
  readonly words: readonly bigint[];
  readonly action?: number;
  /** Why the kernel is not compared. */
  readonly only?: string;
}

const hash = { kind: "hash", keySize: 8, valueSize: 8, maxEntries: 2 } as const;

const cases: Readonly<Record<string, Expected>> = {
  "a hash map's answers": {
    maps: { m: hash },
    text: begin + update("m", 1, 11) + keep(0) + update("m", 1, 12, 1) + keep(1) + update("m", 2, 22, 2) + keep(2) +
      update("m", 2, 22, 1) + keep(3) + update("m", 3, 33) + keep(4) + update("m", 1, 13, 2) + keep(5) +
      lookup("m", 1, 6) + lookup("m", 3, 7) + remove("m", 3) + keep(8) + remove("m", 2) + keep(9) +
      update("m", 3, 33, 8) + keep(10) + update("m", 3, 33) + keep(11) + lookup("m", 3, 12) + end,
    words: [0n, -17n, -2n, 0n, -7n, 0n, 13n, -1n, -2n, 0n, -22n, 0n, 33n],
  },
  "an array's answers": {
    maps: { m: { kind: "array", keySize: 4, valueSize: 8, maxEntries: 2 } },
    text: begin + update("m", 1, 11) + keep(0) + update("m", 2, 11) + keep(1) + update("m", 1, 11, 1) + keep(2) +
      update("m", 0, 5, 2) + keep(3) + lookup("m", 0, 4) + lookup("m", 1, 5) + lookup("m", 2, 6) + remove("m", 1) +
      keep(7) + end,
    words: [0n, -7n, -17n, 0n, 5n, 11n, -1n, -22n],
  },
  "a per-CPU array": {
    maps: { m: { kind: "perCpuArray", keySize: 4, valueSize: 8, maxEntries: 2 } },
    text: begin + update("m", 1, 11) + keep(0) + lookup("m", 1, 1) + lookup("m", 0, 2) + end,
    words: [0n, 11n, 0n],
  },
  "a per-CPU hash map": {
    maps: { m: { ...hash, kind: "perCpuHash" } },
    text: begin + update("m", 7, 11) + keep(0) + update("m", 7, 12) + keep(1) + lookup("m", 7, 2) +
      update("m", 7, 1, 1) + keep(3) + remove("m", 7) + keep(4) + lookup("m", 7, 5) + end,
    words: [0n, 0n, 12n, -17n, 0n, -1n],
  },
  "a map that forgets": {
    maps: { m: { ...hash, kind: "lruHash" } },
    text: begin + update("m", 1, 11) + update("m", 2, 22) + lookup("m", 1, 0) + update("m", 3, 33) + keep(1) +
      lookup("m", 1, 2) + lookup("m", 2, 3) + lookup("m", 3, 4) + end,
    words: [11n, 0n, 11n, -1n, 33n],
    only: "the kernel forgets in another order",
  },
  "longest prefixes": {
    maps: { m: { kind: "lpmTrie", keySize: 8, valueSize: 8, maxEntries: 3, flags: 1 } },
    // Keys are the length in the low half and four bytes of address above it; stored by halves.
    text: begin +
      [[8, 0x0a, 100, 0], [16, 0x010a, 200, 0], [33, 0, 1, 0], [0, 0, 7, 0], [24, 0x02010a, 1, 0]].map(
        ([length, address, value], index) => `
          *(u32 *)(r10 - 8) = ${length}
          *(u32 *)(r10 - 4) = ${address}
          *(u64 *)(r10 - 16) = ${value}
          r1 = map[m]
          r2 = r10
          r2 += -8
          r3 = r10
          r3 += -16
          r4 = 0
          call bpf_map_update_elem
          ${keep(index)}`,
      ).join("") +
      [0x0302010a, 0x0303030a, 0x0101010b].map((address, index) => `
          *(u32 *)(r10 - 8) = 32
          *(u32 *)(r10 - 4) = ${address}
          r1 = map[m]
          r2 = r10
          r2 += -8
          call bpf_map_lookup_elem
          if r0 == 0 goto out_${index}
          r0 = *(u64 *)(r0 + 0)
          out_${index}: ${keep(5 + index)}`).join("") + end,
    words: [0n, 0n, -22n, 0n, -28n, 200n, 100n, 7n],
  },
  "queues and stacks": {
    maps: { q: { kind: "queue", valueSize: 8, maxEntries: 2 }, s: { kind: "stack", valueSize: 8, maxEntries: 2 } },
    text: begin +
      ["q", "s"].map((map, index) => {
        const at = 8 * index;
        const push = (value: number, flags: number, word: number) => `
          *(u64 *)(r10 - 8) = ${value}
          r1 = map[${map}]
          r2 = r10
          r2 += -8
          r3 = ${flags}
          call bpf_map_push_elem
          ${keep(at + word)}`;
        const take = (how: string, word: number) => `
          *(u64 *)(r10 - 8) = 99
          r1 = map[${map}]
          r2 = r10
          r2 += -8
          call bpf_map_${how}_elem
          r1 = *(u64 *)(r10 - 8)
          r0 <<= 8
          r0 += r1
          ${keep(at + word)}`;
        return push(1, 0, 0) + push(2, 0, 1) + push(3, 0, 2) + push(4, 2, 3) + take("peek", 4) + take("pop", 5) +
          take("pop", 6) + take("pop", 7);
      }).join("") + end,
    words: [0n, 0n, -7n, 0n, 2n, 2n, 4n, -512n, 0n, 0n, -7n, 0n, 4n, 4n, 2n, -512n],
  },
  "a Bloom filter": {
    maps: { m: { kind: "bloomFilter", valueSize: 8, maxEntries: 100 } },
    text: begin +
      [["push", 5], ["peek", 5], ["peek", 6]].map(([how, value], index) => `
        *(u64 *)(r10 - 8) = ${value}
        r1 = map[m]
        r2 = r10
        r2 += -8
        r3 = 0
        call bpf_map_${how}_elem
        ${keep(index)}`).join("") + end,
    words: [0n, 0n, -2n],
  },
  "a ring buffer": {
    maps: { m: { kind: "ringBuffer", maxEntries: 4096 } },
    text: begin + `
      *(u64 *)(r10 - 8) = 7
      r1 = map[m]
      r2 = r10
      r2 += -8
      r3 = 8
      r4 = 0
      call bpf_ringbuf_output
      ${keep(0)}
      r1 = map[m]
      r2 = 12
      r3 = 0
      call bpf_ringbuf_reserve
      if r0 == 0 goto out
      *(u32 *)(r0 + 8) = 3
      *(u64 *)(r0 + 0) = 5
      r1 = r0
      r2 = 0
      call bpf_ringbuf_submit
      r1 = map[m]
      r2 = 4000
      r3 = 0
      call bpf_ringbuf_reserve
      if r0 == 0 goto out
      r1 = r0
      r2 = 0
      call bpf_ringbuf_discard
      r1 = map[m]
      r2 = 100
      r3 = 0
      call bpf_ringbuf_reserve
      ${keep(1)}
      if r0 == 0 goto out
      r1 = r0
      r2 = 0
      call bpf_ringbuf_discard
    out:` + [0, 1, 2, 3].map((what) => `
      r1 = map[m]
      r2 = ${what}
      call bpf_ringbuf_query
      ${keep(2 + what)}`).join("") + end,
    words: [0n, 0n, 4048n, 4096n, 0n, 4048n],
  },
  "redirects": {
    maps: {
      d: { kind: "devMap", keySize: 4, valueSize: 4, maxEntries: 4 },
      c: { kind: "cpuMap", keySize: 4, valueSize: 4, maxEntries: 4 },
      h: { kind: "devMapHash", keySize: 4, valueSize: 4, maxEntries: 4 },
    },
    text: begin +
      [["d", 1, 2], ["d", 9, 1], ["c", 0, 8], ["h", 3, 3], ["h", 3, 32], ["d", 0, 10]].map((
        [map, key, flags],
        index,
      ) => `
        r1 = map[${map}]
        r2 = ${key}
        r3 = ${flags}
        call bpf_redirect_map
        ${keep(index)}`).join("") + `
      r1 = 1
      r2 = 1
      call bpf_redirect
      ${keep(6)}
      r1 = 1
      r2 = 0
      call bpf_redirect
      ${keep(7)}` + end,
    words: [2n, 1n, 0n, 3n, 0n, 4n, 0n, 4n],
  },
  "tail calls that fail go on": {
    maps: { m: { kind: "programArray", keySize: 4, valueSize: 4, maxEntries: 2 } },
    text: begin + `
      r1 = r6
      r2 = map[m]
      r3 = 1
      call bpf_tail_call
      r0 = 5
      ${keep(0)}` + end,
    words: [5n],
  },
  "bpf_loop": {
    text: begin + `
      *(u64 *)(r10 - 8) = 0
      r1 = 10
      r2 = function add
      r3 = r10
      r3 += -8
      r4 = 0
      call bpf_loop
      ${keep(0)}
      r1 = *(u64 *)(r10 - 8)
      ${keep(1, "r1")}
      r1 = 8388609
      r2 = function add
      r3 = r10
      r3 += -8
      r4 = 0
      call bpf_loop
      ${keep(2)}
      r1 = 1
      r2 = function add
      r3 = r10
      r3 += -8
      r4 = 1
      call bpf_loop
      ${keep(3)}` + end + `
    add:
      r3 = *(u64 *)(r2 + 0)
      r3 += r1
      *(u64 *)(r2 + 0) = r3
      r0 = 0
      if r1 < 6 goto more
      r0 = 1
    more:
      exit`,
    words: [7n, 21n, 0xfffffff9n, -22n],
  },
  "elements of a map, one after the other": {
    maps: { m: { kind: "array", keySize: 4, valueSize: 8, maxEntries: 4 } },
    text: begin + update("m", 0, 1) + update("m", 2, 30) + `
      *(u64 *)(r10 - 8) = 0
      r1 = map[m]
      r2 = function each
      r3 = r10
      r3 += -8
      r4 = 0
      call bpf_for_each_map_elem
      ${keep(0)}
      r1 = *(u64 *)(r10 - 8)
      ${keep(1, "r1")}` + end + `
    each:
      r5 = *(u32 *)(r2 + 0)
      r3 = *(u64 *)(r3 + 0)
      r5 *= 100
      r5 += r3
      r3 = *(u64 *)(r4 + 0)
      r3 += r5
      *(u64 *)(r4 + 0) = r3
      r0 = 0
      exit`,
    words: [4n, 631n],
  },
  "checksums": {
    packet: Uint8Array.from({ length: 64 }, (_, index) => index * 37 & 255),
    text: begin + `
      r7 = *(u32 *)(r6 + 0)
      r8 = *(u32 *)(r6 + 4)
      r1 = r7
      r1 += 64
      if r1 > r8 goto out` +
      [[0, 20, 0, 20, 0], [0, 0, 0, 40, 7], [4, 16, 0, 0, -1], [0, 0, 0, 0, 70000], [0, 3, 0, 4, 0], [0, 8, 8, 8, 1]]
        .map(
          ([from, fromSize, to, toSize, seed], index) => `
        r1 = r7
        r1 += ${from}
        r2 = ${fromSize}
        r3 = r7
        r3 += ${to! + 20}
        r4 = ${toSize}
        w5 = ${seed}
        call bpf_csum_diff
        ${keep(index)}`,
        ).join("") +
      "out:" + end,
    words: [],
  },
  "the packet's ends": {
    packet: Uint8Array.from({ length: 64 }, (_, index) => index),
    text: begin +
      [
        ["head", 8],
        ["head", 43],
        ["meta", -8],
        ["meta", -3],
        ["head", -4],
        ["tail", -10],
        ["tail", -60],
        ["tail", 100],
        ["meta", 4],
        ["head", -5000],
      ].map(
        ([what, by], index) => `
        r1 = r6
        r2 = ${by}
        call bpf_xdp_adjust_${what}
        ${keep(index)}`,
      ).join("") + `
      r1 = r6
      call bpf_xdp_get_buff_len
      ${keep(10)}
      r1 = r6
      r2 = 20
      r3 = r9
      r3 += 96
      r4 = 8
      call bpf_xdp_load_bytes
      ${keep(11)}
      r1 = r6
      r2 = 150
      r3 = r9
      r3 += 104
      r4 = 8
      call bpf_xdp_load_bytes
      ${keep(14)}` + end,
    words: [0n, -22n, 0n, -13n, 0n, 0n, -22n, 0n, 0n, -22n, 150n, 0n, 0x1f1e1d1c1b1a1918n, 0n, -22n],
  },
  "pointers that know their size": {
    maps: {
      m: { kind: "ringBuffer", maxEntries: 4096 },
      v: { kind: "array", keySize: 4, valueSize: 32, maxEntries: 1 },
    },
    text: begin + `
      r1 = map[v][0] + 0
      *(u64 *)(r1 + 8) = 0x11223344
      r2 = 24
      r3 = 0
      r4 = r10
      r4 += -16
      call bpf_dynptr_from_mem
      ${keep(0)}` + [[8, 8, 0], [4, 20, 0], [8, 20, 0], [8, 0, 1]].map(([size, offset, flags], index) => `
      *(u64 *)(r10 - 24) = 77
      r1 = r10
      r1 += -24
      r2 = ${size}
      r3 = r10
      r3 += -16
      r4 = ${offset}
      r5 = ${flags}
      call bpf_dynptr_read
      ${keep(1 + 2 * index)}
      r1 = *(u64 *)(r10 - 24)
      ${keep(2 + 2 * index, "r1")}`).join("") + `
      *(u64 *)(r10 - 24) = 99
      r1 = r10
      r1 += -16
      r2 = 16
      r3 = r10
      r3 += -24
      r4 = 8
      r5 = 0
      call bpf_dynptr_write
      ${keep(9)}
      r1 = r10
      r1 += -16
      r2 = 16
      r3 = 8
      call bpf_dynptr_data
      if r0 == 0 goto none
      r0 = *(u64 *)(r0 + 0)
    none:
      ${keep(10)}
      r1 = map[m]
      r2 = 16
      r3 = 0
      r4 = r10
      r4 += -40
      call bpf_ringbuf_reserve_dynptr
      ${keep(11)}
      r1 = r10
      r1 += -40
      r2 = 8
      r3 = r10
      r3 += -24
      r4 = 8
      r5 = 0
      call bpf_dynptr_write
      ${keep(12)}
      r1 = r10
      r1 += -40
      r2 = 0
      call bpf_ringbuf_submit_dynptr
      r1 = map[m]
      r2 = 5000
      r3 = 0
      r4 = r10
      r4 += -40
      call bpf_ringbuf_reserve_dynptr
      ${keep(13)}
      r1 = r10
      r1 += -40
      r2 = 0
      call bpf_ringbuf_discard_dynptr
      r1 = map[m]
      r2 = 3
      call bpf_ringbuf_query
      ${keep(14)}` + end,
    words: [0n, 0n, 0x11223344n, 0n, 0n, -7n, 77n, -22n, 77n, 0n, 99n, 0n, 0n, -22n, 24n],
  },
  "text compared": {
    text: begin + `
      *(u64 *)(r10 - 8) = 0x00646362
      r1 = r10
      r1 += -8
      r2 = 8
      r3 = map[text][0] + 0
      call bpf_strncmp
      ${keep(0)}` + end,
    maps: { text: { kind: "array", keySize: 4, valueSize: 8, maxEntries: 1, flags: 0x80 } },
    words: [1n],
    only: "the kernel wants the text in a frozen map",
  },
};

describe("helpers", () => {
  for (const [name, { words, action, only, ...test }] of Object.entries(cases)) {
    it(name, () => {
      const virtual = runVirtual(test);
      assertEquals(virtual.words.slice(0, words.length), words);
      if (action !== undefined) assertEquals(virtual.action, action);
    });
    if (only) console.log(`not compared with the kernel: ${name}: ${only}`);
    else {
      it(`${name}, as in the kernel`, { ignore: !kernelAvailable }, () => {
        const { action, words, packet } = runVirtual(test);
        assertEquals({ action, words, packet }, runKernel(test));
      });
    }
  }
});
