/**
 * The kernel, as the rest of the library sees it: bpf(2), links, netlink, namespaces and packets.
 *
 * @module
 */
export { Capability } from "./capabilities.ts";
export * from "./btf.ts";
export * from "./descriptor.ts";
export { Errno, errnoSymbol, errnoText } from "./errno.ts";
export { readBytes, readFile } from "./files.ts";
export * from "./info.ts";
export * from "./maps.ts";
export * from "./memory.ts";
export * from "./pins.ts";
export * from "./programs.ts";
