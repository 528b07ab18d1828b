/**
 * What this process may do: its effective capabilities, and which kernel it runs on.
 *
 * @module
 */
import { allocate } from "../ffi/mod.ts";
import { readFile } from "./files.ts";
import { syscallWithBuffers, textOf } from "./syscall.ts";

/** Capabilities by their bit, from the kernel's include/uapi/linux/capability.h. */
export enum Capability {
  CAP_NET_ADMIN = 12,
  CAP_NET_RAW = 13,
  CAP_SYS_ADMIN = 21,
  CAP_SYS_RESOURCE = 24,
  CAP_PERFMON = 38,
  CAP_BPF = 39,
}

/** The effective capabilities as a bit mask, or `undefined` where /proc is not mounted. */
export function effectiveCapabilities(): bigint | undefined {
  const digits = /^CapEff:\s*([0-9a-f]+)$/m.exec(readFile("/proc/self/status") ?? "")?.[1];
  return digits === undefined ? undefined : BigInt("0x" + digits);
}

const splitFromSysAdmin: ReadonlySet<Capability> = new Set([Capability.CAP_BPF, Capability.CAP_PERFMON]);

/** Those of the needed capabilities that are not effective. CAP_SYS_ADMIN stands for those that were split from it. */
export function missingCapabilities(needed: readonly Capability[], effective: bigint): Capability[] {
  const has = (capability: Capability) => (effective >> BigInt(capability) & 1n) === 1n;
  return needed.filter((capability) => {
    const implied = splitFromSysAdmin.has(capability) && has(Capability.CAP_SYS_ADMIN);
    return !implied && !has(capability);
  });
}

/** A kernel's version: its first two numbers. */
export interface KernelVersion {
  readonly major: number;
  readonly minor: number;
}

/** Bytes of a field of `struct new_utsname`, include/uapi/linux/utsname.h. */
const utsnameField = 65;

/** The running kernel's version, from uname(2). */
export function kernelVersion(): KernelVersion {
  const names = allocate(6 * utsnameField);
  syscallWithBuffers("uname", names);
  const release = textOf(names.subarray(2 * utsnameField, 3 * utsnameField));
  const [major = 0, minor = 0] = release.split(/[.-]/).map(Number);
  return { major, minor };
}

/** Whether a version is at least `major.minor`. */
export function atLeast(version: KernelVersion, major: number, minor: number): boolean {
  return version.major > major || version.major === major && version.minor >= minor;
}
