/**
 * Attaching XDP programs to interfaces: by links, which go with their descriptor, and by rtnetlink, which stay.
 * A program that is there already is never displaced unless `replace` says so.
 *
 * @module
 */
import { EbpfError, ErrorCode } from "../errors.ts";
import { busy } from "./busy.ts";
import { atLeast, Capability, kernelVersion } from "./capabilities.ts";
import { closing, Descriptor } from "./descriptor.ts";
import { displace } from "./displace.ts";
import { Errno, errnoText } from "./errno.ts";
import { type Context, kernelError } from "./errors.ts";
import { programById, programInfo } from "./info.ts";
import { interfaceName } from "./interfaces.ts";
import { createXdpLink } from "./links.ts";
import { ProgramType } from "./programs.ts";
import { type AttachedProgram, modeFlags, queryXdp, setXdp, XdpFlag, type XdpMode } from "./xdp.ts";

/** A mode, or `"auto"`: the driver's if it can, else the generic one. */
export type RequestedMode = XdpMode | "auto";

/** How a program is attached. */
export interface AttachOptions {
  /** Default `"auto"`. */
  readonly mode?: RequestedMode;
  /** Whether a program that is there already gives way: any, or only the one with this id. Default `false`. */
  readonly replace?: boolean | number;
}

/** An attachment that was made. */
export interface Attachment {
  /** The mode that it really has. */
  readonly mode: XdpMode;
  /** With `"auto"`, in words: why it is not the driver's mode. */
  readonly fallback: string | undefined;
}

/** An attachment by a link. */
export interface LinkAttachment extends Attachment {
  /** Closing it detaches the program, unless the link is pinned. */
  readonly link: Descriptor;
}

/** What one try came to: a descriptor or 0, or a negated errno with the kernel's words. */
interface Outcome {
  readonly result: number;
  readonly text: string | undefined;
}

/** A try to attach in one mode. */
type Attempt = (mode: XdpMode) => Outcome;

/**
 * Attaches a program by a link.
 *
 * With `replace`, a program attached by netlink is detached just before; it comes back if this fails. A program that is
 * held by somebody's link stays: the kernel replaces it for nobody but the link's owner.
 *
 * @param index The interface, in the current network namespace.
 * @throws {EbpfError} `NotSupported` on kernels without XDP links (before 5.9), where {@linkcode attachNetlink} works;
 * `InterfaceBusy`; `ModeNotSupported`; `NoSuchInterface`; `NotPermitted`; `InvalidArgument` for programs that are not
 * XDP's.
 */
export function attachLink(program: Descriptor, index: number, options: AttachOptions = {}): LinkAttachment {
  const { mode = "auto", replace = false } = options;
  const create: Attempt = (mode) => ({ result: createXdpLink(program, index, modeFlags[mode]), text: undefined });
  const target = { index, name: interfaceName(index) };
  const displaced = givingWay(program, target, replace);
  const done = attachSomehow(program, target, mode, create, { displaced, byLink: true });
  const link = new Descriptor(done.result, `link of ${program.what} to ${target.name}`);
  return { mode: done.mode, fallback: done.fallback, link };
}

/**
 * Attaches a program by rtnetlink: it stays when the process ends.
 *
 * With `replace`, a program in the same mode (or in any, with `"auto"`) is replaced atomically, and the mode stays. A
 * program in another mode than the one asked for is detached just before; it comes back if this fails.
 *
 * @param index The interface, in the current network namespace.
 * @throws {EbpfError} As {@linkcode attachLink}, with the kernel's words in the message. With an id, `NotPermitted` without
 * CAP_SYS_ADMIN.
 */
export function attachNetlink(program: Descriptor, index: number, options: AttachOptions = {}): Attachment {
  const { mode = "auto", replace = false } = options;
  const target = { index, name: interfaceName(index) };
  const [there] = givingWay(program, target, replace);
  const inPlace = there !== undefined && (mode === "auto" || mode === there.mode);
  const expected = inPlace && replace !== true ? programById(there.programId) : undefined;
  try {
    const flags = !inPlace ? XdpFlag.IfNoneExists : expected ? XdpFlag.Replace : 0;
    const set: Attempt = (mode) => {
      const request = { fd: program.fd, flags: flags | modeFlags[mode], expectedFd: expected?.fd };
      const { error, text } = setXdp(index, request);
      return { result: error, text };
    };
    const surroundings = { displaced: there && !inPlace ? [there] : [], byLink: false };
    const done = attachSomehow(program, target, inPlace ? there.mode : mode, set, surroundings);
    return { mode: done.mode, fallback: done.fallback };
  } finally {
    expected?.close();
  }
}

/**
 * Puts another program in the place of one that was attached by rtnetlink, atomically.
 *
 * @param old The program that must be there.
 * @throws {EbpfError} `Closed` if it is not there any more; `NotPermitted` without CAP_NET_ADMIN.
 */
