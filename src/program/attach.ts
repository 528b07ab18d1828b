/**
 * Attaching a loaded XDP program, held in the best way that the kernel has, and detaching what other processes left.
 *
 * @module
 */

import { EbpfError, ErrorCode } from "../errors.ts";
import { objectName } from "../kernel/bpf.ts";
import {
  attachLink,
  attachNetlink,
  type Descriptor,
  detachAll,
  detachProgram,
  interfaceName,
  NetworkNamespace,
  programInfo,
  queryXdp,
  type RequestedMode,
} from "../kernel/mod.ts";
import { current, type Hold, type LinkOwner, XdpLink } from "./link.ts";
import { HeldNamespace, type NamespaceChoice } from "./namespace.ts";
import { identify } from "./ours.ts";
import { whenProcessEnds } from "./signals.ts";

/** How to attach. */
export interface AttachOptions {
  /**
   * Where the program runs: in the driver (`"drv"`), in the kernel's generic code (`"skb"`), on the network card
   * (`"hw"`), or in the driver if it can and else generic (`"auto"`). Default `"auto"`; the link's `mode` says which.
   */
  readonly mode?: RequestedMode;
  /**
   * Whether another program that is attached there gives way: any (`true`), or only the one with this number, as
   * `XDP.attached()` has it. A program in the link of another process never does. Default `false`.
   */
  readonly replace?: boolean | number;
  /** Whether the attachment outlives this process. Default `false`. */
  readonly persist?: boolean;
  /**
   * The interface's network namespace: a file (`"/run/netns/blue"`), a name under /run/netns (`"blue"`), or the number of
   * a process that is in it. Default: the calling thread's.
   */
  readonly namespace?: NamespaceChoice;
}

/** The kernel's two ways; tests put others in their place. */
export interface Mechanisms {
  readonly attachLink: typeof attachLink;
  readonly attachNetlink: typeof attachNetlink;
}

const kernelMechanisms: Mechanisms = { attachLink, attachNetlink };

/** What {@linkcode attachProgram} attaches, and where. */
export interface Target {
  readonly owner: LinkOwner;
  /** An interface of the current network namespace: its name and index. */
  readonly interface: string;
  readonly index: number;
}

/** Attaches a program in the current network namespace. */
export function attachProgram(
  target: Target,
  options: AttachOptions,
  mechanisms: Mechanisms = kernelMechanisms,
): XdpLink {
  const program = target.owner[current]();
  const programId = programInfo(program).id;
  const namespace = NetworkNamespace.currentNumber;
  const { persist = false } = options;
  const { hold, ...held } = persist
    ? byNetlink(program, target, options, mechanisms)
    : scoped(program, target, options, mechanisms);
  const untilEnd = hold.kind === "netlink" && !persist ? whenProcessEnds(() => link.detach()) : undefined;
  const link = new XdpLink({ ...target, ...held, namespace, programId }, hold, () => untilEnd?.cancel());
  return link;
}

interface Held {
  readonly mode: XdpLink["mode"];
  readonly fallback: XdpLink["fallback"];
  readonly hold: Hold;
}

function byNetlink(
  program: Descriptor,
  { index }: Target,
  { persist = false, ...options }: AttachOptions,
  mechanisms: Mechanisms,
): Held {
  const namespace = new HeldNamespace(undefined);
  try {
    const { mode, fallback } = mechanisms.attachNetlink(program, index, options);
    return { mode, fallback, hold: { kind: "netlink", persist, namespace } };
  } catch (error) {
    namespace.close();
    throw error;
  }
}

function scoped(program: Descriptor, target: Target, options: AttachOptions, mechanisms: Mechanisms): Held {
  try {
    const { mode, fallback, link } = mechanisms.attachLink(program, target.index, options);
    return { mode, fallback, hold: { kind: "link", descriptor: link } };
  } catch (error) {
    if (!(error instanceof EbpfError) || error.code !== ErrorCode.NotSupported) throw error;
  }
  const held = byNetlink(program, target, options, mechanisms);
  console.warn(
    `This kernel has no XDP links: ${program.what} is detached from ${target.interface} at the end of its scope, of the ` +
      "process, and on SIGINT, SIGTERM and SIGHUP, but it stays there after SIGKILL.",
  );
  return held;
}

/** How to detach. */
export interface DetachOptions {
  /** Whether to detach also what this program is not known to have attached. Default `false`. */
  readonly force?: boolean;
  /** As for attaching: the interface's network namespace. Default: the calling thread's. */
  readonly namespace?: NamespaceChoice;
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
