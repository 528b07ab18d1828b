/**
 * Requests to rtnetlink about network interfaces: sends one message, gathers the answer.
 *
 * @module
 */
import { Capability } from "./capabilities.ts";
import { closing, type Descriptor } from "./descriptor.ts";
import { Errno } from "./errno.ts";
import { checked, type Context, kernelError } from "./errors.ts";
import {
  type Acknowledgement,
  type Attribute,
  type Attributes,
  concatenate,
  ControlMessage,
  decodeAcknowledgement,
  decodeAttributes,
  decodeMessages,
  encodeAttributes,
  encodeMessage,
  MessageFlag,
  type NetlinkMessage,
} from "./netlink.ts";
import { Family, openSocket, receive, send, setOption, SocketType, waitReadable } from "./sockets.ts";
import { littleEndian } from "./syscall.ts";

/** Message types, from the kernel's include/uapi/linux/rtnetlink.h. */
export enum RouteMessage {
  NewLink = 16,
  DeleteLink = 17,
  GetLink = 18,
  SetLink = 19,
}

/** Interface attributes, from include/uapi/linux/if_link.h. */
export enum LinkAttribute {
  Address = 1,
  Name = 3,
  Mtu = 4,
  OperationalState = 16,
  Info = 18,
  FamilySpecific = 26,
  NamespaceDescriptor = 28,
  Xdp = 43,
}

/** `struct ifinfomsg`, include/uapi/linux/rtnetlink.h. */
export interface InterfaceHeader {
  /** 0 where a name stands for it. */
  readonly index?: number;
  /** `IFF_…` */
  readonly flags?: number;
  /** Which of the flags are to be changed. */
  readonly change?: number;
}

const interfaceHeaderSize = 16;

/** The body of a message about an interface. */
export function encodeInterface(header: InterfaceHeader, attributes: readonly Attribute[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(interfaceHeaderSize);
  const view = new DataView(bytes.buffer);
  view.setInt32(4, header.index ?? 0, littleEndian);
  view.setUint32(8, header.flags ?? 0, littleEndian);
  view.setUint32(12, header.change ?? 0, littleEndian);
  return concatenate([bytes, encodeAttributes(attributes)]);
}

/** What the body of a message about an interface says. */
export interface InterfaceMessage {
  readonly index: number;
  readonly flags: number;
  readonly attributes: Attributes;
}

/** Reads the body of a message about an interface. */
export function decodeInterface({ body }: NetlinkMessage): InterfaceMessage {
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  return {
    index: view.getInt32(4, littleEndian),
    flags: view.getUint32(8, littleEndian),
    attributes: decodeAttributes(body.subarray(interfaceHeaderSize)),
  };
}

/** An answer: the error (a negated errno) or 0, the kernel's words about it, and the messages before it. */
export interface Answer extends Acknowledgement {
  readonly messages: readonly NetlinkMessage[];
}

/** Of setsockopt(2), include/uapi/linux/netlink.h. */
const netlinkLevel = 270;
const capAcknowledgement = 10;
const extendedAcknowledgement = 11;

/** The kernel answers within the call; waiting is for the case that it does not. */
const patience = 10_000;

/**
 * Sends one request in the current network namespace and gathers its answer.
 *
 * @param flags Besides `Request`: {@linkcode MessageFlag}s.
 */
export function requestRoute(type: RouteMessage, flags: number, body: Uint8Array): Answer {
  const dump = (flags & MessageFlag.Dump) === MessageFlag.Dump;
  const kind = MessageFlag.Request | flags | (dump ? 0 : MessageFlag.Acknowledge);
  const request = encodeMessage({ type, flags: kind, sequence: 1, body });
  return closing(openSocket(Family.Netlink, SocketType.Raw, 0, "netlink socket"), (socket) => {
    // Kernels before 4.12 have no extended acknowledgements: then there is no text.
    setOption(socket, netlinkLevel, extendedAcknowledgement, 1);
    setOption(socket, netlinkLevel, capAcknowledgement, 1);
    checked(send(socket, request), "send a netlink request");
    return gather(socket);
  });
}

function gather(socket: Descriptor): Answer {
  const messages: NetlinkMessage[] = [];
  while (waitReadable(socket, patience)) {
    const datagram = receive(socket);
    if (typeof datagram === "number") throw kernelError("receive a netlink answer", -datagram);
    for (const message of decodeMessages(datagram)) {
      if (message.type === ControlMessage.Error) return { ...decodeAcknowledgement(message), messages };
      if (message.type === ControlMessage.Done) return { error: 0, text: undefined, messages };
      messages.push(message);
    }
  }
  return { error: -Errno.TimedOut, text: undefined, messages };
}

/** The errors of requests that change interfaces. */
export const changingInterfaces: Context = { needs: [Capability.CAP_NET_ADMIN] };

/**
 * As {@linkcode requestRoute}, where an error is an exception.
 *
 * @param operation As it follows "Cannot".
 */
export function demandRoute(
  operation: string,
  type: RouteMessage,
  flags: number,
  body: Uint8Array,
): readonly NetlinkMessage[] {
  const { error, text, messages } = requestRoute(type, flags, body);
  if (error < 0) throw kernelError(operation, -error, { ...changingInterfaces, text });
  return messages;
}
