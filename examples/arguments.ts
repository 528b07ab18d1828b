/**
 * The command line of the examples: `IFACE [SECONDS] [--mode auto|skb|drv|hw]`; of some, also `--COMMAND IFACE [--pins FOLDER]`.
 *
 * @module
 */
import process from "node:process";
import { parseArgs } from "node:util";
import type { RequestedMode } from "../mod.ts";

/** What the user asked for. */
export interface Arguments {
  readonly interface: string;
  readonly seconds: number;
  readonly mode: RequestedMode;
  /** One of the example's commands, if the user gave one. */
  readonly command: string | undefined;
  /** A folder of a bpffs. */
  readonly pins: string;
}

const modes: readonly string[] = ["auto", "skb", "drv", "hw"] satisfies RequestedMode[];

/** Reads the command line; where it makes no sense, says how it should look and ends the process. */
export function readArguments(example: string, commands: readonly string[] = []): Arguments {
  try {
    const { positionals: [name, seconds = "10", ...rest], values } = parseArgs({
      allowPositionals: true,
      options: {
        mode: { type: "string", default: "auto" },
        pins: { type: "string", default: "/sys/fs/bpf" },
        ...Object.fromEntries(commands.map((command) => [command, { type: "boolean" }] as const)),
      },
    });
    const { mode, pins, ...others } = values as { readonly mode: string; readonly pins: string };
    const [command, ...more] = Object.keys(others);
    const isRight = name && Number(seconds) > 0 && modes.includes(mode) && rest.length === 0 && more.length === 0;
    if (isRight) return { interface: name, seconds: Number(seconds), mode: mode as RequestedMode, command, pins };
  } catch {
    // An option that there is not.
  }
  console.error(`usage: ${example} IFACE [SECONDS] [--mode ${modes.join("|")}]`);
  if (commands.length > 0) {
    console.error(`       ${example} ${commands.map((command) => `--${command}`).join("|")} IFACE [--pins FOLDER]`);
  }
  process.exit(2);
}

/** Calls a function now and then: once a second, until the seconds are over. */
export async function everySecond(seconds: number, action: () => void): Promise<void> {
  for (let left = seconds; left > 0; left--) {
    await new Promise((wake) => setTimeout(wake, 1000 * Math.min(1, left)));
    action();
  }
}
