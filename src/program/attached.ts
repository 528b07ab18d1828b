/**
 * What is attached to an interface, whoever attached it.
 *
 * @module
 */

import { EbpfError, ErrorCode } from "../errors.ts";
import { isDispatcher, linkHolding, queryXdp, type XdpMode } from "../kernel/mod.ts";
import { identify } from "./ours.ts";

/** A program on an interface. What is `undefined` cannot be known without CAP_SYS_ADMIN. */
export interface AttachedProgram {
  /** Where it runs. */
  readonly mode: XdpMode;
  /** The kernel's number for it, as in `bpftool prog show`; `attach()` takes it for `replace`. */
  readonly programId: number;
  /** Its name: at most 15 characters. */
  readonly name: string | undefined;
  /** A hash of its instructions: 16 hexadecimal digits. */
  readonly tag: string | undefined;
  /** Whether this library generated it, in this process or another one. */
  readonly ours: boolean | undefined;
  /** Whether it is the dispatcher of libxdp (`xdp-loader`), which runs several programs one after the other. */
  readonly dispatcher: boolean | undefined;
  /** The number of the `bpf_link` that holds it, as in `bpftool link show`: nobody but the link's owner can replace it. */
  readonly linkId: number | undefined;
}

/** The programs on an interface of the current network namespace. */
export function attachedTo(index: number): AttachedProgram[] {
  return queryXdp(index).map(({ mode, programId }) => {
    const { name, tag, ours } = ifPermitted(() => identify(programId)) ?? {};
    const dispatcher = name === undefined ? undefined : isDispatcher(name);
    return { mode, programId, name, tag, ours, dispatcher, linkId: linkHolding(index, programId) };
  });
}

function ifPermitted<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch (error) {
    if (error instanceof EbpfError && error.code === ErrorCode.NotPermitted) return undefined;
    throw error;
  }
}
