/** Waits for a ring buffer's event, in one of several ways: `waiting.ts "WHAT MODE"`. */
import process from "node:process";
import { createWaiter, RingBufferReader, type WaitMode } from "../../../src/kernel/mod.ts";
import { createRing, sender, Shared } from "../../support/rings.ts";

const [what, mode] = process.argv[2].split(" ");
using ring = createRing(4096);
using shared = new Shared();
using send = sender(ring, shared, 8);
using reader = new RingBufferReader(ring, 4096);
const waiter = createWaiter(mode as WaitMode, [ring]);

/** After a while, in which nothing but the wait keeps the process alive. */
const actions: Readonly<Record<string, () => void>> = {
  event: sendOne,
  nobody: sendOne,
  close() {
    console.log("closed");
    waiter.close();
  },
  exit: () => process.exit(3),
};

function sendOne(): void {
  console.log("sent");
  send.run();
}

setTimeout(actions[what], 100);
console.log("waiting");
let found = 0;
do {
  await waiter.wait(0);
  found = reader.drain(() => {});
} while (found === 0 && what !== "close");
console.log(what === "close" ? "ended" : `found ${found}`);
if (what !== "nobody") waiter.close();
