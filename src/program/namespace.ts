/**
 * Which network namespace the calling thread is in: interfaces' indexes repeat from one namespace to the other.
 *
 * @module
 */

import { closing, NetworkNamespace, readFile } from "../kernel/mod.ts";

/** The current namespace's number; 0 on kernels that do not tell (before 5.14). */
export function currentNamespace(): number {
  const facts = closing(
    NetworkNamespace.current(),
    ({ descriptor }) => readFile(`/proc/thread-self/fdinfo/${descriptor.fd}`) ?? "",
  );
  return Number(/^ino:\s*(\d+)$/m.exec(facts)?.[1] ?? 0);
}
