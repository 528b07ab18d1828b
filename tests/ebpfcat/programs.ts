/**
 * The cases of the ebpfcat corpus as programs of our language, by the cases' names. Their variables are made from the
 * corpus: `Q q I i H h B b` are u64 to i8, `x` is `fixed`.
 *
 * @module
 */

// deno-lint-ignore-file no-explicit-any eqeqeq -- variables are made at run time; == compares numbers with bigints
import { be16, bits, type Packet, struct, type Type, u8, XDP, type XdpAction } from "../../mod.ts";

/** `this` of a program: its variables, and what all programs of the table have. */
type This = Record<string, any>;
type Body = (this: This, packet: Packet) => XdpAction | void;

/** How far results may be apart, in steps of fixed point, and why; `on` says that it is so on one engine only. */
interface Apart {
  readonly steps: bigint;
  readonly why: string;
  readonly on?: "js";
}

/** One case. */
export interface Translation {
  readonly program: Body;
  /** Variables in the packet: offset and type. */
  readonly packetVariables?: Readonly<Record<string, readonly [offset: number, type: Type<any>]>>;
  readonly minimumPacketSize?: number;
  readonly defaultAction?: XdpAction;
  /** Where we mean something else than the corpus. */
  readonly apart?: Apart;
}

/** Cases that have no program here, and why. */
export const notApplicable: Readonly<Record<string, string>> = {
  "hashmap-globals": "variables in hash maps are not there yet",
  "hashmap-const-store": "variables in hash maps are not there yet",
  "dict-basic": "hash maps are not there yet",
  "dict-iterate-empty": "hash maps are not there yet",
  "dict-lru": "hash maps are not there yet",
  "dict-percpu": "hash maps are not there yet",
  "build-call-clobbers": "about registers, which our programs do not name",
  "build-expr-as-bool": "about tracing: in our programs `if` is JavaScript's own",
  "pin-hashmap": "pinning is not there yet",
};

const ROUNDED = { steps: 1n, why: "the corpus cuts hundred-thousandths off, we round to the nearest" };
const Bits3456 = struct({ low: bits(3), field: bits(4), high: bits(1) });
const Bits5And12 = struct({ low: bits(1), g: bits(2), middle: bits(2), f: bits(1), high: bits(2) });

/** All six comparisons, a bit each. */
const compared: Body = function () {
  this.o = this.compare(this.a, this.b);
};
const comparedTo100: Body = function () {
  this.o = this.compare(this.a, 100);
};
const comparedTo100n: Body = function () {
  this.o = this.compare(this.a, 100n);
};
const negated: Body = function () {
  this.o = BigInt(-this.c);
};
const absoluteNumber: Body = function () {
  this.o = Math.abs(this.a);
};
const absoluteToBigInt: Body = function () {
  this.o = BigInt(Math.abs(this.a));
};
/** A local of up to 32 bits gets an i64 and gives it back. */
const throughLocal: Body = function () {
  this.l = Number(this.a & 0xffffffffn);
  this.o = BigInt(this.l);
};
const addedToLocal: Body = function () {
  this.l = 1;
  this.l += Number(this.a & 0xffffffffn);
  this.l += 3;
  this.l -= 4;
  this.o = BigInt(this.l);
};

/** What every program of the table has besides its variables. */
export abstract class Case extends XDP {
  compare(a: number | bigint, b: number | bigint): bigint {
    let mask = 0;
    if (a > b) mask |= 1;
    if (a >= b) mask |= 2;
    if (a < b) mask |= 4;
    if (a <= b) mask |= 8;
    if (a == b) mask |= 16;
    if (a != b) mask |= 32;
    return BigInt(mask);
  }
}

