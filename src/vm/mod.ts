/**
 * The virtual machine: eBPF without FFI, root or Linux.
 *
 * @module
 */

export type { Instruction, Listing, MapReference, Register } from "../bytecode/mod.ts";
export { Machine, type MachineOptions, type PacketRun, type Run } from "./machine.ts";
export * from "./maps/mod.ts";
export { type CapturedPacket, ethernetLinkType, readCapture, type Replay, replay } from "./pcap.ts";
export type { Redirect, XdpContext } from "./xdp.ts";
