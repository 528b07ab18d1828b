/**
 * Detaching XDP programs that were attached by rtnetlink, without ever removing a stranger's program by accident.
 *
 * @module
 */
import { busy } from "./busy.ts";
import { atLeast, kernelVersion } from "./capabilities.ts";
import { closing } from "./descriptor.ts";
import { Errno } from "./errno.ts";
import { kernelError } from "./errors.ts";
import { programById } from "./info.ts";
import { interfaceName } from "./interfaces.ts";
import { changingInterfaces } from "./rtnetlink.ts";
import { type AttachedProgram, modeFlags, queryXdp, setXdp, XdpFlag } from "./xdp.ts";

/**
 * Detaches one program.
 *
 * @param index The interface, in the current network namespace.
 * @param programId The program that must be there.
 * @returns Whether it was there: anything else stays.
 * @throws {EbpfError} `InterfaceBusy` if a link holds it; `NotPermitted` without CAP_NET_ADMIN and (to open the program
 * by its id) CAP_SYS_ADMIN; `NoSuchInterface`.
 */
export function detachProgram(index: number, programId: number): boolean {
  const attached = queryXdp(index).find((attached) => attached.programId === programId);
  if (!attached) return false;
  // Before 5.7 there is no way to say which program is expected; what was just seen there must do.
  if (!atLeast(kernelVersion(), 5, 7)) return remove(index, attached, undefined);
  const program = programById(programId);
  return program !== undefined && closing(program, ({ fd }) => remove(index, attached, fd));
}

/**
 * Detaches whatever is attached by rtnetlink, in every mode.
 *
 * @returns The programs that were there.
 * @throws {EbpfError} As {@linkcode detachProgram}.
 */
export function detachAll(index: number): AttachedProgram[] {
  return queryXdp(index).filter((attached) => remove(index, attached, undefined));
}

function remove(index: number, { mode }: AttachedProgram, expectedFd: number | undefined): boolean {
  const flags = modeFlags[mode] | (expectedFd === undefined ? 0 : XdpFlag.Replace);
  const { error, text } = setXdp(index, { fd: -1, flags, expectedFd });
  if (error === 0) return true;
  // Another program took its place in the meantime.
  if (error === -Errno.Exists) return false;
  const operation = `detach from ${interfaceName(index)}`;
  if (error === -Errno.Busy) throw busy(operation, index, -error, text);
  throw kernelError(operation, -error, { ...changingInterfaces, text });
}
