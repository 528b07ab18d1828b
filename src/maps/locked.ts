/**
 * Changes of values under their lock, in user space and in runs as plain JavaScript.
 *
 * @module
 */

import { EbpfError, ErrorCode } from "../errors.ts";
import type { KeyedMap } from "./keyed.ts";
import { binding } from "./map.ts";
import { isInProgram } from "./mode.ts";

/** Lets a function change the value of a key; whether the key is there. */
export function changeLocked<K, V>(map: KeyedMap<K, V>, key: K, change: (value: V) => void): boolean {
  if (map[binding].lockOffset === undefined) {
    throw new EbpfError(ErrorCode.InvalidArgument, `Cannot lock values of the map "${map.name}": they have no lock`, {
      remedy: "Make it with { spinLock: true }",
    });
  }
  const value = map.get(key);
  if (value === undefined) return false;
  change(value);
  return isInProgram() || map.set(key, value, "exist");
}
