/**
 * Taking programs off an interface to make room for another one, with a way back.
 *
 * @module
 */
import { EbpfError } from "../errors.ts";
import { busy } from "./busy.ts";
import { atLeast, kernelVersion } from "./capabilities.ts";
import type { Descriptor } from "./descriptor.ts";
import { programById } from "./info.ts";
import { type AttachedProgram, modeFlags, setXdp, XdpFlag, type XdpMode } from "./xdp.ts";

/** Programs that were taken off an interface, held until they are put back or let go. */
export interface Displaced {
  /** Puts them back. */
  restore(): void;
  /** Lets go of them. */
  close(): void;
}

/**
 * Takes programs off an interface.
 *
 * @param operation What this is for, as it follows "Cannot".
 * @throws {EbpfError} `InterfaceBusy` if a link holds one of them; then all are as they were.
 */
export function displace(index: number, programs: readonly AttachedProgram[], operation: string): Displaced {
  const removed: { readonly mode: XdpMode; readonly program: Descriptor | undefined }[] = [];
  const displaced: Displaced = {
    restore() {
      for (const { mode, program } of removed) {
        if (program) setXdp(index, { fd: program.fd, flags: modeFlags[mode] | XdpFlag.IfNoneExists });
      }
    },
    close() {
      for (const { program } of removed) program?.close();
    },
  };
  for (const { mode, programId } of programs) {
    // Held before it is removed: the attachment may be the last thing that keeps it.
    const program = openIfPermitted(programId);
    // So that no other program goes that took its place in the meantime (kernel 5.7).
    const expectedFd = atLeast(kernelVersion(), 5, 7) ? program?.fd : undefined;
    const flags = modeFlags[mode] | (expectedFd === undefined ? 0 : XdpFlag.Replace);
    const { error, text } = setXdp(index, { fd: -1, flags, expectedFd });
    if (error < 0) {
      program?.close();
      displaced.restore();
      displaced.close();
      throw busy(operation, index, -error, text);
    }
    removed.push({ mode, program });
  }
  return displaced;
}

/** Opening a stranger's program needs CAP_SYS_ADMIN; attaching does not. Without it there is no way back. */
function openIfPermitted(id: number): Descriptor | undefined {
  try {
    return programById(id);
  } catch (error) {
    if (error instanceof EbpfError) return undefined;
    throw error;
  }
}
