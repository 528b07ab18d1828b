/**
 * A firewall whose rules are a JSON file: they are folded into the program's code when it is generated, and each counts what
 * it applied to. The first rule that applies decides; what none applies to passes.
 *
 *     sudo deno run --allow-ffi --allow-read examples/firewall.ts eth0 30 --rules examples/firewall.json
 *     sudo bun examples/firewall.ts eth0
 *
 * @module
 */
import { readFileSync } from "node:fs";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { array, globalVar, ipv4, ipv6, type Packet, type RequestedMode, u32, XDP } from "../mod.ts";
import { everySecond } from "./arguments.ts";

/** A rule as the file has it; what is left out does not matter. */
interface Rule {
  readonly action: "pass" | "drop";
  readonly protocol?: "tcp" | "udp" | "icmp";
  /** The port that packets go to. */
  readonly port?: number;
  /** Networks, as in "10.0.0.0/8" or "2001:db8::/32". */
  readonly source?: string;
  readonly destination?: string;
}

const protocols: Readonly<Record<string, readonly number[]>> = { tcp: [6], udp: [17], icmp: [1, 58] };
const mostRules = 64;

/** A rule as the program takes it: numbers, and networks of either kind. */
function prepare({ action, protocol, port, source, destination }: Rule) {
  const networks = (text?: string) => ({
    v4: text !== undefined && !text.includes(":") ? ipv4.network(text) : undefined,
    v6: text?.includes(":") ? ipv6.network(text) : undefined,
  });
  return {
    action: action === "drop" ? XDP.DROP : XDP.PASS,
    protocols: protocol && protocols[protocol],
    port,
    source: networks(source),
    destination: networks(destination),
  };
}

class Firewall extends XDP {
  readonly rules: readonly ReturnType<typeof prepare>[];
  @globalVar(array(u32, mostRules))
  accessor hits = new Array<number>(mostRules).fill(0);

  constructor(rules: readonly Rule[]) {
    super();
    this.rules = rules.map(prepare);
  }

  program(packet: Packet) {
    const { ipv4: v4, ipv6: v6, tcp, udp, protocol } = packet.layers();
    const port = tcp?.destination ?? udp?.destination ?? -1;
    // A copy of this for each rule, with nothing in it but what the rule asks for.
    for (const [index, rule] of this.rules.entries()) {
      if (rule.protocols && !rule.protocols.includes(protocol)) continue;
      if (rule.port !== undefined && rule.port !== port) continue;
      if (rule.source.v4 && !(v4 && rule.source.v4.includes(v4.source))) continue;
      if (rule.source.v6 && !(v6 && rule.source.v6.includes(v6.source))) continue;
      if (rule.destination.v4 && !(v4 && rule.destination.v4.includes(v4.destination))) continue;
      if (rule.destination.v6 && !(v6 && rule.destination.v6.includes(v6.destination))) continue;
      this.hits[index] += 1;
      return rule.action;
    }
    return XDP.PASS;
  }
}

const { positionals: [name, seconds = "10"], values: { mode, rules: file } } = parseArgs({
  allowPositionals: true,
  options: {
    mode: { type: "string", default: "auto" },
    rules: { type: "string", default: fileURLToPath(new URL("firewall.json", import.meta.url)) },
  },
});
if (!name) {
  console.error("usage: firewall.ts IFACE [SECONDS] [--rules FILE] [--mode auto|skb|drv|hw]");
  process.exit(2);
}

const rules: readonly Rule[] = JSON.parse(readFileSync(file, "utf8"));
using firewall = new Firewall(rules);
using link = firewall.attach(name, { mode: mode as RequestedMode });
console.log(`${rules.length} rules on ${name} in ${link.mode} mode`);

await everySecond(Number(seconds), () => {
  for (const [i, rule] of rules.entries()) console.log(String(firewall.hits[i]).padStart(8), JSON.stringify(rule));
  console.log();
});
