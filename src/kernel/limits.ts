/**
 * The limit on locked memory, against which kernels before 5.11 count maps and programs.
 *
 * @module
 */
import { Errno } from "./errno.ts";
import { Layout, syscall, word } from "./syscall.ts";

/** From the kernel's include/uapi/asm-generic/resource.h. */
const lockedMemory = 8;
const unlimited = 0xffff_ffff_ffff_ffffn;

/**
 * Does what makes something in the kernel; when that is refused and the locked-memory limit can be raised, raises it
 * and tries once more, as libbpf does.
 *
 * @param attempt Returns a result or a negated errno.
 */
export function withLockedMemory(attempt: () => number): number {
  const result = attempt();
  return result === -Errno.NotPermitted && raiseLimit() ? attempt() : result;
}

/** Lifts the limit, without CAP_SYS_RESOURCE to what is allowed; `false` if it cannot be raised. */
function raiseLimit(): boolean {
  const old = new Layout(16);
  const read = syscall("prlimit64", 0n, word(lockedMemory), 0n, old.address);
  old.touch();
  if (read < 0) return false;
  const [soft, hard] = [old.getU64(0), old.getU64(8)];
  return soft < unlimited && setLimit(unlimited, unlimited) || soft < hard && setLimit(hard, hard);
}

function setLimit(soft: bigint, hard: bigint): boolean {
  const limit = new Layout(16).u64(0, soft).u64(8, hard);
  const result = syscall("prlimit64", 0n, word(lockedMemory), limit.address, 0n);
  limit.touch();
  return result === 0;
}
