/**
 * Which network namespace the calling thread is in: interfaces' indexes repeat from one namespace to the other.
 *
 * @module
 */

import { NetworkNamespace, readFile } from "../kernel/mod.ts";

/** The current namespace's number; 0 on kernels that do not tell (before 5.14). */
export function currentNamespace(): number {
  using namespace = NetworkNamespace.current();
  const facts = readFile(`/proc/thread-self/fdinfo/${namespace.descriptor.fd}`) ?? "";
  return Number(/^ino:\s*(\d+)$/m.exec(facts)?.[1] ?? 0);
}
