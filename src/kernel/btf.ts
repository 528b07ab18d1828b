/**
 * Loading BTF: the types that tools and the verifier's messages speak of.
 *
 * @module
 */
import { ErrorCode } from "../errors.ts";
import { bpf, bpfAttribute, BpfCommand } from "./bpf.ts";
import { Capability } from "./capabilities.ts";
import { Descriptor } from "./descriptor.ts";
import { withLockedMemory } from "./limits.ts";
import { loadWithLog } from "./log.ts";
import { pinned } from "./syscall.ts";

/** Where BTF_LOAD has its log: buffer, size, level and true size, from include/uapi/linux/bpf.h. */
const logFields = { buffer: 8, size: 20, level: 24, trueSize: 28 } as const;

/**
 * Loads BTF.
 *
 * @param bytes The whole blob, header included.
 * @param operation What this is for, as it follows "Cannot".
 * @throws {EbpfError} `VerifierRejected` with the kernel's log if the blob is malformed; `NotPermitted` without CAP_BPF.
 */
export function loadBtf(bytes: Uint8Array, operation = "load BTF"): Descriptor {
  const blob = pinned(bytes);
  const attribute = () => bpfAttribute().pointer(0, blob).u32(16, blob.length);
  const fd = loadWithLog(attribute, logFields, (filled) => withLockedMemory(() => bpf(BpfCommand.BtfLoad, filled)), {
    operation,
    rejected: ErrorCode.VerifierRejected,
    context: { needs: [Capability.CAP_BPF], locksMemory: true },
  });
  return new Descriptor(fd, "BTF");
}
