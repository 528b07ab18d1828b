/**
 * How many typed events of a ring buffer a loop takes a second, and how late they come. For people: `deno task events`, or
 * `bun tests/bench/events.ts`; needs root, and two processors that have nothing else to do. With a C compiler and libbpf's
 * headers it also says how many C takes: `events.c`.
 *
 * Another process runs the program: `events.ts send ID RATE SECONDS`; a rate of 0 is as fast as it goes.
 *
 * @module
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { type EventMode, RingBuffer, struct, u16, u32, u64, XDP } from "../../mod.ts";
import { mapInfo, programById, programInfo, testRun } from "../../src/kernel/mod.ts";
import { binding } from "../../src/maps/map.ts";
import { loadedProgram } from "../../src/program/ebpf.ts";
import { compileC } from "./c_program.ts";

const seconds = 2;
/** Seconds in which a runtime compiles the loop, and finds memory for its events. */
const beginning = 0.5;
/** Events of one run of the program. */
const each = 8;
const Event = struct({ time: u64, source: u32, destination: u32, sourcePort: u16, destinationPort: u16 });

class Sender extends XDP {
  each = each;
  events = new RingBuffer(Event, { size: 1 << 24 });

  program() {
    const time = this.bpf.ktimeGetNs();
    for (let i = 0; i < this.each; i++) {
      this.events.output({ time, source: i, destination: 5, sourcePort: 1, destinationPort: 2 });
    }
  }
}

/** The other process: keeps up with the rate. A call of the kernel that runs more than once takes a millisecond to begin. */
function send(id: number, rate: number, duration: number): void {
  using program = programById(id)!;
  const packet = new Uint8Array(64);
  const piece = rate === 0 || rate > 1e5 ? 1 << 16 : each;
  const start = performance.now();
  for (let sent = 0;;) {
    const elapsed = performance.now() - start;
    if (elapsed > 1000 * duration) return;
    if (rate > 0 && rate * elapsed / 1000 < sent + piece) continue;
    testRun(program, { packet, repeat: piece / each });
    sent += piece;
  }
}

/** What taking events costs that are there already: the best of some rounds. */
async function capacity(sender: Sender, by: "drain" | "batches" | "events"): Promise<void> {
  const { events } = sender;
  const total = 400_000;
  let [best, ports] = [Infinity, 0];
  for (let round = 0; round < 10; round++) {
    sender.test(new Uint8Array(64), { on: "kernel", repeat: total / each });
    const start = performance.now();
    let received = 0;
    const lists = by === "drain" ? [events.drain()] : by === "batches" ? events.batches({ mode: "throughput" }) : [];
    for await (const list of lists) {
      for (const event of list) ports += event.sourcePort;
      received += list.length;
      if (received === total) break;
    }
    if (by === "events") {
      for await (const event of events.events({ mode: "throughput" })) {
        ports += event.sourcePort;
        if (++received === total) break;
      }
    }
    best = Math.min(best, performance.now() - start);
  }
  const fate = ports === 10 * total ? "" : ", WRONG";
  console.log(
    `${`${by}, of events that are there`.padEnd(44)} ${(total / best / 1000).toFixed(2).padStart(6)} M/s${fate}`,
  );
}

function startSending(id: number, rate: number): ChildProcess {
  const flags = process.versions.bun ? [] : ["run", "--no-prompt", "--no-check", "--allow-ffi"];
  const script = fileURLToPath(import.meta.url);
  const all = [...flags, script, "send", String(id), String(rate), String(seconds)];
  return spawn(process.execPath, all, { stdio: "inherit" });
}

