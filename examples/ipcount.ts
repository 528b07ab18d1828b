/**
 * Counts IPv4 and IPv6 packets that come in through a network interface, told apart by their EtherType: as long as it
 * runs, or from one process to a later one.
 *
 *     sudo deno run --allow-ffi examples/ipcount.ts eth0
 *     sudo bun examples/ipcount.ts eth0 30 --mode skb
 *
 *     sudo bun examples/ipcount.ts --attach eth0
 *     sudo bun examples/ipcount.ts --show eth0
 *     sudo bun examples/ipcount.ts --detach eth0
 *
 * The last three need a bpffs, in which program and counters outlive the process: mount -t bpf bpf /sys/fs/bpf
 *
 * @module
 */
import { be16, globalVar, packetVar, u32, XDP } from "../mod.ts";
import { everySecond, readArguments } from "./arguments.ts";

class IPCount extends XDP {
  @packetVar(12, be16)
  accessor etherType!: number; // bytes 12 and 13 of each packet, in network order
  @globalVar(u32)
  accessor ipv4 = 0;
  @globalVar(u32)
  accessor ipv6 = 0;

  program() {
    if (this.etherType === 0x0800) this.ipv4 += 1;
    else if (this.etherType === 0x86dd) this.ipv6 += 1;
  }
}

const counts = ({ ipv4, ipv6 }: IPCount) => `IPv4: ${ipv4}   IPv6: ${ipv6}`;

const { interface: name, seconds, mode, command, pins } = readArguments("ipcount.ts", ["attach", "show", "detach"]);
const folder = `${pins}/ipcount-${name.replaceAll(".", "_")}`; // a bpffs takes no dots

const commands: Record<string, () => void> = {
  attach() {
    using counter = new IPCount();
    counter.pin(folder);
    try {
      const link = counter.attach(name, { mode, persist: true });
      console.log(`counting on ${name} in ${link.mode} mode from now on`);
    } catch (error) {
      counter.unpin(folder);
      throw error;
    }
  },
  show() {
    using counter = IPCount.open(folder);
    console.log(counts(counter));
  },
  detach() {
    using counter = IPCount.open(folder);
    counter.detach(name);
    counter.unpin(folder);
    console.log(`${counts(counter)}, and no more`);
  },
};

if (command !== undefined) {
  commands[command]();
} else {
  using counter = new IPCount();
  using link = counter.attach(name, { mode });
  console.log(`counting on ${name} in ${link.mode} mode`);
  await everySecond(seconds, () => console.log(counts(counter)));
}
