import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { assemble } from "../../src/bytecode/asm.ts";
import { EbpfError, ErrorCode } from "../../src/errors.ts";
import { createVirtualMap, Machine, type MachineOptions, type VirtualMap } from "../../src/vm/mod.ts";

/** A machine for a text, with its maps by name. */
function machine(text: string, maps: Readonly<Record<string, VirtualMap>> = {}, options: MachineOptions = {}): Machine {
  const program = assemble(text);
  const given = new Map(program.maps.map((map) => [map, maps[map.name]] as const));
  return new Machine(program, { ...options, maps: given });
}

const packet = new Uint8Array(60);
const value = (size = 8) => createVirtualMap({ kind: "array", name: "m", valueSize: size, maxEntries: 1 });

describe("faults", () => {
  const faults: Readonly<Record<string, readonly [text: string, why: string]>> = {
    "a register without a value": ["r0 = r3\n exit", "instruction 0, r0 = r3: r3 has no value"],
    "r0 without a value": ["exit", "instruction 0, exit: r0 has no value"],
    "an argument after a call": ["call bpf_ktime_get_ns\n r0 = r1\n exit", "r1 has no value"],
    "null": ["r2 = 0\n r0 = *(u32 *)(r2 + 4)\n exit", "it reads 4 bytes, but r2 is null"],
    "a number": ["r2 = 77\n *(u8 *)(r2 + 0) = 1\n exit", "it writes 1 bytes, but r2 is 0x4d, no address"],
    "above the stack": [
      "r0 = *(u64 *)(r10 - 4)\n exit",
      "it reads 8 bytes at offset -4 of the stack (512 bytes)",
    ],
    "below the stack": ["*(u64 *)(r10 - 520) = 1\n exit", "it writes 8 bytes at offset -520 of the stack"],
    "behind the packet": [
      "r2 = *(u32 *)(r1 + 0)\n r0 = *(u32 *)(r2 + 57)\n exit",
      "it reads 4 bytes at offset 57 of the packet (60 bytes)",
    ],
    "before the packet": [
      "r2 = *(u32 *)(r1 + 0)\n r0 = *(u8 *)(r2 - 1)\n exit",
      "it reads 1 bytes at offset -1 of the packet (60 bytes)",
    ],
    "a packet that moved": [
      `r6 = *(u32 *)(r1 + 0)
       r2 = 4
       call bpf_xdp_adjust_head
       r0 = *(u8 *)(r6 + 8)
       exit`,
      "of the packet, which is gone",
    ],
    "a place in the context": ["r0 = *(u64 *)(r1 + 0)\n exit", "it reads 8 bytes at offset 0 of the context"],
    "writing to the context": ["*(u32 *)(r1 + 0) = 1\n exit", "it writes 4 bytes at offset 0 of the context"],
    "behind a map's value": [
      "r2 = map[m][0] + 4\n r0 = *(u64 *)(r2 + 0)\n exit",
      "offset 4 of the map value m (8 bytes)",
    ],
    "a misaligned atomic": [
      "r2 = 1\n *(u64 *)(r10 - 8) = 0\n r3 = r10\n lock *(u32 *)(r3 - 7) += w2\n exit",
      "it is misaligned",
    ],
    "a helper's bytes": [
      "r1 = map[m]\n r2 = r10\n r2 += -2\n call bpf_map_lookup_elem\n exit",
      "the helper reads 4 bytes at offset -2 of the stack",
    ],
    "a helper's map": ["r1 = 5\n r2 = r10\n call bpf_map_lookup_elem\n exit", "r1 is 0x5, no address"],
    "a helper that is not there": ["call bpf_sk_storage_get\n exit", "the virtual machine has no bpf_sk_storage_get"],
    "recursion": ["call f\n exit\n f: call f\n exit", "calls are nested more than 8 deep"],
    "the limit": ["again: goto again", "it is past the limit of 1000 instructions"],
    "a reserved field": [".8byte 0x0000000000010095\n exit", "it uses reserved fields"],
    "an operation that is none": [".8byte 0x00000000000000ff\n exit", "there is no such operation"],
    "writing r10": ["r10 = 1\n exit", "r10 is read-only"],
    "returning with a lock": [
      "r1 = map[m][0] + 0\n call bpf_spin_lock\n r0 = 0\n exit",
      "it returns with a spin lock held",
    ],
    "calling with a lock": [
      "r1 = map[m][0] + 0\n call bpf_spin_lock\n call bpf_ktime_get_ns\n exit",
      "it calls a helper with a spin lock held",
    ],
  };
  for (const [name, [text, why]] of Object.entries(faults)) {
    it(`are precise: ${name}`, () => {
      const error = assertThrows(() => machine(text, { m: value() }, { limit: 1000 }).run(packet), EbpfError, why);
      assertEquals(error.code, ErrorCode.MachineFault);
    });
  }

  it("name the source line", () => {
    const { instructions } = assemble("r2 = *(u32 *)(r1 + 0)\n r0 = *(u8 *)(r2 + 99)\n exit");
    const location = { file: "/home/user/count.ts", line: 12, column: 7 };
    const lines = [
      { slot: 0, location: { ...location, line: 11 }, text: "const first = 0;" },
      { slot: 1, location, text: "  return packet.getUint8(99);" },
    ];
    const error = assertThrows(() => new Machine({ instructions, lines }).run(packet), EbpfError);
    assertEquals(error.location, location);
    assertStringIncludes(error.message, "at /home/user/count.ts:12:7\n  return packet.getUint8(99);");
  });

  it("say where in the stack of calls", () => {
    const text = "call f\n exit\n f: r0 = *(u8 *)(r10 + 0)\n exit";
    assertThrows(() => machine(text).run(packet), EbpfError, "offset 0 of the stack of call 1");
  });

  it("leave the machine usable", () => {
    const text = "r2 = *(u32 *)(r1 + 0)\n r0 = *(u8 *)(r2 + 59)\n exit";
    const runs = machine(text);
    assertThrows(() => runs.run(packet.subarray(1)), EbpfError);
    assertEquals(runs.run(packet).action, 0);
  });

  it("do not hold back programs whose flaws are never reached", () => {
    assertEquals(machine("r0 = 7\n exit\n r10 = 1\n exit").run(packet).action, 7);
  });

  const refused: readonly (readonly [string, string])[] = [
    ["goto +5\n exit", "there is no instruction 6"],
    ["goto +1\n r1 = 1 ll\n exit", "there is no instruction 2"],
    ["r0 = 1", "the program does not end with exit or a jump"],
    ["r1 = map[lost]\n exit", "Cannot run a program without its map lost"],
  ];
  for (const [text, why] of refused) {
    it(`are found at once: ${why}`, () => void assertThrows(() => machine(text), EbpfError, why));
  }
});

