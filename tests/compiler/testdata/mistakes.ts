/**
 * Programs that newcomers write and that are refused, each with what it shows; `mistakes.txt` has the errors.
 *
 * @module
 */

// deno-lint-ignore-file no-explicit-any no-var prefer-const require-await -- these are mistakes
import {
  array,
  ArrayMap,
  bool,
  globalVar,
  HashMap,
  i8,
  kernel,
  localVar,
  type Packet,
  packetVar,
  struct,
  u16,
  u32,
  u64,
  u8,
  XDP,
} from "../../../mod.ts";

const LIMIT = 5;
const any = (x: unknown) => x as any;
function helper(size: number) {
  return size + LIMIT;
}
function countdown(this: XDP, n: number): number {
  return n > 0 ? countdown.call(this, n - 1) : 0;
}
kernel(() => ({ countdown }), countdown);
const elsewhere = {
  limit: 3,
  make() {
    return () => this.limit;
  },
};
class Point {
  x = 1;
}

const Flow = struct({ packets: u64, bytes: u32 });

/** The variables that the mistakes use. */
abstract class Mistake extends XDP {
  @globalVar(u32)
  accessor count = 0;
  @globalVar(u8)
  accessor small = 0;
  @globalVar(i8)
  accessor signed = 0;
  @globalVar(u64)
  accessor total = 0n;
  @globalVar(bool)
  accessor flag = false;
  @localVar(u16)
  accessor local = 0;
  @packetVar(12, u16)
  accessor type!: number;
  flows: any = new HashMap(u32, Flow, { maxEntries: 16 });
  counts: any = new HashMap(u32, u32, { maxEntries: 16 });
  slots: any = new ArrayMap(Flow, { maxEntries: 16 });
  big: any = new HashMap(u32, array(u64, 5000), { maxEntries: 16 });
  limit = 10;
  name = "eth0";
  table = [1, 2, 3];
  rules = [{ port: 80 }, { port: 443 }];
}

