/**
 * Runs an outside program on bytes in a file of its own.
 *
 * @module
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findCommand } from "./skip.ts";

/**
 * Runs `command …args FILE` on a temporary file.
 *
 * @param command A command that {@linkcode findCommand} finds.
 * @param content What is in the file.
 * @param args Goes before the file's name; `FILE` in it stands for the name, which is then not added.
 * @returns What it printed; throws if it failed.
 */
export function runOn(command: string, content: Uint8Array | string, args: readonly string[]): string {
  const folder = mkdtempSync(join(tmpdir(), "waggle-"));
  try {
    const file = join(folder, "input");
    writeFileSync(file, content);
    const named = args.map((argument) => argument === "FILE" ? file : argument);
    const all = args.includes("FILE") ? named : [...named, file];
    const { status, stdout, stderr } = spawnSync(findCommand(command)!, all, { encoding: "utf8", maxBuffer: 1 << 26 });
    if (status !== 0) throw new Error(`${command} ${all.join(" ")} failed: ${stderr}`);
    return stdout;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
