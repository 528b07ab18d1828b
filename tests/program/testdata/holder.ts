// Attaches a program in a namespace, says how, and stays until it is ended:
// holder.ts NAMESPACE INTERFACE link|persist|netlink
import process from "node:process";
import { EbpfError, ErrorCode, globalVar, u32, XDP } from "../../../mod.ts";
import { attachNetlink, interfaceIndex, NetworkNamespace } from "../../../src/kernel/mod.ts";
import { attachProgram } from "../../../src/program/attach.ts";

class Count extends XDP {
  @globalVar(u32)
  accessor count = 0;

  program() {
    this.count += 1;
    return XDP.DROP;
  }
}

const [path, name, way] = process.argv.slice(2);
const namespace = NetworkNamespace.open(path);
const counter = new Count();
const link = namespace.run(() =>
  way === "netlink" ? attachWithoutLinks() : counter.attach(name, { persist: way === "persist" })
);
console.log(JSON.stringify({ mode: link.mode, via: link.via, persistent: link.persistent, programId: link.programId }));
setInterval(() => {}, 60_000);

/** As on a kernel without links. */
function attachWithoutLinks() {
  const attachLink = () => {
    throw new EbpfError(ErrorCode.NotSupported, "no links");
  };
  counter.load();
  const target = { owner: counter, interface: name, index: interfaceIndex(name) };
  return attachProgram(target, {}, { attachLink, attachNetlink });
}
