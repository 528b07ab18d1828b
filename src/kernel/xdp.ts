/**
 * XDP over rtnetlink: putting a program on an interface and asking which one is there.
 *
 * @module
 */
import { readLink } from "./interfaces.ts";
import { type Attribute, decodeAttributes, numberOf, u32Value } from "./netlink.ts";
import { type Answer, encodeInterface, LinkAttribute, requestRoute, RouteMessage } from "./rtnetlink.ts";

/** Where XDP runs: in the kernel's generic code, in the driver, or on the network card. */
export type XdpMode = "skb" | "drv" | "hw";

/** Flags, from the kernel's include/uapi/linux/if_link.h. */
export enum XdpFlag {
  /** Only if no program is there. */
  IfNoneExists = 1 << 0,
  Generic = 1 << 1,
  Driver = 1 << 2,
  Hardware = 1 << 3,
  /** Only if the expected program is there (kernel 5.7). */
  Replace = 1 << 4,
}

/** The flag of each mode. */
export const modeFlags: Readonly<Record<XdpMode, XdpFlag>> = {
  skb: XdpFlag.Generic,
  drv: XdpFlag.Driver,
  hw: XdpFlag.Hardware,
};

/** Of `IFLA_XDP`, include/uapi/linux/if_link.h. */
enum XdpAttribute {
  Descriptor = 1,
  Attached = 2,
  Flags = 3,
  ProgramId = 4,
  DriverProgramId = 5,
  GenericProgramId = 6,
  HardwareProgramId = 7,
  ExpectedDescriptor = 8,
}

/** What {@linkcode setXdp} asks for. */
export interface XdpRequest {
  /** The program's descriptor; -1 for none. */
  readonly fd: number;
  /** {@linkcode XdpFlag}s. */
  readonly flags: number;
  /** With `XdpFlag.Replace`: the descriptor of the program that must be there; -1 for none. */
  readonly expectedFd?: number;
}

/** Puts a program on an interface or removes it. The answer has the errno and the kernel's words. */
export function setXdp(index: number, { fd, flags, expectedFd }: XdpRequest): Answer {
  const attributes: Attribute[] = [[XdpAttribute.Descriptor, u32Value(fd)], [XdpAttribute.Flags, u32Value(flags)]];
  if (expectedFd !== undefined) attributes.push([XdpAttribute.ExpectedDescriptor, u32Value(expectedFd)]);
  return requestRoute(RouteMessage.SetLink, 0, encodeInterface({ index }, [[LinkAttribute.Xdp, attributes]]));
}

/** A program on an interface. */
export interface AttachedProgram {
  /** Where it runs. */
  readonly mode: XdpMode;
  /** The kernel's number for it. */
  readonly programId: number;
}

const idAttributes: readonly (readonly [XdpMode, XdpAttribute])[] = [
  ["hw", XdpAttribute.HardwareProgramId],
  ["drv", XdpAttribute.DriverProgramId],
  ["skb", XdpAttribute.GenericProgramId],
];

/** `XDP_ATTACHED_…`, include/uapi/linux/if_link.h, where one program is attached. */
const attachedModes: readonly (XdpMode | undefined)[] = [undefined, "drv", "skb", "hw"];

/**
 * The XDP programs on an interface: none, one, or one on the card and one in the driver.
 *
 * @throws {EbpfError} `NoSuchInterface`.
 */
export function queryXdp(index: number): AttachedProgram[] {
  const xdp = decodeAttributes(readLink(index).attributes.get(LinkAttribute.Xdp) ?? new Uint8Array());
  const attached = idAttributes
    .map(([mode, attribute]) => ({ mode, programId: numberOf(xdp.get(attribute)) }))
    .filter(({ programId }) => programId !== 0);
  if (attached.length > 0) return attached;
  // Kernels before 4.19 name one program and its mode apart from each other.
  const mode = attachedModes[xdp.get(XdpAttribute.Attached)?.[0] ?? 0];
  return mode ? [{ mode, programId: numberOf(xdp.get(XdpAttribute.ProgramId)) }] : [];
}
