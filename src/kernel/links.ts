/**
 * BPF links: attachments that last as long as a descriptor or pin of them.
 *
 * @module
 */
import { ErrorCode } from "../errors.ts";
import { bpf, bpfAttribute, BpfCommand } from "./bpf.ts";
import { Capability } from "./capabilities.ts";
import type { Descriptor } from "./descriptor.ts";
import { Errno } from "./errno.ts";
import { checked, type Context } from "./errors.ts";
import { AttachType } from "./programs.ts";

/** `BPF_F_REPLACE`, from the kernel's include/uapi/linux/bpf.h. */
const replace = 4;

/**
 * Creates an XDP link (kernel 5.9).
 *
 * @param flags One of the mode flags in `xdp.ts`, or 0: the driver picks.
 * @returns The link's descriptor, or the negated errno.
 */
export function createXdpLink(program: Descriptor, interfaceIndex: number, flags: number): number {
  const attribute = bpfAttribute().u32(0, program.fd).u32(4, interfaceIndex).u32(8, AttachType.Xdp).u32(12, flags);
  return bpf(BpfCommand.LinkCreate, attribute);
}

const updating: Context = {
  needs: [Capability.CAP_BPF],
  meanings: {
    [Errno.NoLink]: { code: ErrorCode.Closed, what: "the link is detached from its interface" },
    [Errno.InvalidArgument]: {
      code: ErrorCode.InvalidArgument,
      what: "the program is of another type than the link's",
    },
    [Errno.NotPermitted]: {
      code: ErrorCode.InterfaceBusy,
      what: "the link holds another program than the one to be replaced",
    },
  },
};

/**
 * Puts another program into a link, atomically: no packet passes without one of both.
 *
 * @param old If given, only if this is the program in the link.
 * @throws {EbpfError} `Closed` if the link is detached; `InvalidArgument` for a program of another type;
 * `InterfaceBusy` if `old` is not the link's.
 */
export function updateLink(link: Descriptor, program: Descriptor, old?: Descriptor): void {
  const attribute = bpfAttribute().u32(0, link.fd).u32(4, program.fd);
  if (old) attribute.u32(8, replace).u32(12, old.fd);
  checked(bpf(BpfCommand.LinkUpdate, attribute), `put ${program.what} into ${link.what}`, updating);
}

/** Detaches a link while descriptors of it stay open (kernel 5.9). */
export function detachLink(link: Descriptor): void {
  checked(bpf(BpfCommand.LinkDetach, bpfAttribute().u32(0, link.fd)), `detach ${link.what}`);
}
