/**
 * The limit on locked memory, against which kernels before 5.11 count maps and programs.
 *
 * @module
 */
import { Errno } from "./errno.ts";
import { Layout, littleEndian, syscall, word } from "./syscall.ts";

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

/** Lifts the limit; `false` if it already was or cannot be lifted. */
function raiseLimit(): boolean {
  const old = new Layout(16);
  const get = syscall("prlimit64", 0n, word(lockedMemory), 0n, old.address);
  old.touch();
  if (get < 0 || old.view.getBigUint64(0, littleEndian) === unlimited) return false;
  const lifted = new Layout(16).u64(0, unlimited).u64(8, unlimited);
  const set = syscall("prlimit64", 0n, word(lockedMemory), lifted.address, 0n);
  lifted.touch();
  return set === 0;
}
