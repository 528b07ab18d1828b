/**
 * The library's own functions that programs call: compiled from their texts as users' are, but what goes wrong in them is
 * told, and their instructions are placed, where the user called them.
 *
 * @module
 */

import { once } from "../../once.ts";
import * as headers from "../../types/headers/mod.ts";
import { IPv4Network, IPv6Network } from "../../types/networks.ts";
import type { AnyFunction, Unit } from "../unit.ts";

const ours = once((): ReadonlySet<AnyFunction> =>
  new Set([
    IPv4Network.prototype.includes,
    IPv6Network.prototype.includes,
    ...Object.values(headers).flatMap(({ derived }) =>
      Object.values(derived).flatMap(({ get, set, value }) => [get, set, value].filter((fn) => fn !== undefined))
    ),
  ])
);

/** Whether a function is the library's. */
export function isOurs({ packetMethods }: Unit, fn: AnyFunction): boolean {
  return ours().has(fn) || packetMethods?.get(fn.name) === fn;
}
