/**
 * What the library does without a kernel, as a value that can be compared: a program run as JavaScript and by the
 * virtual machine, its bytecode, a program made by hand, and what is refused.
 *
 * @module
 */
import { array, be16, EbpfError, globalVar, kernel, type Packet, packetVar, u32, u64, u8, XDP } from "../../mod.ts";
import { asm, assemble, call, disassemble, encode, exit, jump, label, memory } from "../../src/bytecode/asm.ts";
import { r0, r1, r10, r2, r3 } from "../../src/bytecode/asm.ts";
import { createVirtualMap, Machine } from "../../src/vm/mod.ts";

const IPV4 = 0x0800;
const quarter = (x: number) => x % 4;

/** Something of everything: variables of all kinds, captures, a loop, methods, big integers, division. */
class Sorter extends XDP {
  @globalVar(array(u32, 4))
  accessor lengths!: number[];
  @globalVar(u64)
  accessor sum = 0n;
  @globalVar(u32)
  accessor packets = 0;

  @packetVar(12, be16)
  accessor etherType!: number;
  @packetVar(22, u8)
  accessor timeToLive!: number;

  limit = 48;

  @kernel(() => ({ IPV4, quarter }))
  program(packet: Packet) {
    this.packets += 1;
    if (this.etherType !== IPV4) return XDP.PASS;
    this.lengths[quarter(this.timeToLive)] += this.length(packet);
    let sum = 0n;
    for (let i = 14; i < 34; i += 2) sum += BigInt(packet.getUint16(i));
    this.sum += sum * 0x1_0000_0001n;
    if (this.timeToLive <= 1) return XDP.DROP;
    this.timeToLive -= 1;
    return this.timeToLive > this.limit ? XDP.TX : XDP.PASS;
  }

  length(packet: Packet) {
    return packet.getUint16(16) & 0xfff;
  }
}

class Mistaken extends XDP {
  program() {
    return this.constructor === XDP ? XDP.DROP : XDP.PASS;
  }
}

/** An IPv4 packet, or one of another type. */
function packet(etherType: number, timeToLive: number, size = 60): Uint8Array<ArrayBuffer> {
  const bytes = Uint8Array.from({ length: size }, (_, index) => index * 37);
  bytes.set([etherType >> 8, etherType & 0xff], 12);
  bytes[22] = timeToLive;
  return bytes;
}

const packets = [
  packet(0x0800, 64),
  packet(0x0800, 33),
  packet(0x0800, 1),
  packet(0x86dd, 64),
  packet(0x0800, 64, 30),
  packet(0x0800, 255, 128),
];

/** The same object on one packet after the other. */
function sorted(on: "js" | "vm"): unknown {
  const sorter = new Sorter();
  const runs = packets.map((packet) => {
    const { name, packet: after } = sorter.test(packet, { on });
    return { name, after: hex(after) };
  });
  return { runs, packets: sorter.packets, sum: sorter.sum.toString(), lengths: [...sorter.lengths] };
}

/** A map's value is counted up for packets that are long enough. */
function byHand(): unknown {
  const counts = createVirtualMap({ kind: "hash", keySize: 4, valueSize: 8, maxEntries: 4 });
  const reference = { name: "counts" };
  const [short, missing] = [label("short"), label("missing")];
  const program = asm(
    r2.load(memory.u32(r1, 0)),
    r3.load(memory.u32(r1, 4)),
    r2.add(34),
    jump(short, r2.gt(r3)),
    memory.u32(r10, -4).store(7),
    r1.map(reference),
    r2.mov(r10),
    r2.add(-4),
    call("map_lookup_elem"),
    jump(missing, r0.eq(0)),
    r1.mov(1),
    memory.u64(r0, 0).fetchAdd(r1),
    missing,
    r0.mov(2),
    exit(),
    short,
    r0.mov(1),
    exit(),
  );
  counts.update(Uint8Array.of(7, 0, 0, 0), new Uint8Array(8));
  const machine = new Machine(program, { maps: new Map([[reference, counts]]) });
  const runs = packets.map((packet) => machine.run(packet)).map(({ action, instructions }) => [action, instructions]);
  return { runs, count: hex(counts.get(Uint8Array.of(7, 0, 0, 0))!), text: disassemble(program) };
}

/** The code of what something throws. */
function refusal(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (error instanceof EbpfError) return error.code;
    throw error;
  }
  return "nothing";
}

function hex(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** All of it. */
export function results(): { readonly [part: string]: unknown } {
  return {
    js: sorted("js"),
    vm: sorted("vm"),
    bytecode: hex(new Sorter().assemble()),
    byHand: byHand(),
    fromText: hex(encode(assemble("r0 = 0x1122334455667788 ll\n r0 = bswap32 r0\n exit").instructions)),
    fault: refusal(() => new Machine(assemble("r0 = *(u64 *)(r10 + 0)\n exit")).run(packets[0]!)),
    mistake: refusal(() => new Mistaken().check()),
  };
}

/** The code of the error that loading a program gives, where there is no kernel to load it. */
export function loading(): string {
  return refusal(() => new Sorter().load());
}
