/**
 * Networks for tests: two network namespaces of their own, joined by a veth pair. Nothing of the machine's is touched,
 * and nothing stays, whatever happens.
 *
 * @module
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { createWire, type NetworkNamespace, PacketSocket, type WireEnd } from "../../src/kernel/mod.ts";
import { findCommand } from "./skip.ts";

/** How a test network is made. */
export interface NetworkOptions {
  /** Bytes of the largest packet on both ends, without the Ethernet header; default 1500. */
  readonly mtu?: number;
  /** Gives the namespaces names under /run/netns too, for `ip netns exec`. Default `false`. */
  readonly named?: boolean;
}

/** Two namespaces and the pair that joins them: `using network = new TestNetwork()`. */
export class TestNetwork {
  readonly near: NetworkEnd;
  readonly far: NetworkEnd;
  readonly #owned: DisposableStack;

  constructor({ mtu, named = false }: NetworkOptions = {}) {
    using owned = new DisposableStack();
    const { near, far } = owned.use(createWire({ mtu }));
    this.near = owned.use(new NetworkEnd(near, named));
    this.far = owned.use(new NetworkEnd(far, named));
    this.#owned = owned.move();
  }

  [Symbol.dispose](): void {
    this.#owned.dispose();
  }
}

/** One end: a namespace with one interface besides the loopback's, and a socket for raw frames on it. */
export class NetworkEnd {
  readonly namespace: NetworkNamespace;
  readonly interfaceName: string;
  readonly index: number;
  /** The namespace's file, for `nsenter --net=…` and `NetworkNamespace.open` in child processes. */
  readonly path: string;
  /** The name under /run/netns, if there is one. */
  readonly name: string | undefined;
  readonly socket: PacketSocket;
  readonly #owned: DisposableStack;

  constructor({ namespace, interface: { name, index, running } }: WireEnd, named: boolean) {
    if (!running) throw new Error(`${name} does not come up`);
    using owned = new DisposableStack();
    this.namespace = namespace;
    this.interfaceName = name;
    this.index = index;
    this.path = `/proc/${process.pid}/fd/${namespace.descriptor.fd}`;
    this.name = named ? owned.use(new NamespaceName(this.path, name)).name : undefined;
    this.socket = owned.use(namespace.run(() => new PacketSocket(index)));
    this.#owned = owned.move();
  }

  /** Does something in this end's namespace; synchronously. */
  run<T>(work: () => T): T {
    return this.namespace.run(work);
  }

  /** Sends a frame as often as asked. */
  send(frame: Uint8Array, times = 1): void {
    for (let count = 0; count < times; count++) this.socket.send(frame);
  }

  /** The next frame that arrived here, or `undefined` if none does in time. */
  receive(milliseconds = 500): Uint8Array | undefined {
    return this.socket.receive(milliseconds);
  }

  /** All frames that arrive until none does for a while. */
  drain(quietMilliseconds = 50): Uint8Array[] {
    const frames: Uint8Array[] = [];
    for (let frame = this.receive(quietMilliseconds); frame; frame = this.receive(quietMilliseconds)) {
      frames.push(frame);
    }
    return frames;
  }

  /** Runs a command in this end's namespace; its output. Throws if it fails. */
  command(name: string, ...args: readonly string[]): string {
    const all = [`--net=${this.path}`, findCommand(name) ?? name, ...args];
    const { status, stdout, stderr } = spawnSync(findCommand("nsenter")!, all, { encoding: "utf8" });
    if (status !== 0) throw new Error(`${name} ${args.join(" ")} failed: ${stderr}${stdout}`);
    return stdout;
  }

  [Symbol.dispose](): void {
    this.#owned.dispose();
  }
}

/** An Ethernet frame: broadcast, an EtherType, and bytes 0, 1, 2, … up to its length. */
export function ethernetFrame(length = 60, etherType = 0x88b5): Uint8Array {
  const frame = Uint8Array.from({ length }, (_, index) => index - 14);
  frame.fill(0xff, 0, 6).set([0x02, 0, 0, 0, 0, 1, etherType >> 8, etherType & 0xff], 6);
  return frame;
}

const namesFolder = "/run/netns";
const prefix = "waggle-test-";

/** A namespace's name under /run/netns, as `ip netns` makes them; gone at the end of the scope. */
class NamespaceName {
  readonly name: string;

  constructor(path: string, end: string) {
    removeForgotten();
    this.name = `${prefix}${process.pid}-${crypto.randomUUID().slice(0, 8)}-${end}`;
    mkdirSync(namesFolder, { recursive: true });
    const file = join(namesFolder, this.name);
    writeFileSync(file, "");
    const { status, stderr } = spawnSync(findCommand("mount")!, ["--bind", path, file], { encoding: "utf8" });
    if (status === 0) return;
    rmSync(file);
    throw new Error(`cannot mount ${file}: ${stderr}`);
  }

  [Symbol.dispose](): void {
    removeName(this.name);
  }
}

/** Names whose process was killed. */
function removeForgotten(): void {
  let names: string[];
  try {
    names = readdirSync(namesFolder);
  } catch {
    return;
  }
  for (const name of names) {
    const pid = name.startsWith(prefix) && name.slice(prefix.length).split("-")[0];
    if (pid && !alive(Number(pid))) removeName(name);
  }
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

function removeName(name: string): void {
  const file = join(namesFolder, name);
  spawnSync(findCommand("umount")!, ["--lazy", file]);
  rmSync(file, { force: true });
}