/** What the error is about → the class. */
export const mistakes: Readonly<Record<string, new () => XDP>> = {
  "a string added to a counter": class extends Mistake {
    @globalVar(u32)
    accessor own = 0;
    program() {
      this.count += "1" as any;
    }
  },
  "a string where a number belongs": class extends Mistake {
    @globalVar(u32)
    accessor own = 0;
    program() {
      this.count = this.name as any;
    }
  },
  "any() not captured": class extends Mistake {
    @globalVar(u32)
    accessor own = 0;
    program() {
      this.count = any(1);
    }
  },
  "a module constant not captured": class extends Mistake {
    @globalVar(u32)
    accessor own = 0;
    program() {
      if (this.count > LIMIT) return XDP.DROP;
    }
  },
  "a module function not captured": class extends Mistake {
    @globalVar(u32)
    accessor own = 0;
    program() {
      this.count = helper(3);
    }
  },
  "a captured function that does not capture": class extends Mistake {
    @globalVar(u32)
    accessor own = 0;
    @kernel(() => ({ helper }))
    program() {
      this.count = helper(3);
    }
  },
  "this. forgotten": class extends Mistake {
    @globalVar(u32)
    accessor own = 0;
    program() {
      // @ts-ignore: the mistake
      count += 1;
    }
  },
  "this. forgotten on the right": class extends Mistake {
    @globalVar(u32)
    accessor own = 0;
    program() {
      // @ts-ignore: the mistake
      this.count = limit;
    }
  },
  "a plain field assigned": class extends Mistake {
    @globalVar(u32)
    accessor own = 0;
    program() {
      this.limit = 5;
    }
  },
  "a plain field counted up": class extends Mistake {
    @globalVar(u32)
    accessor own = 0;
    program() {
      this.limit++;
    }
  },
  "a number for a bigint": class extends Mistake {
    @globalVar(u32)
    accessor own = 0;
    program() {
      this.total += 1 as never;
    }
  },
  "a bigint for a number": class extends Mistake {
    @globalVar(u32)
    accessor own = 0;
    program() {
      this.count += 1n as never;
    }
  },
  "number and bigint mixed": class extends Mistake {
    @globalVar(u32)
    accessor own = 0;
    program() {
      this.total = this.total + (this.count as never);
    }
  },
  "a number for a boolean": class extends Mistake {
    @globalVar(u32)
    accessor own = 0;
    program() {
      this.flag = 1 as never;
    }
  },
  "a boolean for a number": class extends Mistake {
    @globalVar(u32)
    accessor own = 0;
    program() {
      this.count = (this.count > 3) as never;
    }
  },
  "undefined stored": class extends Mistake {
    @globalVar(u32)
    accessor own = 0;
    program() {
      this.count = undefined as never;
    }
  },
  "null stored": class extends Mistake {
    @globalVar(u32)
    accessor own = 0;
    program() {
      this.count = null as never;
    }
  },
  "a constant too large": class extends Mistake {
    @globalVar(u32)
    accessor own = 0;
    program() {
      this.small = 256;
    }
  },
  "a constant too small": class extends Mistake {
    @globalVar(u32)
    accessor own = 0;
    program() {
      this.signed = -129;
    }
  },
  "a bigint constant too large": class extends Mistake {
    @globalVar(u32)
    accessor own = 0;
    program() {
      this.total = 0x1_0000_0000_0000_0000n;
    }
  },
  "a fraction in an integer": class extends Mistake {
    @globalVar(u32)
    accessor own = 0;
    program() {
      this.count = 0.5;
    }
  },
  "a fraction added": class extends Mistake {
    @globalVar(u32)
    accessor own = 0;
    program() {
      this.count += 1.5;
    }
  },
  "a fraction compared with another": class extends Mistake {
    @globalVar(u32)
    accessor own = 0;
    program() {
      if (this.count / 3 > this.small / 7) return XDP.DROP;
    }
  },
  "a division kept": class extends Mistake {
    @globalVar(u32)
    accessor own = 0;
    program() {
      const half = this.count / 2;
      this.total = BigInt(half + 1);
    }
  },
  "a divisor that may be zero": class extends Mistake {
    @globalVar(u32)
    accessor own = 0;
    program() {
      this.count = Math.floor(100 / this.small);
    }
  },
  "a bigint divisor that may be zero": class extends Mistake {
    @globalVar(u32)
    accessor own = 0;
    program() {
      this.total = 100n / this.total;
    }
  },
  "a remainder of zero": class extends Mistake {
    @globalVar(u32)
    accessor own = 0;
    program() {
      this.count = this.count % this.small;
    }
  },
  "a product beyond 2^53": class extends Mistake {
    @globalVar(u32)
    accessor own = 0;
    program() {
      this.count = this.count * this.count;
    }
  },
  "a bigint sum used whole": class extends Mistake {
    @globalVar(u32)
    accessor own = 0;
    program() {
      if (this.total + this.total > 5n) return XDP.DROP;
    }
  },
  "a signed mask compared": class extends Mistake {
    @globalVar(u32)
    accessor own = 0;
    program() {
      if ((this.count & 0xff000000) === 0xc0000000) return XDP.DROP;
    }
  },
  "a bigint as a number": class extends Mistake {
    @globalVar(u32)
    accessor own = 0;
    program() {
      this.count = Number(this.total);
    }
  },
  ">>> of a bigint": class extends Mistake {
    @globalVar(u32)
    accessor own = 0;
    program() {
      // @ts-ignore: the mistake
      this.total = this.total >>> 1n;
    }
  },
  "+ of a bigint": class extends Mistake {
    @globalVar(u32)
    accessor own = 0;
    program() {
      // @ts-ignore: the mistake
      this.count = +this.total;
    }
  },
  "a shift by too many bits": class extends Mistake {
    @globalVar(u32)
    accessor own = 0;
    program() {
      this.total = BigInt.asUintN(64, this.total << this.total);
    }
  },
  "an endless loop": class extends Mistake {
    @globalVar(u32)
    accessor own = 0;
    program() {
      while (this.count < 5) this.local += 1;
    }
  },
  "while (true)": class extends Mistake {
    @globalVar(u32)
    accessor own = 0;
    program() {
      while (true) this.count++;
    }
  },
  "for (;;)": class extends Mistake {
    @globalVar(u32)
    accessor own = 0;
    program() {
      for (;;) this.count++;
    }
  },
  "a loop bounded by a variable": class extends Mistake {
    @globalVar(u32)
    accessor own = 0;
    program() {
      for (let i = 0n; i < this.total; i++) this.small++;
    }
  },
  "a loop whose counter does not count": class extends Mistake {
    @globalVar(u32)
    accessor own = 0;
    program() {
      for (let i = 0; i < 10; this.small++) this.count += i;
    }
  },
  "for…in": class extends Mistake {
    @globalVar(u32)
    accessor own = 0;
    program() {
      for (const i in this.table) this.count += Number(i);
    }
  },
  "for…of over a number": class extends Mistake {
    @globalVar(u32)
    accessor own = 0;
    program() {
      for (const x of this.limit as any) this.count += x;
    }
  },
  "for…of over a run-time value": class extends Mistake {
    @globalVar(u32)
    accessor own = 0;
    program() {
      for (const x of this.count as any) this.count += x;
    }
  },
  "try": class extends Mistake {
    @globalVar(u32)
    accessor own = 0;
    program() {
      try {
        this.count++;
      } catch {
        return XDP.DROP;
      }
    }
  },
  "await": class extends Mistake {
    @globalVar(u32)
    accessor own = 0;
    override program(): any {
      return (async () => await 1)();
    }
  },
  // @ts-ignore: the mistake
  "an async program": class extends Mistake {
    @globalVar(u32)
    accessor own = 0;
    // @ts-ignore: the mistake
    override async program(): Promise<any> {
      this.count++;
    }
  },
  "a generator": class extends Mistake {
    @globalVar(u32)
    accessor own = 0;
    override *program(): any {
      yield 1;
    }
  },
  "a regular expression": class extends Mistake {
    @globalVar(u32)
    accessor own = 0;
    program() {
      if (/eth/.test(this.name)) return XDP.DROP;
    }
  },
  "a class inside": class extends Mistake {
    @globalVar(u32)
    accessor own = 0;
    program() {
      class Inner {}
      this.count = Inner.length;
    }
  },
  "var": class extends Mistake {
    @globalVar(u32)
    accessor own = 0;
    program() {
      var x = 1;
      this.count = x;
    }
  },
  "new": class extends Mistake {
    @globalVar(u32)
    accessor own = 0;
    @kernel(() => ({ Point }))
    program() {
      this.count = new Point().x;
    }
  },
  "arguments": class extends Mistake {
    @globalVar(u32)
    accessor own = 0;
    program() {
      this.count = arguments.length;
    }
  },
  "eval": class extends Mistake {
    @globalVar(u32)
    accessor own = 0;
    program() {
      this.count = eval("1");
    }
  },
  "console.log of a template": class extends Mistake {
    @globalVar(u32)
    accessor own = 0;
    program() {
      console.log(`count ${this.count}`);
    }
  },
  "console.log of too much": class extends Mistake {
    @globalVar(u32)
    accessor own = 0;
    program() {
      console.log(this.count, this.small, this.signed, this.total);
    }
  },
  "console.log with a format": class extends Mistake {
    @globalVar(u32)
    accessor own = 0;
    program() {
      console.log("count %d", this.count);
    }
  },
  "console.log of an object": class extends Mistake {
    @globalVar(u32)
    accessor own = 0;
    program() {
      console.log("table", this.table);
    }
  },
  "console.error": class extends Mistake {
    @globalVar(u32)
    accessor own = 0;
    program() {
      console.error("seen");
    }
  },
  "a method taken from its object": class extends Mistake {
    @globalVar(u32)
    accessor own = 0;
    double(x: number) {
      return x * this.limit;
    }
    program() {
      this.count = this.table.map(this.double).length;
    }
  },
  "an arrow function from elsewhere": class extends Mistake {
    @globalVar(u32)
    accessor own = 0;
    f = elsewhere.make();
    program() {
      this.count = this.f();
    }
  },
  "an action misspelt": class extends Mistake {
    @globalVar(u32)
    accessor own = 0;
    override program(): any {
      return (XDP as any).ACCEPT;
    }
  },
  "an action misspelt, of the class that it extends": class extends XDP {
    @globalVar(u32)
    accessor own = 0;
    override program(): any {
      return (XDP as any).PAS;
    }
  },
  "a helper misspelt": class extends Mistake {
    @globalVar(u64)
    accessor own = 0n;
    program() {
      this.own = (this.bpf as any).ktimeGetNS();
    }
  },
  "a variable misspelt": class extends XDP {
    @globalVar(u32)
    accessor packets = 0;
    program() {
      (this as any).pakcets += 1;
    }
  },
  "an action without XDP": class extends Mistake {
    @globalVar(u32)
    accessor own = 0;
    override program(): any {
      // @ts-ignore: the mistake
      return DROP;
    }
  },
  "a property that is not always there": class extends Mistake {
    @globalVar(u32)
    accessor own = 0;
    program() {
      const rule = this.rules.find(({ port }) => port === this.type)!;
      if (rule.port > 5 || rule.port < 3) return XDP.DROP;
    }
  },
  "arithmetic on what may be undefined": class extends Mistake {
    @globalVar(u32)
    accessor own = 0;
    program() {
      this.count = this.table.find((x) => x > this.small)! + 1;
    }
  },
  "a list of what the packet brings": class extends Mistake {
    @globalVar(u32)
    accessor own = 0;
    override program(packet: Packet) {
      const seen: number[] = [];
      for (let i = 0; i < 4; i++) seen.push(packet.getUint8(i));
    }
  },
  "a field's list extended": class extends Mistake {
    @globalVar(u32)
    accessor own = 0;
    program() {
      this.table.push(4);
    }
  },
  "a list changed on some paths": class extends Mistake {
    @globalVar(u32)
    accessor own = 0;
    program() {
      const list = [1];
      if (this.count > 5) list.push(2);
      this.count = list.length;
    }
  },
  "a list changed in a loop of unknown length": class extends Mistake {
    @globalVar(u32)
    accessor own = 0;
    program() {
      const list = [1];
      for (let i = 0; i < this.small; i++) list.push(2);
    }
  },
  "an object that the packet fills": class extends Mistake {
    @globalVar(u32)
    accessor own = 0;
    override program(packet: Packet) {
      const result = { port: 0 };
      result.port = packet.getUint16(36);
    }
  },
  "the packet as an array": class extends Mistake {
    @globalVar(u32)
    accessor own = 0;
    override program(packet: Packet) {
      this.count = (packet as any)[12];
    }
  },
  "a copy of the packet": class extends Mistake {
    @globalVar(u32)
    accessor own = 0;
    override program(packet: Packet) {
      this.count = new Uint8Array(packet.buffer)[12];
    }
  },
  "the packet's length set": class extends Mistake {
    @globalVar(u32)
    accessor own = 0;
    override program(packet: Packet) {
      (packet as any).byteLength = 60;
    }
  },
  "an offset as a text": class extends Mistake {
    @globalVar(u32)
    accessor own = 0;
    override program(packet: Packet) {
      this.count = packet.getUint8("12" as any);
    }
  },
  "an offset that is a bigint": class extends Mistake {
    @globalVar(u32)
    accessor own = 0;
    override program(packet: Packet) {
      this.count = packet.getUint8(this.total as any);
    }
  },
  "a setter without its value": class extends Mistake {
    @globalVar(u32)
    accessor own = 0;
    override program(packet: Packet) {
      (packet as any).setUint8(12);
    }
  },
  "a text method on a number": class extends Mistake {
    @globalVar(u32)
    accessor own = 0;
    program() {
      if (this.count.toString() === "5") return XDP.DROP;
    }
  },
  "JSON": class extends Mistake {
    @globalVar(u32)
    accessor own = 0;
    program() {
      this.count = JSON.stringify(this.table).length;
    }
  },
  "a power at run time": class extends Mistake {
    @globalVar(u32)
    accessor own = 0;
    program() {
      this.count = 3 ** this.small;
    }
  },
  "a sum that was never begun": class extends Mistake {
    @globalVar(u32)
    accessor own = 0;
    program() {
      let sum: any;
      sum += this.count;
      this.count = sum;
    }
  },
  "a sum that grows without end": class extends Mistake {
    @globalVar(u32)
    accessor own = 0;
    program() {
      let product = 1;
      for (let i = 0; i < 100; i++) product *= 3;
      this.count = product;
    }
  },
  "an inner name read too early": class extends Mistake {
    @globalVar(u32)
    accessor own = 0;
    program() {
      const x = 1;
      this.small = x;
      if (this.flag) {
        // @ts-ignore: the mistake
        this.count = x;
        const x = this.small;
      }
    }
  },
  "Date.now()": class extends Mistake {
    @globalVar(u32)
    accessor own = 0;
    program() {
      this.total = BigInt(Date.now());
    }
  },
  "Math.random()": class extends Mistake {
    @globalVar(u32)
    accessor own = 0;
    program() {
      if (Math.random() < 0.5) return XDP.DROP;
    }
  },
  "Math.sqrt of a run-time value": class extends Mistake {
    @globalVar(u32)
    accessor own = 0;
    program() {
      this.count = Math.sqrt(this.count);
    }
  },
  "fetch": class extends Mistake {
    @globalVar(u32)
    accessor own = 0;
    program() {
      fetch("http://localhost");
    }
  },
  "an undeclared local": class extends Mistake {
    @globalVar(u32)
    accessor own = 0;
    program() {
      // @ts-ignore: the mistake
      x = 1;
    }
  },
  "a local read too early": class extends Mistake {
    @globalVar(u32)
    accessor own = 0;
    program() {
      // @ts-ignore: the mistake
      this.count = x;
      let x = 1;
    }
  },
  "two types on two paths": class extends Mistake {
    @globalVar(u32)
    accessor own = 0;
    program() {
      let x: any = 1;
      if (this.flag) x = 1n;
      this.count = x;
    }
  },
  "no value on one path": class extends Mistake {
    @globalVar(u32)
    accessor own = 0;
    program() {
      let x: any;
      if (this.flag) x = 1;
      this.count = x;
    }
  },
  "indexing with a run-time value": class extends Mistake {
    @globalVar(u32)
    accessor own = 0;
    program() {
      this.count = this.table[this.small];
    }
  },
  "calling a number": class extends Mistake {
    @globalVar(u32)
    accessor own = 0;
    program() {
      this.count = (this.limit as any)();
    }
  },
  "calling what is not there": class extends Mistake {
    @globalVar(u32)
    accessor own = 0;
    program() {
      (this as any).nosuch();
    }
  },
  "a member of undefined": class extends Mistake {
    @globalVar(u32)
    accessor own = 0;
    program() {
      this.count = (this as any).nosuch.field;
    }
  },
  "a member of a number": class extends Mistake {
    @globalVar(u32)
    accessor own = 0;
    program() {
      this.count = (this.count as any).length;
    }
  },
  "recursion": class extends Mistake {
    @globalVar(u32)
    accessor own = 0;
    again(n: number): number {
      return n > 0 ? this.again(n - 1) : 0;
    }
    program() {
      this.count = this.again(this.small);
    }
  },
  "a private field": class extends Mistake {
    @globalVar(u32)
    accessor own = 0;
    #secret = 1;
    program() {
      this.count = this.#secret;
    }
  },
  "an action that is none": class extends Mistake {
    @globalVar(u32)
    accessor own = 0;
    override program(): any {
      return 7;
    }
  },
  "a boolean returned": class extends Mistake {
    @globalVar(u32)
    accessor own = 0;
    override program(): any {
      return this.count > 5;
    }
  },
  "a string returned": class extends Mistake {
    @globalVar(u32)
    accessor own = 0;
    override program(): any {
      return "PASS";
    }
  },
  "a string method at run time": class extends Mistake {
    @globalVar(u32)
    accessor own = 0;
    program() {
      this.count = this.name.charCodeAt(this.small);
    }
  },
  "a template of run-time values": class extends Mistake {
    @globalVar(u32)
    accessor own = 0;
    program() {
      const text = `count ${this.count}`;
      if (text === "count 1") return XDP.DROP;
    }
  },
  "the packet stored": class extends Mistake {
    @globalVar(u32)
    accessor own = 0;
    override program(packet: Packet) {
      this.count = packet as any;
    }
  },
  "the packet beyond what the verifier follows": class extends Mistake {
    @globalVar(u32)
    accessor own = 0;
    override program(packet: Packet) {
      this.count = packet.getUint8(70000);
    }
  },
  "the packet before its start": class extends Mistake {
    @globalVar(u32)
    accessor own = 0;
    override program(packet: Packet) {
      this.count = packet.getUint8(-1);
    }
  },
  "a float in the packet": class extends Mistake {
    @globalVar(u32)
    accessor own = 0;
    override program(packet: Packet) {
      this.count = packet.getFloat32(0);
    }
  },
  "the packet's buffer": class extends Mistake {
    @globalVar(u32)
    accessor own = 0;
    override program(packet: Packet) {
      this.count = packet.buffer.byteLength;
    }
  },
  "a comma for a dot": class extends Mistake {
    @globalVar(u32)
    accessor own = 0;
    program() {
      this.count = (this.limit, this.name) as any;
    }
  },
  "an object compared with a number": class extends Mistake {
    @globalVar(u32)
    accessor own = 0;
    program() {
      if ((this.table as any) > this.count) return XDP.DROP;
    }
  },
  "a number compared with text": class extends Mistake {
    @globalVar(u32)
    accessor own = 0;
    program() {
      if ((this.count as any) === "10.0.0.1") return XDP.DROP;
    }
  },
  "a switch of a number with text": class extends Mistake {
    @globalVar(u32)
    accessor own = 0;
    program() {
      switch (this.count as any) {
        case "tcp":
          return XDP.DROP;
      }
    }
  },
  "a bigint compared with a number": class extends Mistake {
    @globalVar(u32)
    accessor own = 0;
    program() {
      if ((this.total as any) !== 4) return XDP.DROP;
    }
  },
  "a boolean compared with a number": class extends Mistake {
    @globalVar(u32)
    accessor own = 0;
    program() {
      if ((this.flag as any) === 1) return XDP.DROP;
    }
  },
  "text that == would convert": class extends Mistake {
    @globalVar(u32)
    accessor own = 0;
    program() {
      if ((this.count as any) == "60") return XDP.DROP;
    }
  },
  "an array that != would convert": class extends Mistake {
    @globalVar(u32)
    accessor own = 0;
    sizes: any = [60];
    program() {
      if (this.count != this.sizes) return XDP.DROP;
    }
  },
  "delete": class extends Mistake {
    @globalVar(u32)
    accessor own = 0;
    program() {
      delete (this as any).limit;
    }
  },
  "in": class extends Mistake {
    @globalVar(u32)
    accessor own = 0;
    program() {
      if (this.count in this.table) return XDP.DROP;
    }
  },
  "instanceof": class extends Mistake {
    @globalVar(u32)
    accessor own = 0;
    program() {
      if ((this.count as any) instanceof Object) return XDP.DROP;
    }
  },
  "minus a string": class extends Mistake {
    @globalVar(u32)
    accessor own = 0;
    program() {
      this.count = -this.name as any;
    }
  },
  "a spread run-time value": class extends Mistake {
    @globalVar(u32)
    accessor own = 0;
    program() {
      this.count = Math.max(...(this.count as any));
    }
  },
  "a lookup used without a test": class extends Mistake {
    @globalVar(u32)
    accessor own = 0;
    program() {
      this.total += this.flows.get(1).packets;
    }
  },
  "a lookup assigned without a test": class extends Mistake {
    @globalVar(u32)
    accessor own = 0;
    program() {
      const flow = this.flows.get(1);
      flow.bytes = 5;
    }
  },
  "a scalar lookup in arithmetic": class extends Mistake {
    @globalVar(u32)
    accessor own = 0;
    program() {
      this.count = this.counts.get(1) + 1;
    }
  },
  "a view after set()": class extends Mistake {
    @globalVar(u32)
    accessor own = 0;
    program() {
      const flow = this.flows.get(1);
      this.flows.set(2, { packets: 1n, bytes: 1 });
      if (flow) flow.packets += 1n;
    }
  },
  "a view after delete() on one path": class extends Mistake {
    @globalVar(u32)
    accessor own = 0;
    program() {
      const flow = this.flows.get(1);
      if (!flow) return;
      if (this.flag) this.flows.delete(2);
      this.count = flow.bytes;
    }
  },
  "a view after set() in a method": class extends Mistake {
    @globalVar(u32)
    accessor own = 0;
    forget() {
      this.flows.delete(9);
    }
    program() {
      const flow = this.flows.get(1);
      this.forget();
      if (flow) this.count = flow.bytes;
    }
  },
  "a view after set() of the turn before": class extends Mistake {
    @globalVar(u32)
    accessor own = 0;
    program() {
      const flow = this.flows.get(1);
      for (let i = 0; i < 100; i++) {
        if (flow) flow.bytes += i;
        this.flows.set(i, { packets: 1n, bytes: 1 });
      }
    }
  },
  "a view stored after delete()": class extends Mistake {
    @globalVar(u32)
    accessor own = 0;
    program() {
      const flow = this.flows.get(1);
      if (!flow) return;
      this.flows.delete(1);
      this.flows.set(2, flow);
    }
  },
  "comparing lookups": class extends Mistake {
    @globalVar(u32)
    accessor own = 0;
    program() {
      if (this.flows.get(1) === this.flows.get(2)) return XDP.DROP;
    }
  },
  "a method that is for user space": class extends Mistake {
    @globalVar(u32)
    accessor own = 0;
    program() {
      this.flows.clear();
    }
  },
  "delete() of an array": class extends Mistake {
    @globalVar(u32)
    accessor own = 0;
    program() {
      this.slots.delete(1);
    }
  },
  "a map's size": class extends Mistake {
    @globalVar(u32)
    accessor own = 0;
    program() {
      this.count = this.flows.size;
    }
  },
  "get() without a key": class extends Mistake {
    @globalVar(u32)
    accessor own = 0;
    program() {
      if (this.flows.get()) return XDP.DROP;
    }
  },
  "set() without a value": class extends Mistake {
    @globalVar(u32)
    accessor own = 0;
    program() {
      this.flows.set(1);
    }
  },
  "a key of another type": class extends Mistake {
    @globalVar(u32)
    accessor own = 0;
    program() {
      if (this.flows.get(1n)) return XDP.DROP;
    }
  },
  "a value of another type": class extends Mistake {
    @globalVar(u32)
    accessor own = 0;
    program() {
      this.flows.set(1, 5);
    }
  },
  "a field of another type": class extends Mistake {
    @globalVar(u32)
    accessor own = 0;
    program() {
      this.flows.set(1, { packets: 1, bytes: 1 });
    }
  },
  "a flag that is none": class extends Mistake {
    @globalVar(u32)
    accessor own = 0;
    program() {
      this.flows.set(1, { packets: 1n, bytes: 1 }, "maybe");
    }
  },
  "a value larger than scratch memory": class extends Mistake {
    @globalVar(u32)
    accessor own = 0;
    program() {
      this.big.set(1, []);
    }
  },
};
