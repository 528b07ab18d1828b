/**
 * What the maps have in common whose entries are places that packets are redirected to.
 *
 * @module
 */

import { EbpfError, ErrorCode } from "../errors.ts";
import { u32 } from "../types/scalar.ts";
import type { MapDescription } from "./binding.ts";
import { KeyedMap } from "./keyed.ts";
import { binding } from "./map.ts";

/** XDP_REDIRECT (enum xdp_action, include/uapi/linux/bpf.h). */
export const REDIRECT = 4;

/** An action of an XDP program. */
export type Action = 0 | 1 | 2 | 3 | 4;

/** A map of places by number. */
export abstract class RedirectMap extends KeyedMap<number, number> {
  /** Makes a map of a kind. */
  protected constructor(
    kind: MapDescription["kind"],
    maxEntries: number,
    sizes: Pick<MapDescription, "valueSize" | "olderValueSize"> = {},
  ) {
    super({ kind, keyType: u32, valueType: u32, maxEntries, ...sizes });
  }

  /**
   * Redirects the packet (`bpf_redirect_map`, Linux 4.14): return what this gives.
   *
   * @param key Which entry to redirect to; the low 32 bits count.
   * @param otherwise The action if there is no such entry, none but `XDP.ABORTED` (the default), `DROP`, `PASS` and `TX`;
   * known when the program is generated.
   * @returns `XDP.REDIRECT`, or `otherwise`. Whether the packet can be sent shows only later, in the kernel: the
   * tracepoint `xdp:xdp_redirect_err` tells.
   * @throws {EbpfError} `InvalidArgument` for another action to fall back on.
   */
  redirect(key: number, otherwise: Action = 0): Action {
    demandFallback(otherwise);
    return this.has(key) ? REDIRECT : otherwise;
  }

  /**
   * Removes an entry.
   *
   * @param key Its number.
   * @returns Whether it was there.
   * @throws {EbpfError} `Closed`; as bpf(2) fails.
   */
  delete(key: number): boolean {
    // The kernel deletes what is not there, too.
    return this.has(key) && this[binding].store.delete(this[binding].key(key));
  }

  /** Removes all entries. */
  clear(): void {
    for (const key of [...this.keys()]) this.delete(key);
  }
}

function demandFallback(otherwise: number): void {
  if (Number.isInteger(otherwise) && otherwise >= 0 && otherwise < REDIRECT) return;
  throw new EbpfError(ErrorCode.InvalidArgument, `Cannot fall back on ${otherwise} when redirecting`, {
    remedy: "Give XDP.ABORTED, DROP, PASS or TX",
  });
}
