/**
 * Network interfaces of the current network namespace: finding, listing, changing and removing them.
 *
 * @module
 */
import { EbpfError, ErrorCode } from "../errors.ts";
import { closing } from "./descriptor.ts";
import { Errno } from "./errno.ts";
import { checked } from "./errors.ts";
import { writeFile } from "./files.ts";
import { MessageFlag, numberOf, u32Value, u8Value } from "./netlink.ts";
import {
  decodeInterface,
  demandRoute,
  encodeInterface,
  type InterfaceMessage,
  LinkAttribute,
  requestRoute,
  RouteMessage,
} from "./rtnetlink.ts";
import { Family, openSocket, sleep, SocketType } from "./sockets.ts";
import { Layout, syscallWithBuffers, textOf, word } from "./syscall.ts";

/** A network interface. */
export interface NetworkInterface {
  /** The number that the kernel knows it by, in its network namespace. */
  readonly index: number;
  /** The name, in its network namespace. */
  readonly name: string;
  /** The hardware address; 6 bytes for Ethernet. */
  readonly address: Uint8Array;
  /** The largest packet in bytes, without the link layer's header. */
  readonly mtu: number;
  /** Whether it is switched on. */
  readonly up: boolean;
  /** Whether it also can carry packets: `operstate` is up. */
  readonly running: boolean;
}

/** Of `struct ifreq`, include/uapi/linux/if.h: a name of at most 15 characters, then a union. */
const requestSize = 40;
const nameSize = 16;
/** From include/uapi/linux/sockios.h. */
const getName = 0x8910;
const getIndex = 0x8933;

/**
 * The index of an interface by its name.
 *
 * @throws {EbpfError} `NoSuchInterface`; the remedy names those that there are.
 */
export function interfaceIndex(name: string): number {
  const bytes = new TextEncoder().encode(name);
  if (bytes.length === 0 || bytes.length >= nameSize || bytes.includes(0)) throw noSuchInterface(`"${name}"`);
  const request = new Layout(requestSize).text(0, nameSize, name);
  if (!ask(getIndex, request)) throw noSuchInterface(`"${name}"`);
  return request.getU32(nameSize);
}

/**
 * The name of an interface by its index.
 *
 * @throws {EbpfError} `NoSuchInterface`.
 */
export function interfaceName(index: number): string {
  const request = new Layout(requestSize).u32(nameSize, index);
  if (!ask(getName, request)) throw noSuchInterface(String(index));
  return textOf(request.bytes.subarray(0, nameSize));
}

/** Asks the kernel; `false` if there is no such interface. */
function ask(command: number, request: Layout): boolean {
  const socket = openSocket(Family.Unix, SocketType.Datagram, 0, "socket");
  const result = closing(socket, ({ fd }) => syscallWithBuffers("ioctl", word(fd), word(command), request.bytes));
  if (result === -Errno.NoSuchDevice) return false;
  checked(result, "find an interface");
  return true;
}

function noSuchInterface(which: string): EbpfError {
  const names = listInterfaces().map(({ name }) => name).join(", ");
  return new EbpfError(ErrorCode.NoSuchInterface, `Cannot find network interface ${which}: there is none`, {
    errno: Errno.NoSuchDevice,
    remedy: `This network namespace has: ${names}`,
  });
}

/** All interfaces of the current network namespace. */
export function listInterfaces(): NetworkInterface[] {
  const messages = demandRoute("list interfaces", RouteMessage.GetLink, MessageFlag.Dump, encodeInterface({}, []));
  return messages.map((message) => describe(decodeInterface(message)));
}

/**
 * One interface by its index.
 *
 * @throws {EbpfError} `NoSuchInterface`.
 */
export function readInterface(index: number): NetworkInterface {
  return describe(readLink(index));
}

/**
 * What rtnetlink says about an interface.
 *
 * @throws {EbpfError} `NoSuchInterface`.
 */
export function readLink(index: number): InterfaceMessage {
  const { error, messages } = requestRoute(RouteMessage.GetLink, 0, encodeInterface({ index }, []));
  if (error === -Errno.NoSuchDevice) throw noSuchInterface(String(index));
  checked(error, `read interface ${index}`);
  return decodeInterface(messages[0]);
}

/** `IFF_UP`, include/uapi/linux/if.h. */
const upFlag = 1;
/** `IF_OPER_UP`, include/uapi/linux/if.h. */
const operational = 6;

function describe({ index, flags, attributes }: InterfaceMessage): NetworkInterface {
  return {
    index,
    name: textOf(attributes.get(LinkAttribute.Name) ?? new Uint8Array()),
    address: attributes.get(LinkAttribute.Address) ?? new Uint8Array(),
    mtu: numberOf(attributes.get(LinkAttribute.Mtu)),
    up: (flags & upFlag) !== 0,
    running: attributes.get(LinkAttribute.OperationalState)?.[0] === operational,
  };
}

/**
 * Switches an interface on.
 *
 * @throws {EbpfError} `NotPermitted` without CAP_NET_ADMIN; `NoSuchInterface`.
 */
export function setInterfaceUp(index: number): void {
  const body = encodeInterface({ index, flags: upFlag, change: upFlag }, []);
  demandRoute(`switch interface ${index} on`, RouteMessage.SetLink, 0, body);
}

/** Sets the largest packet, in bytes without the link layer's header. */
export function setMtu(index: number, mtu: number): void {
  const body = encodeInterface({ index }, [[LinkAttribute.Mtu, u32Value(mtu)]]);
  demandRoute(`set the MTU of interface ${index} to ${mtu}`, RouteMessage.SetLink, 0, body);
}

/** Removes an interface; of a veth pair, both ends. */
export function deleteInterface(index: number): void {
  demandRoute(`remove interface ${index}`, RouteMessage.DeleteLink, 0, encodeInterface({ index }, []));
}

/**
 * Waits until an interface can carry packets: until then the kernel drops what is sent.
 *
 * @param milliseconds At most this long; the thread sleeps.
 * @returns Whether it can.
 */
export function waitUntilRunning(index: number, milliseconds = 2000): boolean {
  const limit = performance.now() + milliseconds;
  while (!readInterface(index).running) {
    if (performance.now() > limit) return false;
    sleep(1);
  }
  return true;
}

/** Of `IFLA_AF_SPEC` for IPv6, include/uapi/linux/if_link.h: how link-local addresses are made, and not at all. */
const addressGeneration = 8;
const noAddresses = 1;

/**
 * Keeps the kernel from sending IPv6 packets of its own through an interface of the current network namespace. Best
 * done before the interface is switched on.
 */
export function disableIpv6(name: string): void {
  const result = writeFile(`/proc/sys/net/ipv6/conf/${name}/disable_ipv6`, "1");
  // A kernel without IPv6 has no such file.
  if (result === 0 || result === -Errno.NoEntry) return;
  // Where /proc/sys is read-only (containers), at least no link-local address is made, from which packets would come.
  const body = encodeInterface({ index: interfaceIndex(name) }, [
    [LinkAttribute.FamilySpecific, [[Family.Inet6, [[addressGeneration, u8Value(noAddresses)]]]]],
  ]);
  demandRoute(`keep IPv6 off interface "${name}"`, RouteMessage.SetLink, 0, body);
}
