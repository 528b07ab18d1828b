/**
 * Says out loud why a test is left out: `describe("attach", needs("linux", "root", "ip"), () => { … })`.
 *
 * @module
 */
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import process from "node:process";

/**
 * What a test needs: `"linux"`, `"root"`, or the name of a command.
 *
 * @param requirements What must be there; the first that is missing is printed.
 * @returns Options for `describe` and `it`.
 */
export function needs(...requirements: readonly string[]): { readonly ignore: boolean } {
  const missing = requirements.find((requirement) => !available(requirement));
  if (missing !== undefined) console.log(`skipped: needs ${missing}`);
  return { ignore: missing !== undefined };
}

/**
 * Where a command is, also when `PATH` lacks the administrator's folders.
 *
 * @param name The command's name.
 * @returns Its path, or undefined.
 */
export function findCommand(name: string): string | undefined {
  const folders = (process.env.PATH ?? "").split(delimiter).filter((folder) => folder !== "");
  return [...folders, "/usr/local/sbin", "/usr/sbin", "/sbin"].map((folder) => join(folder, name)).find(executable);
}

function available(requirement: string): boolean {
  if (requirement === "linux") return process.platform === "linux";
  if (requirement === "root") return process.getuid?.() === 0;
  return findCommand(requirement) !== undefined;
}

function executable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