/** Takes events until the other process has ended and all are there. */
async function count(sender: Sender, rate: number, by: "batches" | "events", mode: EventMode): Promise<void> {
  const { events } = sender;
  const droppedBefore = events.dropped;
  const child = startSending(programInfo(sender[loadedProgram]()).id, rate);
  const ended = once(child, "exit");
  let [received, ports, first, last] = [0, 0, 0, 0];
  let lostEarly: number | undefined;
  const stream = by === "batches" ? events.batches({ mode }) : events.events({ mode });
  const taking = (async () => {
    for await (const some of stream) {
      if (received === 0) first = performance.now();
      // Looked at seldom, for what is taken one by one.
      if (lostEarly === undefined && received % 256 === 0 && performance.now() - first > 1000 * beginning) {
        lostEarly = events.dropped - droppedBefore;
      }
      if (Array.isArray(some)) { for (const event of some) ports += event.sourcePort; }
      else ports += (some as { readonly sourcePort: number }).sourcePort;
      received += Array.isArray(some) ? some.length : 1;
    }
    last = performance.now();
  })();
  await ended;
  await new Promise((wake) => setTimeout(wake, 200));
  await stream.return!();
  await taking;
  // The pause at the end is not theirs.
  const perSecond = received / (last - first - 200) / 1000;
  const lost = ports === received ? events.dropped - droppedBefore : undefined;
  const early = lost ? ` (${lostEarly ?? lost} in the first half second)` : "";
  report(`${by}, ${mode}, ${rateText(rate)}`, perSecond, lost, received, early);
}

/** The same in C, by a third process. */
async function countC(sender: Sender, rate: number, program: string): Promise<void> {
  const { events } = sender;
  const droppedBefore = events.dropped;
  const reader = spawn(program, [String(mapInfo(events[binding].share()).id)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let output = "";
  reader.stdout!.setEncoding("utf8").on("data", (text: string) => output += text);
  await once(reader.stdout!, "data");
  startSending(programInfo(sender[loadedProgram]()).id, rate);
  await once(reader, "close");
  const [received, duration, isRight] = output.split(/\s+/).slice(1).map(Number);
  report(
    `C, ${rateText(rate)}`,
    received / duration / 1e6,
    isRight ? events.dropped - droppedBefore : undefined,
    received,
  );
}

const rateText = (rate: number) => rate === 0 ? "as fast as it goes" : `${rate / 1e6} M/s sent`;

function report(what: string, perSecond: number, lost: number | undefined, received: number, early = ""): void {
  const fate = lost === undefined ? "WRONG" : `${lost} lost`;
  const all = received + (lost ?? 0);
  console.log(`${what.padEnd(44)} ${perSecond.toFixed(2).padStart(6)} M/s, ${fate} of ${all}${early}`);
}

/** Microseconds from the moment in the kernel to the loop, of runs of this process with pauses between them. */
async function latency(sender: Sender, mode: EventMode): Promise<void> {
  // What the kernel's clock and this one differ in, as near as can be told.
  let offset = Infinity;
  const now = () => performance.now() * 1000;
  const packet = new Uint8Array(64);
  for (let i = 0; i < 1000; i++) {
    sender.test(packet, { on: "kernel" });
    offset = Math.min(offset, now() - Number(sender.events.drain(each)[0].time) / 1000);
  }
  const child = startSending(programInfo(sender[loadedProgram]()).id, 500 * each);
  const ended = once(child, "exit");
  const delays: number[] = [];
  const stream = sender.events.events({ mode });
  void ended.then(() => stream.return!());
  for await (const { time, source } of stream) if (source === 0) delays.push(now() - offset - Number(time) / 1000);
  delays.sort((a, b) => a - b);
  const [p50, p99] = [0.5, 0.99].map((part) => delays[Math.floor(part * delays.length)].toFixed(0));
  console.log(`${`latency, ${mode}`.padEnd(44)} p50 ${p50} µs, p99 ${p99} µs of ${delays.length}`);
}

const [command, ...numbers] = process.argv.slice(2);
if (command === "send") {
  const [id, rate, duration] = numbers.map(Number);
  send(id, rate, duration);
} else {
  console.log(process.versions.bun ? `Bun ${process.versions.bun}` : `Deno ${process.versions.deno}`);
  using sender = new Sender();
  sender.load();
  for (const by of ["drain", "batches", "events"] as const) await capacity(sender, by);
  for (const by of ["batches", "events"] as const) {
    for (const rate of [5e6, 0]) await count(sender, rate, by, "throughput");
    await count(sender, 0, by, "latency");
  }
  const inC = compileC("events.c");
  for (const rate of inC ? [5e6, 0] : []) await countC(sender, rate, inC!);
  for (const mode of ["latency", "throughput"] as const) await latency(sender, mode);
}
