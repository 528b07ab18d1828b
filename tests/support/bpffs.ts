/**
 * A bpffs of a test's own, in a temporary folder.
 *
 * @module
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { findCommand } from "./skip.ts";

const prefix = "waggle-bpffs-";

/** A mounted bpffs: `using bpffs = new BpfFs()`. Nothing of it stays at the end of the scope. */
export class BpfFs {
  /** Where it is mounted. */
  readonly path: string;

  constructor() {
    removeForgotten();
    this.path = mkdtempSync(join(tmpdir(), `${prefix}${process.pid}-`));
    const { status, stderr } = spawnSync(findCommand("mount")!, ["-t", "bpf", "bpf", this.path], { encoding: "utf8" });
    if (status === 0) return;
    rmdirSync(this.path);
    throw new Error(`cannot mount a bpffs: ${stderr}`);
  }

  /** A path in it. */
  in(...names: readonly string[]): string {
    return join(this.path, ...names);
  }

  /** What is in a folder of it, sorted; without what the kernel puts there. */
  list(...names: readonly string[]): string[] {
    return readdirSync(this.in(...names)).filter((name) => !name.endsWith(".debug")).sort();
  }

  [Symbol.dispose](): void {
    unmount(this.path);
  }
}

function unmount(path: string): void {
  spawnSync(findCommand("umount")!, ["--lazy", path]);
  rmdirSync(path);
}

/** Those of processes that were killed. */
function removeForgotten(): void {
  const mounts = readFileSync("/proc/self/mounts", "utf8").split("\n").map((line) => line.split(" ")[1] ?? "");
  for (const path of mounts.filter((path) => path.startsWith(join(tmpdir(), prefix)))) {
    const pid = Number(path.slice(join(tmpdir(), prefix).length).split("-")[0]);
    if (!isAlive(pid)) unmount(path);
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
