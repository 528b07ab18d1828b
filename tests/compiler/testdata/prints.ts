/** A program that prints, on the engine that the argument names. */
import { globalVar, type Packet, u64, XDP } from "../../../mod.ts";

class Prints extends XDP {
  label = "eth0";
  ports = [1, 2, 3];
  @globalVar(u64)
  accessor total = 5n;

  program(packet: Packet) {
    console.log("from", this.label, 100, "%", packet.getUint8(0), this.total, packet.getInt8(1));
    console.log(packet.getUint8(0) > 5, this.ports.find((port) => port === packet.getUint8(2)), null, -0, 7n);
    for (let i = 0; i < 3; i++) console.log("turn", i);
    console.log();
    for (let i = 0; i < packet.getUint8(3); i++) console.log("once more,", i);
    return XDP.DROP;
  }
}

const { process } = globalThis as unknown as { readonly process: { readonly argv: readonly string[] } };
const on = process.argv.at(-1) as "js" | "vm" | "kernel";
for (const bytes of [[0, 130, 2, 4], [9, 1, 7, 1]]) {
  using program = new Prints();
  console.log(program.test(Uint8Array.from({ length: 64 }, (_, i) => bytes[i] ?? 0), { on }).name);
}
