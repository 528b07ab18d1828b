/**
 * How many processors the kernel keeps values for.
 *
 * @module
 */

import { EbpfError, ErrorCode } from "../errors.ts";
import { readFile } from "./files.ts";

const FILE = "/sys/devices/system/cpu/possible";

/**
 * How many processors there can be, whether they are running or not: per-CPU values have one for each.
 *
 * @throws {EbpfError} `NotSupported` if the kernel does not say.
 */
export function possibleCpus(): number {
  const count = countOf(readFile(FILE) ?? "");
  if (count !== undefined) return count;
  throw new EbpfError(ErrorCode.NotSupported, `Cannot use per-CPU values: ${FILE} does not say how many there are`, {
    remedy: "Mount sysfs at /sys",
  });
}

/** How many numbers a list like `0-3,8-11` has; `undefined` if it is no such list. */
export function countOf(list: string): number | undefined {
  if (!/^\d+(-\d+)?(,\d+(-\d+)?)*\n?$/.test(list)) return undefined;
  const ranges = list.split(",").map((range) => range.split("-").map(Number));
  return ranges.reduce((sum, [first, last = first]) => sum + last - first + 1, 0);
}
