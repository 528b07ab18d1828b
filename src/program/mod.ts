/**
 * What users subclass, decorate and call.
 *
 * @module
 */

export { type AtomicView, atomicView } from "./atomics.ts";
export type { AttachOptions, DetachOptions } from "./attach.ts";
export type { AttachedProgram } from "./attached.ts";
export {
  EBPF,
  type ExplainOptions,
  type LoadOptions,
  type PinOptions,
  type Replay,
  type TestOptions,
  type TestResult,
} from "./ebpf.ts";
export { FibLookup, type FibLookupDerived, FibResult } from "./fib.ts";
export type { Helpers } from "./helpers.ts";
export type { MtuCheck, PacketHelpers } from "./packet_helpers.ts";
export type { SocketHelpers } from "./socket_helpers.ts";
export type { SynCookie } from "../vm/syncookies.ts";
export { type Captures, kernel, type KernelDecorator } from "./kernel.ts";
export { noinline, type NoinlineDecorator } from "./noinline.ts";
export { XdpLink } from "./link.ts";
export type { NamespaceChoice } from "./namespace.ts";
export { Packet, type PacketBytes } from "./packet.ts";
export type { Layers } from "./packet_methods.ts";
export { Program } from "./program.ts";
export { RawProgram, type RawProgramOptions } from "./raw.ts";
export type { FibLookupAnswer, SocketLookupAnswer } from "./running.ts";
export { read } from "./read.ts";
export { SubProgram } from "./sub_program.ts";
export { globalVar, localVar, packetVar, type Variable } from "./variables.ts";
export { hashVar, perCpuVar } from "./entry_variables.ts";
export { CpuMapProgram, DevMapProgram } from "./map_programs.ts";
export { XDP } from "./xdp.ts";
export { type XdpAction, XdpProgram } from "./xdp_program.ts";
export type { DevMapContext, XdpContext } from "./xdp_context.ts";
