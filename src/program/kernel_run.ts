/**
 * Runs of a loaded program by the kernel, on packets that never were on a wire.
 *
 * @module
 */

import { type Descriptor, testRun } from "../kernel/mod.ts";
import type { RunResult, Surroundings } from "./run.ts";
import { contextFields } from "./xdp_context.ts";

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
  { context: given = {}, metadata = new Uint8Array(0) }: Pick<Surroundings, "context" | "metadata"> = {},
): RunResult {
  const context = new DataView(new ArrayBuffer(contextSize));
  context.setUint32(dataOffset, metadata.length, true);
  context.setUint32(endOffset, metadata.length + packet.length, true);
  for (const [name, offset] of contextFields(undefined)) context.setUint32(offset, given[name] ?? 0, true);
  const result = testRun(program, {
    packet: Uint8Array.of(...metadata, ...packet),
    repeat,
    context: new Uint8Array(context.buffer),
  });
  const after = new DataView(result.context!.buffer);
  // What the kernel hands back begins with the metadata.
  const { action, duration } = result;
  const start = after.getUint32(dataOffset, true);
  return { action, duration, packet: result.packet.slice(start), metadata: result.packet.slice(0, start) };
}
