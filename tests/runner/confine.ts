/**
 * Keeps tests that only compute from the kernel: whoever says nothing of root does not have its powers.
 *
 * @module
 */
import { spawnSync } from "node:child_process";
import { findCommand } from "../support/skip.ts";

const powers = ["bpf", "net_admin", "net_raw", "perfmon", "sys_admin"].map((name) => `-${name}`).join(",");

/**
 * What a command is preceded by so that it cannot load programs, make maps, or change interfaces and namespaces.
 *
 * @returns A command and its first arguments; nothing where there are no powers to drop, or no way to drop them.
 */
export function confinement(): readonly string[] {
  const setpriv = findCommand("setpriv");
  if (!setpriv) return [];
  const command = [setpriv, "--bounding-set", powers, "--inh-caps", powers];
  return spawnSync(setpriv, [...command.slice(1), "true"]).status === 0 ? command : [];
}
