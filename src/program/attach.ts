/**
 * Attaching a loaded XDP program, held in the best way that the kernel has, and detaching what other processes left.
 *
 * @module
 */

import { EbpfError, ErrorCode } from "../errors.ts";
import {
  attachLink,
  attachNetlink,
  type AttachOptions as KernelOptions,
  type Descriptor,
  detachAll,
  detachProgram,
  interfaceName,
  programInfo,
  queryXdp,
  type RequestedMode,
} from "../kernel/mod.ts";
import { objectName } from "../kernel/bpf.ts";
import { type Hold, XdpLink } from "./link.ts";
import { identify } from "./ours.ts";
import { whenProcessEnds } from "./signals.ts";

/** How to attach. */
export interface AttachOptions {
  /**
   * Where the program runs: in the driver (`"drv"`), in the kernel's generic code (`"skb"`), on the network card
   * (`"hw"`), or in the driver if it can and else generic (`"auto"`). Default `"auto"`; the link's `mode` says which.
   */
  readonly mode?: RequestedMode;
  /** Whether another program that is attached there gives way. Default `false`. */
  readonly replace?: boolean;
  /** Whether the attachment outlives this process. Default `false`. */
  readonly persist?: boolean;
}

/** The kernel's two ways; tests put others in their place. */
export interface Mechanisms {
  readonly attachLink: typeof attachLink;
  readonly attachNetlink: typeof attachNetlink;
}

const kernelMechanisms: Mechanisms = { attachLink, attachNetlink };

/** What {@linkcode attachProgram} attaches. */
export interface Target {
  readonly program: Descriptor;
  /** The interface's name and index. */
  readonly interface: string;
  readonly index: number;
  /** The number of the interface's network namespace. */
  readonly namespace: number;
  /** Called when the link lets go. */
  readonly released: () => void;
}

/** Attaches a program. */
export function attachProgram(
  target: Target,
  { persist = false, ...options }: AttachOptions,
  mechanisms: Mechanisms = kernelMechanisms,
): XdpLink {
  const programId = programInfo(target.program).id;
  const { mode, hold } = persist ? byNetlink(target, options, mechanisms) : scoped(target, options, mechanisms);
  const untilEnd = hold.kind === "netlink" && !persist ? whenProcessEnds(() => link.detach()) : undefined;
  const link = new XdpLink({ ...target, mode, programId }, hold, () => {
    untilEnd?.cancel();
    target.released();
  });
  return link;
}

interface Held {
  readonly mode: XdpLink["mode"];
  readonly hold: Hold;
}

function byNetlink({ program, index }: Target, options: KernelOptions, mechanisms: Mechanisms): Held {
  const { mode } = mechanisms.attachNetlink(program, index, options);
  return { mode, hold: { kind: "netlink", persist: true } };
}

function scoped(target: Target, options: KernelOptions, mechanisms: Mechanisms): Held {
  const { program, index } = target;
  try {
    const { mode, link } = mechanisms.attachLink(program, index, options);
    return { mode, hold: { kind: "link", descriptor: link } };
  } catch (error) {
    if (!(error instanceof EbpfError) || error.code !== ErrorCode.NotSupported) throw error;
  }
  const { mode } = mechanisms.attachNetlink(program, index, options);
  console.warn(
    `This kernel has no XDP links: ${program.what} is detached from ${target.interface} at the end of its scope, of the ` +
      "process, and on SIGINT, SIGTERM and SIGHUP, but it stays there after SIGKILL.",
  );
  return { mode, hold: { kind: "netlink", persist: false } };
}

/** How to detach. */
export interface DetachOptions {
  /** Whether to detach also what this program is not known to have attached. Default `false`. */
  readonly force?: boolean;
}

/**
 * Detaches what an earlier process attached to stay: programs of this library under this name, or all by force.
 *
 * @param name The program's name.
 * @returns Whether there was something to detach.
 */
export function detachFrom(index: number, name: string, { force = false }: DetachOptions): boolean {
  if (force) return detachAll(index).length > 0;
  const attached = queryXdp(index);
  for (const { programId } of attached) {
    const found = identify(programId);
    if (found && !(found.ours && found.name === objectName(name))) throw stranger(index, name, programId, found.name);
  }
  return attached.map(({ programId }) => detachProgram(index, programId)).includes(true);
}

function stranger(index: number, name: string, programId: number, foundName: string): EbpfError {
  const which = `program ${programId} "${foundName}" is attached there`;
  return new EbpfError(
    ErrorCode.InterfaceBusy,
    `Cannot detach "${name}" from ${interfaceName(index)}: ${which}, which this program has not attached`,
    { remedy: "If it is to go, say so: detach(interface, { force: true })" },
  );
}
