/**
 * The elements of maps, many at a time.
 *
 * @module
 */
import { ErrorCode } from "../errors.ts";
import { bpf, bpfAttribute, type BpfCommand } from "./bpf.ts";
import type { Descriptor } from "./descriptor.ts";
import { elementMeanings } from "./elements.ts";
import { Errno } from "./errno.ts";
import { type Context, kernelError } from "./errors.ts";

/** The operations on many elements at once. */
export type BatchCommand =
  | BpfCommand.MapLookupBatch
  | BpfCommand.MapLookupAndDeleteBatch
  | BpfCommand.MapUpdateBatch
  | BpfCommand.MapDeleteBatch;

/** The arguments of {@linkcode batch}. */
export interface BatchOptions {
  /** Where a lookup goes on: the previous call's `next`; `undefined` to begin. */
  readonly from?: Uint8Array;
  /** Receives where to go on: at least 4 bytes, and not less than a key. Lookups need it. */
  readonly next?: Uint8Array;
  /** The keys, one behind the other; a lookup fills them. */
  readonly keys: Uint8Array;
  /** Not for deletions. */
  readonly values?: Uint8Array;
  /** How many elements the buffers hold. */
  readonly count: number;
  /** {@linkcode UpdateFlag}s of each element. */
  readonly flags?: number;
}

/** What {@linkcode batch} did. */
export interface BatchResult {
  /** How many elements were done. */
  readonly count: number;
  /** Whether the end of the map was reached, or a key was not there. */
  readonly end: boolean;
}

/**
 * Looks up, updates or deletes many elements by one call (kernel 5.6).
 *
 * @throws {EbpfError} `NotSupported` on maps and kernels that cannot; `OutOfRange` if a bucket of a hash map holds more
 * elements than the buffers (try again with larger ones).
 */
export function batch(command: BatchCommand, map: Descriptor, options: BatchOptions): BatchResult {
  const attribute = bpfAttribute()
    .pointer(0, options.from)
    .pointer(8, options.next)
    .pointer(16, options.keys)
    .pointer(24, options.values)
    .u32(32, options.count)
    .u32(36, map.fd)
    .u64(40, BigInt(options.flags ?? 0));
  const result = bpf(command, attribute);
  const count = attribute.getU32(32);
  if (result === -Errno.NoEntry) return { count, end: true };
  if (result < 0) throw kernelError(`work on many entries of ${map.what}`, -result, batchMeanings);
  return { count, end: false };
}

const batchMeanings: Context = {
  ...elementMeanings,
  meanings: {
    ...elementMeanings.meanings,
    [Errno.NoSpace]: { code: ErrorCode.OutOfRange, what: "the buffers are smaller than one bucket of the map" },
  },
};