describe("what results depend on", () => {
  const cases: readonly (readonly [name: string, text: string, depends: boolean])[] = [
    ["numbers", "r0 = 5\n exit", false],
    ["an address", "r0 = r10\n exit", true],
    ["the distance of two addresses", "r0 = *(u32 *)(r1 + 4)\n r2 = *(u32 *)(r1 + 0)\n r0 -= r2\n exit", false],
    ["half an address", "w0 = w1\n exit", true],
    ["an address spilled and filled", "*(u64 *)(r10 - 8) = r1\n r0 = *(u64 *)(r10 - 8)\n exit", true],
    ["what it points to", "*(u64 *)(r10 - 8) = r1\n r2 = *(u64 *)(r10 - 8)\n r0 = *(u32 *)(r2 + 12)\n exit", false],
    ["bytes of the stack that were never written", "r0 = *(u8 *)(r10 - 8)\n exit", true],
    ["bytes of the stack that were", "*(u64 *)(r10 - 8) = 9\n r0 = *(u8 *)(r10 - 3)\n exit", false],
    ["a branch on an address and null", "r0 = 1\n if r10 == 0 goto out\n r0 = 2\n out: exit", false],
    ["a branch on an address's figures", "r0 = 1\n if r10 s> 5 goto out\n r0 = 2\n out: exit", true],
    [
      "a branch on two places of the packet",
      "r2 = *(u32 *)(r1 + 0)\n r3 = *(u32 *)(r1 + 4)\n r0 = 0\n if r2 < r3 goto out\n r0 = 1\n out: exit",
      false,
    ],
    ["the clock", "call bpf_ktime_get_ns\n exit", true],
    ["chance", "call bpf_get_prandom_u32\n exit", true],
    ["chance, cancelled", "call bpf_get_prandom_u32\n r0 ^= r0\n exit", false],
    ["a result of xor with an address", "r0 = 5\n r0 ^= r10\n exit", true],
  ];
  for (const [name, text, depends] of cases) {
    it(`${depends ? "is noticed" : "is nothing"}: ${name}`, () => {
      assertEquals(machine(text).run(packet).dependence !== undefined, depends);
    });
  }

  it("marks bytes of the packet", () => {
    const text = "r2 = *(u32 *)(r1 + 0)\n *(u64 *)(r2 + 8) = r10\n r0 = 0\n exit";
    const { packetDependence, dependence } = machine(text).run(packet);
    assertEquals(dependence, undefined);
    assertEquals([...packetDependence!].map((mark, index) => mark ? index : -1).filter((index) => index >= 0), [
      8,
      9,
      10,
      11,
      12,
      13,
      14,
      15,
    ]);
  });

  it("is not followed when it need not be", () => {
    const { dependence, result } = machine("r0 = r10\n exit", {}, { tracking: false }).run(packet);
    assertEquals(dependence, undefined);
    assert(result > 1n << 63n, "addresses look like the kernel's");
  });
});