export function replaceNetlink(program: Descriptor, old: Descriptor, index: number, mode: XdpMode): void {
  // Before 5.7 there is no way to say which program is expected; what is seen there just before must do.
  const knowsExpected = atLeast(kernelVersion(), 5, 7);
  const oldId = programInfo(old).id;
  const isThere = queryXdp(index).some(({ programId }) => programId === oldId);
  const flags = modeFlags[mode] | (knowsExpected ? XdpFlag.Replace : 0);
  const expectedFd = knowsExpected ? old.fd : undefined;
  const { error, text } = isThere ? setXdp(index, { fd: program.fd, flags, expectedFd }) : goneAnswer;
  if (error === 0) return;
  const operation = `put ${program.what} in the place of ${old.what} on ${interfaceName(index)}`;
  if (error !== -Errno.Exists) throw kernelError(operation, -error, { ...attaching(mode), text });
  throw new EbpfError(ErrorCode.Closed, `Cannot ${operation}: it is not attached any more`, { errno: Errno.Exists });
}

const goneAnswer = { error: -Errno.Exists, text: undefined };

/** The programs on an interface that are to give way. */
function givingWay(
  program: Descriptor,
  { index, name }: Target,
  replace: boolean | number,
): readonly AttachedProgram[] {
  if (replace === false) return [];
  const there = queryXdp(index);
  if (replace === true) return there;
  const wanted = there.filter(({ programId }) => programId === replace);
  if (wanted.length > 0) return wanted;
  const who = there.map(({ programId }) => `program ${programId}`).join(" and ") || "none";
  throw new EbpfError(
    ErrorCode.InterfaceBusy,
    `Cannot attach ${program.what} to ${name}: program ${replace}, which it may replace, is not attached there, but ${who}`,
    { remedy: "Look again at what is attached, or leave replace out" },
  );
}

/** The interface. */
interface Target {
  readonly index: number;
  readonly name: string;
}

/** What surrounds the tries to attach. */
interface Surroundings {
  /** The programs to be detached before, and put back if nothing comes of it. */
  readonly displaced: readonly AttachedProgram[];
  readonly byLink: boolean;
}

function attachSomehow(
  program: Descriptor,
  { index, name }: Target,
  mode: RequestedMode,
  attempt: Attempt,
  { displaced, byLink }: Surroundings,
): Attachment & Outcome {
  const operation = `attach ${program.what} to ${name}`;
  return closing(displace(index, displaced, operation), (aside) => {
    const done = mode === "auto" ? attemptAuto(attempt) : { mode, fallback: undefined, ...attempt(mode) };
    if (done.result >= 0) return done;
    aside.restore();
    throw attachError(operation, program, index, done, byLink);
  });
}

/** The errors that are not about the driver: generic mode would meet them too. */
const notTheDriver: readonly number[] = [
  Errno.NotPermitted,
  Errno.AccessDenied,
  Errno.Busy,
  Errno.Exists,
  Errno.BadDescriptor,
  Errno.NoSuchDevice,
  Errno.OutOfMemory,
];

function attemptAuto(attempt: Attempt): Attachment & Outcome {
  const driver = attempt("drv");
  if (driver.result >= 0 || notTheDriver.includes(-driver.result)) {
    return { mode: "drv", fallback: undefined, ...driver };
  }
  const general = -driver.result === Errno.OutOfRange ? `${tooLong.what} (ERANGE)` : errnoText(-driver.result);
  const reason = driver.text ?? general;
  return { mode: "skb", fallback: `the driver cannot: ${reason}`, ...attempt("skb") };
}

function attachError(
  operation: string,
  program: Descriptor,
  index: number,
  { mode, result, text }: Attachment & Outcome,
  byLink: boolean,
): EbpfError {
  const errno = -result;
  if (errno === Errno.Busy || errno === Errno.Exists) return busy(operation, index, errno, text);
  if (errno !== Errno.InvalidArgument) return kernelError(operation, errno, { ...attaching(mode), text });
  if (programInfo(program).type !== ProgramType.Xdp) return notXdp(operation, errno);
  if (byLink && !atLeast(kernelVersion(), 5, 9)) return noLinks(operation, errno);
  return kernelError(operation, errno, { ...attaching(mode), text });
}

function attaching(mode: XdpMode): Context {
  const refused = {
    code: ErrorCode.ModeNotSupported,
    what: modeRefusals[mode],
    remedy: mode === "skb" ? undefined : 'Attach with mode "skb", or "auto" to have what the driver can',
  };
  return {
    needs: [Capability.CAP_NET_ADMIN],
    meanings: {
      [Errno.InvalidArgument]: refused,
      [Errno.OperationNotSupported]: refused,
      [Errno.NotSupported]: refused,
      [Errno.OutOfRange]: { ...refused, ...tooLong },
    },
  };
}

/** What drivers mean by ERANGE. */
const tooLong = {
  what: "its MTU is too large for a program that takes each packet in one piece",
  remedy:
    'Let the class take packets in fragments: frags = true (Linux 5.18); lower the MTU; or attach with mode "skb"',
};

const modeRefusals: Readonly<Record<XdpMode, string>> = {
  skb: "generic XDP does not take this program on this interface",
  drv: "the driver cannot run XDP on this interface as it is configured",
  hw: "the network card cannot run XDP programs",
};

function notXdp(operation: string, errno: number): EbpfError {
  return new EbpfError(ErrorCode.InvalidArgument, `Cannot ${operation}: it is not an XDP program`, { errno });
}

function noLinks(operation: string, errno: number): EbpfError {
  return new EbpfError(ErrorCode.NotSupported, `Cannot ${operation} by a link: this kernel has no XDP links`, {
    errno,
    remedy: "Attach by netlink, or run Linux 5.9 or later",
  });
}
