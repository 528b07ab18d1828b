/**
 * One side of an exchange over TCP and UDP: `exchange.ts server ADDRESS PORT` echoes what comes, until its input ends;
 * `exchange.ts client ADDRESS PORT` sends some, and prints what it got back.
 *
 * @module
 */

import { createSocket } from "node:dgram";
import { once } from "node:events";
import { connect, createServer } from "node:net";
import process from "node:process";

const [role, address, port] = process.argv.slice(2);
const [host, number] = [address, Number(port)];

if (role === "server") {
  const udp = createSocket("udp4");
  udp.on("message", (message, { address, port }) => udp.send(message, port, address));
  udp.bind(number, host);
  const tcp = createServer((socket) => void socket.pipe(socket));
  tcp.listen(number, host);
  await Promise.all([once(udp, "listening"), once(tcp, "listening")]);
  console.log("ready");
  process.stdin.resume();
  process.stdin.on("end", () => process.exit(0));
} else {
  const tcp = connect(number, host);
  await once(tcp, "connect");
  let text = "";
  tcp.on("data", (part) => text += part);
  // More than fits one packet, of an odd length.
  const long = "waggle".repeat(1000) + "!";
  tcp.end(long);
  await once(tcp, "close");
  console.log("tcp", text === long);
  const udp = createSocket("udp4");
  udp.send("odd", number, host);
  const [message] = await once(udp, "message");
  console.log("udp", String(message));
  udp.close();
}
