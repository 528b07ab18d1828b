/**
 * Sockets that wait: `listener.ts PORT` listens by TCP and waits for UDP, on all addresses, until its input ends.
 *
 * @module
 */

import { createSocket } from "node:dgram";
import { once } from "node:events";
import { createServer } from "node:net";
import process from "node:process";

const port = Number(process.argv[2]);
const udp = createSocket("udp4");
udp.bind(port, "0.0.0.0");
const tcp = createServer();
tcp.listen(port, "::");
await Promise.all([once(udp, "listening"), once(tcp, "listening")]);
console.log("ready");
process.stdin.resume();
process.stdin.on("end", () => process.exit(0));
