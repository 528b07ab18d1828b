/**
 * Virtual Ethernet: a pair of interfaces where what one sends the other receives.
 *
 * @module
 */
import {
  disableIpv6,
  interfaceIndex,
  type NetworkInterface,
  readInterface,
  setInterfaceUp,
  waitUntilRunning,
} from "./interfaces.ts";
import { NetworkNamespace } from "./namespaces.ts";
import { type Attribute, MessageFlag, textValue, u32Value } from "./netlink.ts";
import { demandRoute, encodeInterface, LinkAttribute, RouteMessage } from "./rtnetlink.ts";

/** One end of a veth pair that is to be made. */
export interface VethOptions {
  /** At most 15 characters. */
  readonly name: string;
  /** Where it is put; default the current namespace. */
  readonly namespace?: NetworkNamespace;
  /** Bytes without the Ethernet header; default 1500. */
  readonly mtu?: number;
}

/** Of `IFLA_LINKINFO` and veth, include/uapi/linux/if_link.h and veth.h. */
const infoKind = 1;
const infoData = 2;
const vethPeer = 1;

/**
 * Makes a veth pair; both ends are switched off.
 *
 * @throws {EbpfError} `NotPermitted` without CAP_NET_ADMIN; `SystemCallFailed` with EEXIST if a name is taken.
 */
export function createVeth(end: VethOptions, peer: VethOptions): void {
  const body = encodeInterface({}, [
    ...endAttributes(end),
    [LinkAttribute.Info, [
      [infoKind, textValue("veth")],
      [infoData, [[vethPeer, encodeInterface({}, endAttributes(peer))]]],
    ]],
  ]);
  const flags = MessageFlag.Create | MessageFlag.Exclusive;
  demandRoute(`make the veth pair "${end.name}" and "${peer.name}"`, RouteMessage.NewLink, flags, body);
}

function endAttributes({ name, namespace, mtu }: VethOptions): Attribute[] {
  const attributes: Attribute[] = [[LinkAttribute.Name, textValue(name)]];
  if (namespace) attributes.push([LinkAttribute.NamespaceDescriptor, u32Value(namespace.descriptor.fd)]);
  if (mtu !== undefined) attributes.push([LinkAttribute.Mtu, u32Value(mtu)]);
  return attributes;
}

/** One end of a {@linkcode Wire}. */
export interface WireEnd {
  /** The namespace that it is in. */
  readonly namespace: NetworkNamespace;
  /** The interface in that namespace, as it was when the wire was made. */
  readonly interface: NetworkInterface;
}

/** Two network namespaces, joined by a veth pair that carries nothing but what is sent through it on purpose. */
export interface Wire {
  /** The first end. */
  readonly near: WireEnd;
  /** The second end. */
  readonly far: WireEnd;
  /** Removes all of it. */
  close(): void;
  /** As `close()`. */
  [Symbol.dispose](): void;
}

/** How {@linkcode createWire} makes it. */
export interface WireOptions {
  /** The interfaces' names; default `"near"` and `"far"`. */
  readonly names?: readonly [near: string, far: string];
  /** Bytes without the Ethernet header; default 1500. */
  readonly mtu?: number;
}

/**
 * Makes a {@linkcode Wire}: anonymous namespaces, both ends switched on, without IPv6's own packets.
 *
 * @throws {EbpfError} `NotPermitted` without CAP_SYS_ADMIN and CAP_NET_ADMIN.
 */
export function createWire({ names = ["near", "far"], mtu }: WireOptions = {}): Wire {
  const made: NetworkNamespace[] = [];
  const make = () => {
    const namespace = NetworkNamespace.create();
    made.push(namespace);
    return namespace;
  };
  const close = () => made.forEach((namespace) => namespace.close());
  try {
    const [near, far] = [make(), make()];
    near.run(() => createVeth({ name: names[0], mtu }, { name: names[1], mtu, namespace: far }));
    near.run(() => switchOn(names[0]));
    far.run(() => switchOn(names[1]));
    return { near: wireEnd(near, names[0]), far: wireEnd(far, names[1]), close, [Symbol.dispose]: close };
  } catch (error) {
    close();
    throw error;
  }
}

function switchOn(name: string): void {
  disableIpv6(name);
  setInterfaceUp(interfaceIndex(name));
}

function wireEnd(namespace: NetworkNamespace, name: string): WireEnd {
  return namespace.run(() => {
    const index = interfaceIndex(name);
    waitUntilRunning(index);
    return { namespace, interface: readInterface(index) };
  });
}
