/**
 * The command line of the examples: `IFACE [SECONDS] [--mode auto|skb|drv|hw]`.
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
}

const modes: readonly string[] = ["auto", "skb", "drv", "hw"] satisfies RequestedMode[];

/** Reads the command line; where it makes no sense, says how it should look and ends the process. */
export function readArguments(example: string): Arguments {
  try {
    const { positionals: [name, seconds = "10", ...rest], values: { mode } } = parseArgs({
      allowPositionals: true,
      options: { mode: { type: "string", default: "auto" } },
    });
    if (name && Number(seconds) > 0 && modes.includes(mode) && rest.length === 0) {
      return { interface: name, seconds: Number(seconds), mode: mode as RequestedMode };
    }
  } catch {
    // An option that there is not.
  }
  console.error(`usage: ${example} IFACE [SECONDS] [--mode ${modes.join("|")}]`);
  process.exit(2);
}

/** Calls a function now and then: once a second, until the seconds are over. */
export async function everySecond(seconds: number, action: () => void): Promise<void> {
  for (let left = seconds; left > 0; left--) {
    await new Promise((wake) => setTimeout(wake, 1000 * Math.min(1, left)));
    action();
  }
}
