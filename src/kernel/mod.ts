/**
 * The kernel, as the rest of the library sees it: bpf(2), links, netlink, namespaces and packets.
 *
 * @module
 */
export * from "./attach.ts";
export { batch, type BatchCommand, type BatchOptions, type BatchResult } from "./batches.ts";
export * from "./btf.ts";
export { isDispatcher, linkHolding } from "./busy.ts";
export { BpfCommand, objectName } from "./bpf.ts";
export { Capability } from "./capabilities.ts";
export { possibleCpus } from "./cpus.ts";
export * from "./descriptor.ts";
export * from "./detach.ts";
export { ElementCalls, ValueCalls } from "./element_calls.ts";
export { deleteElement, lookupElement, nextKey, updateElement, UpdateFlag } from "./elements.ts";
export { Errno, errnoSymbol, errnoText } from "./errno.ts";
export { readBytes, readFile } from "./files.ts";
export * from "./info.ts";
export {
  deleteInterface,
  disableIpv6,
  interfaceIndex,
  interfaceName,
  listInterfaces,
  type NetworkInterface,
  readInterface,
  setInterfaceUp,
  setMtu,
  waitUntilRunning,
} from "./interfaces.ts";
export * from "./links.ts";
export * from "./maps.ts";
export * from "./memory.ts";
export * from "./namespaces.ts";
export * from "./packets.ts";
export * from "./pins.ts";
export * from "./perf_events.ts";
export * from "./programs.ts";
export * from "./readiness.ts";
export * from "./ring_buffer.ts";
export { sleep } from "./sockets.ts";
export * from "./user_ring_buffer.ts";
export * from "./veth.ts";
export * from "./waiter.ts";
export { type AttachedProgram, queryXdp, type XdpMode } from "./xdp.ts";