const programs: Readonly<Record<string, Body | Translation>> = {
  "assign-const": function () {
    const first = 7n;
    const second = first;
    this.o1 = first;
    this.o2 = second;
  },
  "word-zext": function () {
    this.o = BigInt.asUintN(32, this.a);
  },
  "word-add-reg": function () {
    this.o = BigInt.asUintN(32, this.a + this.b);
  },
  "aug-add-imm": function () {
    let x = this.a;
    x += 7n;
    this.o = x;
  },
  "aug-sub-imm": function () {
    let x = this.a;
    x -= 3n;
    this.o = x;
  },
  "aug-sub-reg": function () {
    let x = this.a;
    x -= this.b;
    this.o = x;
  },
  "aug-mul-reg": function () {
    let x = this.a;
    x *= this.b;
    this.o = x;
  },
  "aug-div-imm": function () {
    let x = this.a;
    x /= 3n;
    this.o = x;
  },
  "aug-mod-imm": function () {
    let x = this.a;
    x %= 3n;
    this.o = x;
  },
  "aug-mod-reg": function () {
    let x = this.a;
    const b = this.b;
    if (b !== 0n) x %= b;
    this.o = x;
  },
  "aug-or-reg": function () {
    let x = this.a;
    x |= this.b;
    this.o = x;
  },
  "aug-and-imm": function () {
    let x = this.a;
    x &= 3n;
    this.o = x;
  },
  "aug-xor-imm": function () {
    let x = this.a;
    x ^= 3n;
    this.o = x;
  },
  "aug-xor-reg": function () {
    let x = this.a;
    x ^= this.b;
    this.o = x;
  },
  "aug-shl-reg": function () {
    let x = this.a;
    x <<= this.b & 63n;
    this.o = x;
  },
  "aug-shr-imm": function () {
    let x = this.a;
    x >>= 3n;
    this.o = x;
  },
  "aug-sar-imm": function () {
    let x = this.a;
    x >>= 3n;
    this.o = x;
  },
  "aug-sar-reg": function () {
    let x = this.a;
    x >>= this.b & 63n;
    this.o = x;
  },
  "signed-mod": function () {
    const b = this.b;
    this.o = b === 0n ? this.a : this.a % b;
  },
  "signed-div-i32-var": function () {
    this.o = this.a / 3;
  },
  "mem-store-sizes": function (packet) {
    packet.setBigUint64(0, 0n);
    packet.setBigUint64(8, 0n);
    packet.setUint8(15, 7);
    packet.setUint16(12, 3, true);
    packet.setUint32(8, 5, true);
    packet.setBigUint64(0, 2n, true);
    this.o1 = BigInt(packet.getUint8(15));
    this.o2 = BigInt(packet.getUint16(12, true));
    this.o3 = BigInt(packet.getUint32(8, true));
    this.o4 = packet.getBigUint64(0, true);
    this.o5 = packet.getBigUint64(8, true);
  },
  "mem-load-signs": function (packet) {
    packet.setBigUint64(0, this.a, true);
    this.ob = BigInt(packet.getInt8(0));
    this.oB = BigInt(packet.getUint8(0));
    this.oh = BigInt(packet.getInt16(0, true));
    this.oH = BigInt(packet.getUint16(0, true));
    this.oi = BigInt(packet.getInt32(0, true));
    this.oI = BigInt(packet.getUint32(0, true));
    this.oq = packet.getBigInt64(0, true);
    this.oQ = packet.getBigUint64(0, true);
  },
  "mem-var-offset": function () {
    const index = Number(this.a & 7n);
    let word = 0n;
    for (let i = 0; i < 8; i++) {
      const byte = i === index ? 0xabn : 0n;
      word |= byte << BigInt(8 * i);
    }
    this.o = word;
  },
  "local-b": throughLocal,
  "local-h": throughLocal,
  "local-H": throughLocal,
  "local-I": throughLocal,
  "local-q": function () {
    this.l = this.a;
    this.o = this.l;
  },
  "local-mix": function () {
    this.a_ = 5;
    this.b_ = this.c >> 3;
    this.d_ = BigInt(this.b_);
    this.o = this.d_;
    this.o2 = BigInt(this.a_);
  },
  "local-fixed-from-int": function () {
    this.lx = Number(BigInt.asIntN(48, this.a));
    this.o = this.lx;
  },
  "fixed-to-I": function () {
    this.o = this.a;
  },
  "fixed-to-q": function () {
    this.o = BigInt(Math.trunc(this.a));
  },
  "bits-field4": {
    packetVariables: { byte: [0, u8], bits: [0, Bits3456] },
    program() {
      this.byte = this.init;
      this.o1 = BigInt(this.bits.field);
      this.bits.field = this.newval;
      this.o = BigInt(this.byte);
    },
  },
  "bits-not-and-set": {
    packetVariables: { byte: [0, u8], bits: [0, Bits5And12] },
    program() {
      this.byte = this.init;
      if (!this.bits.f) this.bits.g = 3;
      if (this.bits.g) this.bits.f = false;
      this.o = BigInt(this.byte);
    },
  },
  "bits-and-or": {
    packetVariables: { byte: [0, u8], bits: [0, Bits5And12] },
    program() {
      this.byte = this.init;
      const { f } = this.bits;
      this.o = (f && this.s > 0) || (!f && this.s < 0) ? 7n : 1n;
    },
  },
  "sext-i8-i32-to-u16": function () {
    this.H_ = this.a + this.c;
    this.o = BigInt(this.H_);
  },
  "mul-i32-to-i64": function () {
    this.o = BigInt(this.a) * BigInt(this.b);
  },
  "sub-u32-to-i64": function () {
    this.o = BigInt(this.a - this.b);
  },
  "mixed-w-from-r-plus-w": function () {
    this.o = BigInt.asUintN(32, this.a + BigInt.asUintN(32, this.b));
  },
  "mixed-r-from-w-plus-w": function () {
    this.o = BigInt.asUintN(32, this.a) + BigInt.asUintN(32, this.b);
  },
  "atomic-add-I": addedToLocal,
  "atomic-add-i": addedToLocal,
  "atomic-add-Q": function () {
    this.l = 1n;
    this.l += this.a;
    this.l += 3n;
    this.l -= 4n;
    this.o = this.l;
  },
  "nonatomic-add-b": addedToLocal,
  "nonatomic-add-h": addedToLocal,
  "nonatomic-add-H": addedToLocal,
  "atomic-add-map": function () {
    this.g += 5;
  },
  "cmp-u64-reg": compared,
  "cmp-u64-imm": function () {
    this.o = this.compare(this.a, 3);
  },
  "cmp-i64-imm": function () {
    this.o = this.compare(this.a, -3);
  },
  "cmp-var-b-imm": comparedTo100,
  "cmp-var-B-imm": comparedTo100,
  "cmp-var-H-imm": comparedTo100,
  "cmp-var-i-imm": comparedTo100,
  "cmp-var-q-imm": comparedTo100n,
  "cmp-var-Q-imm": comparedTo100n,
  "cmp-var-B-b": compared,
  "cmp-var-h-H": compared,
  "cmp-var-I-i": compared,
  "cmp-var-i-Q": compared,
  "cmp-var-b-q": compared,
  "cmp-var-I-q": compared,
  "cmp-var-q-Q": compared,
  "cmp-var-I-Q": compared,
  "cmp-mixed-regs": function () {
    this.o = BigInt.asIntN(64, this.a) > this.b ? 1n : 0n;
  },
  "jump-mask": function () {
    this.o = 0n;
    if (!(this.a & 6n)) this.o = 1n;
  },
  "with-nested-else": function () {
    if (this.a > 3) {
      this.o = 5n;
      if (this.a > 10) this.o = 6n;
      else this.o2 = 8n;
    } else this.o = 7n;
  },
  "logic-and": function () {
    this.o = this.a > 3 && this.b > 2 ? 1n : 2n;
  },
  "logic-and-or": function () {
    this.o = (this.a > 3 && this.b > 2) || this.c > 5 ? 1n : 2n;
  },
  "logic-or-and": function () {
    this.o = (this.a > 3 || this.b > 2) && this.c > 5 ? 1n : 2n;
  },
  "logic-not-or-and": function () {
    this.o = !(this.a > 3 || this.b > 2) && this.c > 5 ? 1n : 2n;
  },
  "logic-mixed-eq": function () {
    this.o = (this.a === 4n || this.b !== 3n) && !this.c ? 1n : 2n;
  },
  "logic-mask-or": function () {
    this.o = this.a & 4n || this.b > 2 ? 1n : 2n;
  },
  "sum-chain-reg": function () {
    this.o = this.a + 5n + this.a;
  },
  "sum-chain-sub": function () {
    this.o = this.a - 5n - this.a * 2n;
  },
  "comp-binary": function () {
    const sum = BigInt.asUintN(64, this.a + this.b);
    this.o = sum > 3 ? 5n : 7n;
    if (!(this.o < sum)) this.o = 8n;
  },
  "const-huge": function () {
    this.o1 = 0x1234567890n;
    this.o2 = 0x90000000n;
    this.o3 = -0x1234567890n;
    this.o4 = -1n;
    this.o5 = 0xffffffffffffffffn;
    this.o6 = 0x80000000n;
    this.o7 = -0x80000000n;
    this.o8 = -0x80000001n;
    this.o = this.a + 0x1234567890n;
  },
  // Constants that do not fit are refused: what is meant has to be said.
  "const-narrow": function () {
    this.o1 = 0x12345 & 0xffff;
    this.o2 = 0x90000000;
    this.o3 = -1;
    this.o4 = 300 & 0xff;
  },
  // A divisor must be shown not to be zero; where it is, the corpus has the processor's 0 and the dividend.
  "reverse-binary": function () {
    const divisor = BigInt.asUintN(64, this.a + 2n);
    const modulus = BigInt.asUintN(64, this.a + 3n);
    const count = this.a & 63n;
    this.o1 = divisor === 0n ? 0n : 7n / divisor;
    this.o2 = 7n << count;
    this.o3 = modulus === 0n ? 7n : 7n % modulus;
    this.o4 = 7n >> count;
    this.o5 = -7n >> count;
    this.o6 = 100n - this.a;
  },
  "negate": function () {
    this.o1 = -this.a;
    this.o2 = -(this.a + 3n);
  },
  "abs-keeps-operand": function () {
    const x = this.a;
    this.o1 = x < 0 ? -x : x;
    this.o2 = x;
  },
  "negate-b-to-i64": negated,
  "negate-i-to-i64": negated,
  "negate-B-to-i64": negated,
  "negate-I-to-i64": negated,
  "cmp-short-keeps-operand": function () {
    const x = this.a;
    this.o1 = BigInt.asIntN(32, x) > this.b ? 1n : 0n;
    this.o2 = x;
  },
  "abs-b-to-i64": absoluteToBigInt,
  "abs-b-to-i32": absoluteNumber,
  "abs-h-to-i32": absoluteNumber,
  "abs-i-to-i64": absoluteToBigInt,
  "abs-fixed": function () {
    this.ox = Math.abs(this.x_);
  },
  "temporaries": function () {
    let outer = 3n;
    this.o1 = outer;
    {
      const inner = 5n;
      this.o2 = inner;
    }
    outer += this.a;
    this.o3 = outer;
    const whole = Math.trunc(3.0);
    this.o4 = whole * 3.5;
  },
  "fx-sub": function () {
    this.o = this.a - this.b;
  },
  "fx-mul": {
    apart: ROUNDED,
    program() {
      this.o = this.a * this.b;
    },
  },
  "fx-floordiv": function () {
    const b = this.b;
    this.o = b === 0 ? 0 : Math.trunc(this.a / b);
  },
  "fx-mod": function () {
    const b = this.b;
    this.o = b === 0 ? this.a : this.a % b;
  },
  "fx-int-sub": function () {
    this.o = Number(BigInt.asIntN(48, this.a)) - this.b;
  },
  "fx-int-mul": function () {
    this.o = Number(BigInt.asIntN(32, this.a)) * this.b;
  },
  "fx-int-floordiv": function () {
    const b = this.b;
    this.o = b === 0 ? 0 : Math.trunc(Number(BigInt.asIntN(48, this.a)) / b);
  },
  "fx-intint-div": {
    apart: ROUNDED,
    program() {
      this.o = Number(BigInt.asIntN(48, this.a)) / 3;
    },
  },
  "fx-int-div-const": {
    apart: ROUNDED,
    program() {
      this.o = Number(BigInt.asIntN(48, this.a)) / 3.5;
    },
  },
  "fx-int-plus-const": function () {
    this.o = Number(BigInt.asIntN(48, this.a)) + 3.5;
  },
  "fx-const-div-int": {
    apart: ROUNDED,
    program() {
      const a = Number(BigInt.asIntN(48, this.a));
      this.o = a === 0 ? 0 : 3.5 / a;
    },
  },
  "fx-intconst-div-int": {
    apart: ROUNDED,
    program() {
      const a = Number(BigInt.asIntN(48, this.a));
      this.o = a === 0 ? 0 : 3 / a;
    },
  },
  "fx-times-int": function () {
    this.o = this.a * 3;
  },
  "fx-times-const": {
    apart: ROUNDED,
    program() {
      this.o = this.a * 1.5;
    },
  },
  "fx-floordiv-int": function () {
    this.o = Math.trunc(this.a / 3);
  },
  "fx-mod-int": function () {
    this.o = this.a % 4;
  },
  "fx-const-floordiv": {
    apart: { steps: 100_000n, on: "js", why: "with doubles, 4.5 / 0.00001 is just below 450,000" },
    program() {
      const a = this.a;
      this.o = a === 0 ? 0 : Math.trunc(4.5 / a);
    },
  },
  "fx-neg": function () {
    this.o = -this.a;
  },
  "fx-compare": function () {
    let mask = 0;
    if (this.a > 3) mask |= 1;
    if (3 > this.a) mask |= 2;
    if (this.a >= 3.5) mask |= 4;
    if (this.i_ > 3.5) mask |= 8;
    if (this.i_ == this.a) mask |= 16;
    if (this.a < this.b) mask |= 32;
    this.o = BigInt(mask);
  },
  "fx-doc": {
    apart: ROUNDED,
    program() {
      this.o = this.i_ / 5;
      this.o2 = Math.trunc(this.i_ / 5);
    },
  },
  "xdp-size-ge": function (packet) {
    if (packet.byteLength >= 100) this.o = BigInt(packet.getUint8(99));
    else this.o = 777n;
    return 1;
  },
  "xdp-size-lt": function (packet) {
    if (packet.byteLength < 100) this.o = 1n;
    else this.o = packet.getBigUint64(92, true);
    return 3;
  },
  "xdp-default-exit": {
    minimumPacketSize: 64,
    defaultAction: XDP.DROP,
    program() {
      this.o = 9n;
      return XDP.TX;
    },
  },
  "endian-read": function (packet) {
    this.o1 = BigInt(packet.getUint16(20, true));
    this.o2 = BigInt(packet.getInt32(28));
    this.o3 = packet.getBigInt64(36);
    this.o4 = BigInt(packet.getUint8(13));
    this.o5 = BigInt(packet.getUint16(12));
  },
  "xdp-count-ip": {
    minimumPacketSize: 16,
    packetVariables: { etherType: [12, be16] },
    program() {
      if (this.etherType === 0x800) this.count += 1;
      return XDP.PASS;
    },
  },
  "xdp-swap-mac": function (packet) {
    for (let i = 0; i < 6; i++) {
      const byte = packet.getUint8(i);
      packet.setUint8(i, packet.getUint8(i + 6));
      packet.setUint8(i + 6, byte);
    }
    this.o = this.a;
    return XDP.TX;
  },
};

/** The translation of a case. */
export function translationOf(id: string): Translation | undefined {
  const found = programs[id];
  return typeof found === "function" ? { program: found } : found;
}

/** The cases that have a program here. */
export const translated: readonly string[] = Object.keys(programs);