describe("Machine", () => {
  it("gives the context's fields", () => {
    const text = `
      r0 = *(u32 *)(r1 + 12)
      r0 *= 100
      r2 = *(u32 *)(r1 + 16)
      r0 += r2
      r2 = *(u32 *)(r1 + 20)
      r0 *= 100
      r0 += r2
      exit`;
    assertEquals(machine(text).run(packet).action, 10000);
    const context = { ingressIfindex: 7, rxQueueIndex: 8, egressIfindex: 9 };
    assertEquals(machine(text).run(packet, context).action, 70809);
  });

  it("leaves the caller's packet alone", () => {
    const text = "r2 = *(u32 *)(r1 + 0)\n *(u8 *)(r2 + 0) = 9\n r0 = 3\n exit";
    const { packet: after, action } = machine(text).run(packet);
    assertEquals([action, after[0], packet[0], after.length], [3, 9, 0, 60]);
  });

  it("shares a variable's memory", () => {
    const memory = new ArrayBuffer(8);
    const counter = createVirtualMap({ kind: "array", valueSize: 8, maxEntries: 1, memory });
    const count = machine("r1 = map[c][0] + 4\n r2 = 1\n lock *(u32 *)(r1 + 0) += w2\n r0 = 2\n exit", { c: counter });
    const view = new Uint32Array(memory);
    view[1] = 40;
    count.run(packet);
    count.run(packet);
    assertEquals(view[1], 42);
    memory.transfer();
    assertThrows(() => count.run(packet), EbpfError);
  });

  it("jumps to other programs, which run on the same packet, and at most 33 times", () => {
    const programs = createVirtualMap({ kind: "programArray", name: "p", maxEntries: 4 });
    const memory = new Uint8Array(16);
    const counter = createVirtualMap({ kind: "array", valueSize: 16, maxEntries: 1, memory: memory.buffer });
    const again = `
      r6 = r1
      r1 = map[c][0] + 0
      r2 = 1
      lock *(u32 *)(r1 + 0) += w2
      r1 = r6
      r2 = map[p]
      r3 = 1
      call bpf_tail_call
      r0 = 77
      exit`;
    const first = machine(again, { c: counter, p: programs });
    assertEquals(first.run(packet).action, 77);
    assertEquals(memory[0], 1);
    programs.set(1, first);
    assertEquals(first.run(packet).action, 77);
    assertEquals(memory[0], 35);
    programs.set(1, machine("r2 = *(u32 *)(r1 + 0)\n *(u8 *)(r2 + 0) = 5\n r0 = 3\n exit"));
    const { action, packet: after } = first.run(packet);
    assertEquals([action, after[0]], [3, 5]);
    programs.set(1, undefined);
    assertEquals(first.run(packet).action, 77);
  });

  it("tail calls from functions return to the caller", () => {
    const programs = createVirtualMap({ kind: "programArray", name: "p", maxEntries: 1 });
    programs.set(0, machine("r0 = 5\n exit"));
    const text = "call f\n r0 += 100\n exit\n f: r2 = map[p]\n r3 = 0\n call bpf_tail_call\n r0 = 7\n exit";
    assertEquals(machine(text, { p: programs }).run(packet).action, 105);
  });

  it("looks up maps in maps", () => {
    const inner = createVirtualMap({ kind: "array", name: "inner", valueSize: 8, maxEntries: 2 });
    inner.update(Uint8Array.of(1, 0, 0, 0), Uint8Array.of(9, 0, 0, 0, 0, 0, 0, 0));
    const outer = createVirtualMap({ kind: "hashOfMaps", keySize: 4, valueSize: 4, maxEntries: 4 });
    outer.set(3, inner);
    const text = `
      *(u32 *)(r10 - 4) = 3
      r1 = map[outer]
      r2 = r10
      r2 += -4
      call bpf_map_lookup_elem
      if r0 == 0 goto out
      *(u32 *)(r10 - 4) = 1
      r1 = r0
      r2 = r10
      r2 += -4
      call bpf_map_lookup_elem
      if r0 == 0 goto out
      r0 = *(u64 *)(r0 + 0)
      out: exit`;
    const runs = machine(text, { outer });
    assertEquals(runs.run(packet).action, 9);
    outer.set(3, undefined);
    assertEquals(runs.run(packet).action, 0);
  });

  it("gives each CPU its own values", () => {
    const counts = createVirtualMap({ kind: "perCpuArray", valueSize: 8, maxEntries: 1, cpus: 4 });
    const text = `
      *(u32 *)(r10 - 4) = 0
      r1 = map[m]
      r2 = r10
      r2 += -4
      call bpf_map_lookup_elem
      if r0 == 0 goto out
      r1 = *(u64 *)(r0 + 0)
      r1 += 1
      *(u64 *)(r0 + 0) = r1
      out: r0 = 2
      exit`;
    for (const cpu of [1, 3, 3]) machine(text, { m: counts }, { cpu }).run(packet);
    const key = new Uint8Array(4);
    const values = [0, 1, 2, 3].map((cpu) => counts.get(key, cpu)![0]);
    assertEquals(values, [0, 1, 0, 2]);
  });

  it("hands out ring buffer records in order, and notices those that are kept", () => {
    const ring = createVirtualMap({ kind: "ringBuffer", name: "ring", maxEntries: 4096 });
    const reserve = "r1 = map[ring]\n r2 = 8\n r3 = 0\n call bpf_ringbuf_reserve\n if r0 == 0 goto out\n";
    const sends = `${reserve} *(u64 *)(r0 + 0) = 7\n r1 = r0\n r2 = 0\n call bpf_ringbuf_submit\n out: r0 = 2\n exit`;
    const drops = sends.replace("submit", "discard");
    for (const text of [sends, drops, sends]) machine(text, { ring }).run(packet);
    assertEquals([...ring.consume()].map((record) => record[0]), [7, 7]);
    const keeps = `${reserve} r0 = 0\n out: exit`;
    assertThrows(() => machine(keeps, { ring }).run(packet), EbpfError, "without giving back a ring buffer record");
    const late = sends.replace("r2 = 0\n", "r2 = 0\n r6 = r1\n").replace("out: r0 = 2", "out: r0 = *(u8 *)(r6 + 0)");
    const other = createVirtualMap({ kind: "ringBuffer", name: "ring", maxEntries: 4096 });
    assertThrows(() => machine(late, { ring: other }).run(packet), EbpfError, "which is gone");
  });

  it("drains the ring that user space fills", () => {
    const samples = createVirtualMap({ kind: "userRingBuffer", name: "samples", maxEntries: 4096 });
    for (const first of [3, 4, 99, 5]) samples.output(Uint8Array.of(first, 0, 0, 0));
    const text = `
      *(u64 *)(r10 - 8) = 0
      r1 = map[samples]
      r2 = function each
      r3 = r10
      r3 += -8
      r4 = 0
      call bpf_user_ringbuf_drain
      r0 *= 1000
      r1 = *(u64 *)(r10 - 8)
      r0 += r1
      exit
    each:
      r6 = r2
      r3 = r1
      r1 = r10
      r1 += -4
      r2 = 4
      r4 = 0
      r5 = 0
      call bpf_dynptr_read
      r1 = *(u32 *)(r10 - 4)
      r0 = 1
      if r1 == 99 goto out
      r2 = *(u64 *)(r6 + 0)
      r2 += r1
      *(u64 *)(r6 + 0) = r2
      r0 = 0
    out:
      exit`;
    assertEquals(machine(text, { samples }).run(packet).action, 3007);
    assertEquals(machine(text, { samples }).run(packet).action, 1005);
  });

  it("collects perf events with bytes of the packet", () => {
    const events = createVirtualMap({ kind: "perfEventArray", name: "events", maxEntries: 1 });
    const text = `
      *(u64 *)(r10 - 8) = 5
      r2 = map[events]
      r3 = ${(2n << 32n) | 0xffffffffn} ll
      r4 = r10
      r4 += -8
      r5 = 8
      call bpf_perf_event_output
      exit`;
    machine(text, { events }).run(Uint8Array.of(1, 2, 3, 4));
    assertEquals(events.consume().map((sample) => [...sample]), [[5, 0, 0, 0, 0, 0, 0, 0, 1, 2]]);
  });

  it("collects what programs print", () => {
    const format = new TextEncoder().encode("%d %u %llx %c%% %5d|\0");
    const store = [...format].map((byte, index) => `*(u8 *)(r10 - ${32 - index}) = ${byte}`).join("\n");
    const text = `${store}
      r1 = r10
      r1 += -32
      r2 = ${format.length}
      w3 = -5
      r4 = -6
      r5 = -7
      call bpf_trace_printk
      exit`;
    assertEquals(machine(text).run(packet).trace, ["-5 4294967290 fffffffffffffff9 \0%     0|"]);
  });

  it("asks the test about routes", () => {
    const text = `
      r6 = r1
      ${Array.from({ length: 8 }, (_, index) => `*(u64 *)(r10 - ${8 * (index + 1)}) = 0`).join("\n")}
      r2 = r10
      r2 += -64
      r3 = 64
      r4 = 0
      call bpf_fib_lookup
      if r0 != 0 goto out
      r1 = *(u32 *)(r10 - 56)
      r2 = 0
      call bpf_redirect
      out: exit`;
    assertEquals(machine(text).run(packet).action, 4);
    const fibLookup = (parameters: DataView) => {
      parameters.setUint32(8, 12, true);
      return 0;
    };
    const { action, redirect } = machine(text, {}, { fibLookup }).run(packet);
    assertEquals([action, redirect?.to, redirect?.index], [4, "interface", 12]);
  });

  it("records where packets are redirected to", () => {
    const devices = createVirtualMap({ kind: "devMap", name: "devices", maxEntries: 4 });
    devices.update(Uint8Array.of(2, 0, 0, 0), Uint8Array.of(5, 0, 0, 0));
    const text = "r1 = map[devices]\n r2 = 2\n r3 = 1\n call bpf_redirect_map\n exit";
    const { action, redirect } = machine(text, { devices }).run(packet);
    assertEquals([action, redirect], [4, { to: "devices", index: 2, value: 5, flags: 1n }]);
    devices.delete(Uint8Array.of(2, 0, 0, 0));
    assertEquals(machine(text, { devices }).run(packet).redirect, undefined);
  });

  it("runs on memory", () => {
    const memory = Uint8Array.of(1, 2, 3, 4);
    const { result } = machine("*(u8 *)(r1 + 0) = 9\n r0 = r2\n exit").runOnMemory(memory);
    assertEquals([result, memory[0]], [4n, 9]);
    assertEquals(machine("r0 = r1\n exit").runOnMemory().result, 0n);
  });

  it("loads packets as classic BPF does", () => {
    const text = (load: string) => `r6 = r1\n r2 = 3\n r0 = 99\n ${load}\n exit`;
    const bytes = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);
    assertEquals(machine(text("r0 = *(u16 *)skb[2]")).run(bytes).action, 0x0304);
    assertEquals(machine(text("r0 = *(u32 *)skb[r2 + 1]")).run(bytes).action, 0x05060708);
    assertEquals(machine(text("r0 = *(u32 *)skb[5]\n r0 = 7")).run(bytes).action, 0);
  });

  it("stops may_goto in the end", () => {
    const { action } = machine("r0 = 0\n again: may_goto out\n r0 += 1\n goto again\n out: exit").run(packet);
    assertEquals(action, 8 * 1024 * 1024);
  });
});

describe("long loops", () => {
  const simple = `
      r0 = 0
      r1 = 0
    again:
      r0 += r1
      r3 = r0
      r3 ^= 0x1234
      r3 >>= 3
      r0 += r3
      w4 = w0
      w4 &= 255
      r1 += 1
      if r1 != 400000 goto again
      exit`;
  const loads = `
      r0 = 0
      r1 = 0
    again:
      *(u64 *)(r10 - 8) = r1
      r3 = *(u64 *)(r10 - 8)
      *(u32 *)(r10 - 16) = w3
      w4 = *(u32 *)(r10 - 16)
      r0 += r4
      r1 += 1
      if r1 != 400000 goto again
      exit`;
  for (const [name, text] of [["of simple instructions", simple], ["half of them memory", loads]]) {
    it(`${name} end alike with and without tracking`, () => {
      const [plain, tracked] = [false, true].map((tracking) => machine(text, {}, { tracking }).runOnMemory());
      assertEquals([plain.result, plain.instructions], [tracked.result, tracked.instructions]);
      assert(plain.instructions > 2_000_000, String(plain.instructions));
    });
  }
});
