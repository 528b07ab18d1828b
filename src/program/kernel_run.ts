/**
 * Runs of a loaded program by the kernel, on packets that never were on a wire.
 *
 * @module
 */

import { type Descriptor, testRun } from "../kernel/mod.ts";
import type { RunResult } from "./run.ts";
import { contextFields, type DevMapContext } from "./xdp_context.ts";

/** Bytes of `struct xdp_md`, and where the packet's begin and end stand in it. */
const contextSize = 24;
const dataOffset = 0;
const endOffset = 4;

/**
 * Runs a program on a packet.
 *
 * @throws {EbpfError} As `testRun`.
 */
export function runInKernel(
  program: Descriptor,
  packet: Uint8Array,
  repeat: number,
  given: Partial<DevMapContext> = {},
): RunResult {
  const context = new DataView(new ArrayBuffer(contextSize));
  context.setUint32(endOffset, packet.length, true);
  for (const [name, offset] of contextFields(undefined)) context.setUint32(offset, given[name] ?? 0, true);
  const result = testRun(program, { packet, repeat, context: new Uint8Array(context.buffer) });
  const after = new DataView(result.context!.buffer);
  // What the kernel hands back begins with the metadata.
  const { action, duration } = result;
  return { action, duration, packet: result.packet.slice(after.getUint32(dataOffset, true)) };
}
