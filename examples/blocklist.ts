/**
 * Drops what comes from the networks of a list. The list is edited while it works, line by line on the standard input:
 * `+10.0.0.0/8` blocks a network, `-10.0.0.0/8` lets it in again, an empty line shows the list. A file does as well.
 *
 *     sudo deno run --allow-ffi examples/blocklist.ts eth0 600
 *     sudo bun examples/blocklist.ts eth0 600 < networks.txt
 *
 * @module
 */
import process from "node:process";
import { createInterface } from "node:readline";
import { EbpfError, ipv4, ipv6, LpmTrie, type Packet, struct, u64, XDP } from "../mod.ts";
import { everySecond, readArguments } from "./arguments.ts";

const Blocked = struct({ packets: u64 });

class Blocklist extends XDP {
  networks4 = new LpmTrie(ipv4, Blocked, { maxEntries: 100_000 });
  networks6 = new LpmTrie(ipv6, Blocked, { maxEntries: 100_000 });

  program(packet: Packet) {
    const { ipv4, ipv6 } = packet.layers();
    if (ipv4) {
      const network = this.networks4.get(ipv4.source); // the longest prefix that matches
      if (!network) return XDP.PASS;
      network.packets += 1n;
      return XDP.DROP;
    }
    if (ipv6) {
      const network = this.networks6.get(ipv6.source);
      if (!network) return XDP.PASS;
      network.packets += 1n;
      return XDP.DROP;
    }
  }
}

function show({ networks4, networks6 }: Blocklist): void {
  for (const list of [networks4, networks6]) {
    for (const [network, { packets }] of list) console.log(`${network}: ${packets} packets dropped`);
  }
}

/** Does what a line says. */
function edit(blocklist: Blocklist, line: string): void {
  const [sign, network] = [line[0], line.slice(1).trim()];
  const list = network.includes(":") ? blocklist.networks6 : blocklist.networks4;
  if (sign === "+") list.set(network, { packets: 0n });
  else if (sign === "-") {
    console.log(list.delete(network) ? `${network} may come in again` : `${network} is not blocked`);
  } else if (line.trim() === "") show(blocklist);
  else console.log("+NETWORK blocks, -NETWORK lets in, an empty line shows the list");
}

const { interface: name, seconds, mode } = readArguments("blocklist.ts");

{
  using blocklist = new Blocklist();
  using link = blocklist.attach(name, { mode });
  console.log(`blocking on ${name} in ${link.mode} mode`);
  createInterface({ input: process.stdin }).on("line", (line) => {
    try {
      edit(blocklist, line);
    } catch (error) {
      if (!(error instanceof EbpfError)) throw error;
      console.log(error.message);
    }
  });
  await everySecond(seconds, () => {});
  show(blocklist);
}
process.exit(); // a terminal's input would not let the process end
