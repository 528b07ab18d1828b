// Attaches a program in a namespace by a link or by netlink, says so, and stays until it is killed.
import process from "node:process";
import {
  attachLink,
  attachNetlink,
  interfaceIndex,
  loadProgram,
  NetworkNamespace,
  ProgramType,
  sleep,
} from "../../../src/kernel/mod.ts";

const [path, name, way] = process.argv.slice(2);
const instructions = Uint8Array.of(0xb7, 0, 0, 0, 1, 0, 0, 0, 0x95, 0, 0, 0, 0, 0, 0, 0);
const program = loadProgram({ type: ProgramType.Xdp, name: "held", instructions });
const attach = way === "link" ? attachLink : attachNetlink;
const attachment = NetworkNamespace.open(path).run(() => attach(program, interfaceIndex(name)));
console.log(`attached in mode ${attachment.mode}`);
for (;;) sleep(60_000);
