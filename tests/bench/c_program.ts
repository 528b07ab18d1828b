/**
 * Programs in C beside ours, where the machine has a compiler and libbpf's headers.
 *
 * @module
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";

/**
 * Compiles a file of this folder. What comes of it is there until the process ends.
 *
 * @param file Its name.
 * @returns The program's path; `undefined` where it cannot be compiled.
 */
export function compileC(file: string): string | undefined {
  const folder = mkdtempSync(join(tmpdir(), "bench-"));
  process.on("exit", () => rmSync(folder, { recursive: true }));
  const [source, program] = [fileURLToPath(new URL(file, import.meta.url)), join(folder, "program")];
  const { status } = spawnSync("cc", ["-O2", source, "-lbpf", "-o", program], { stdio: "ignore" });
  if (status === 0) return program;
  console.log("(Without C's figures: they need a C compiler and libbpf's headers.)");
  return undefined;
}
