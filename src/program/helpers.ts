/**
 * The kernel's helpers as a program calls them, by the kernel's names in camelCase.
 *
 * The bodies are what they mean in a run as plain JavaScript. Numbers and meanings are those of
 * `___BPF_FUNC_MAPPER`, include/uapi/linux/bpf.h.
 *
 * @module
 */

/** What `this.bpf` has. */
export class Helpers {
  /**
   * The time since the system started, not counting suspension (`bpf_ktime_get_ns`, Linux 4.1).
   *
   * @returns Nanoseconds. In a run as plain JavaScript, those since the process started.
   */
  ktimeGetNs(): bigint {
    return BigInt(Math.round(performance.now() * 1e6));
  }

  /**
   * A random number (`bpf_get_prandom_u32`, Linux 4.1); not fit for secrets.
   *
   * @returns A whole number from 0 to 2^32 − 1.
   */
  getPrandomU32(): number {
    return Math.floor(Math.random() * 2 ** 32);
  }

  /**
   * The processor that runs the program (`bpf_get_smp_processor_id`, Linux 4.1).
   *
   * @returns Its number, from 0. In a run as plain JavaScript, 0.
   */
  getSmpProcessorId(): number {
    return 0;
  }
}

/** The one object of them: it has no state. */
export const helpers: Helpers = Object.freeze(new Helpers());
