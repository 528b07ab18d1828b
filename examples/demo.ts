/**
 * Counts live packets without touching any network of the machine: two network namespaces of its own, joined by a
 * virtual cable; a program at one end, packets from the other.
 *
 *     deno task demo
 *
 * Where the kernel does not let us, the same bytecode runs in the virtual machine.
 *
 * @module
 */
import process from "node:process";
import { EbpfError, globalVar, u32, XDP } from "../mod.ts";
import { createWire, PacketSocket } from "../src/kernel/mod.ts";

class Count extends XDP {
  @globalVar(u32)
  accessor count = 0;

  program() {
    this.count += 1;
    return XDP.PASS;
  }
}

/** Something that packets can be given to. */
interface Stage {
  /** What is counted where, in a line. */
  readonly title: string;
  send(frame: Uint8Array): void;
}

/** A broadcast frame of 60 bytes, of a protocol for local experiments. */
const frame = new Uint8Array(60).fill(0xff, 0, 6);
frame.set([0x02, 0, 0, 0, 0, 1, 0x88, 0xb5], 6);

/** Builds two ends of a cable, and attaches the program to one of them. */
function stageInKernel(counter: Count, owned: DisposableStack): Stage {
  const { near, far } = owned.use(createWire());
  const link = owned.use(near.namespace.run(() => counter.attach(near.interface.name)));
  const socket = owned.use(far.namespace.run(() => new PacketSocket(far.interface.index)));
  const milliseconds = Math.round(performance.now());
  return {
    title: `Counting in the kernel (${link.mode} mode), ${milliseconds} ms after the start of this process.`,
    send: (frame) => socket.send(frame),
  };
}

/** Runs the program's bytecode in this process. */
function stageInMachine(counter: Count, why: EbpfError): Stage {
  const [reason] = why.message.split("\n");
  return {
    title: `${reason}. Counting in the virtual machine instead.`,
    send: (frame) => void counter.test(frame, { on: "vm" }),
  };
}

function setStage(counter: Count, owned: DisposableStack): Stage {
  // What was built before the kernel said no goes before anything else is tried.
  using attempt = new DisposableStack();
  try {
    const stage = stageInKernel(counter, attempt);
    owned.use(attempt.move());
    return stage;
  } catch (error) {
    if (error instanceof EbpfError) return stageInMachine(counter, error);
    throw error;
  }
}

const pause = (milliseconds: number) => new Promise((wake) => setTimeout(wake, milliseconds));

/** Shows a line in place of the last one on a terminal; elsewhere now and then a line of its own. */
function show(text: string, turn: number): void {
  if (process.stdout.isTTY) process.stdout.write(`\r${text}\x1b[K`);
  else if (turn % 10 === 0) console.log(text);
}

let interrupted = false;
const interrupt = () => void (interrupted = true);
process.once("SIGINT", interrupt);

using owned = new DisposableStack();
const counter = owned.use(new Count());
const stage = setStage(counter, owned);
console.log(stage.title);

let sent = 0;
const turns = 50; // of 100 ms
for (let turn = 1; turn <= turns && !interrupted; turn++) {
  // Now more, now less.
  for (let packets = Math.round(30 + 25 * Math.sin(turn / 5)); packets > 0; packets--, sent++) stage.send(frame);
  await pause(100);
  show(`packets counted: ${counter.count}`, turn);
}
if (process.stdout.isTTY) console.log();
process.off("SIGINT", interrupt);

console.log(`${sent} packets were sent, ${counter.count} were counted.`);
if (interrupted) process.exitCode = 130;
