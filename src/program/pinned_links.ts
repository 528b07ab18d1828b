/**
 * Links that another process has pinned.
 *
 * @module
 */

import {
  closing,
  type Descriptor,
  interfaceName,
  linkById,
  linkIds,
  linkInfo,
  NetworkNamespace,
  openPinned,
  programInfo,
  queryXdp,
} from "../kernel/mod.ts";
import { letGo, type LinkOwner, pinOfLink, XdpLink } from "./link.ts";

/** The links of a program to interfaces of the current network namespace that are pinned in a folder. */
export function linksPinnedIn(folder: string, owner: LinkOwner, program: Descriptor): XdpLink[] {
  const links: XdpLink[] = [];
  try {
    for (const index of interfacesOf(programInfo(program).id)) {
      const link = pinnedLink(folder, owner, programInfo(program).id, index);
      if (link) links.push(link);
    }
    return links;
  } catch (error) {
    links.forEach((link) => link[letGo]());
    throw error;
  }
}

/** The interfaces that a program is attached to by links, whatever their namespaces. */
function interfacesOf(program: number): number[] {
  return [...linkIds()].flatMap((id) => {
    const link = linkById(id);
    const info = link && closing(link, linkInfo);
    return info?.programId === program && info.interfaceIndex !== 0 ? info.interfaceIndex : [];
  });
}

function pinnedLink(folder: string, owner: LinkOwner, programId: number, index: number): XdpLink | undefined {
  const namespace = NetworkNamespace.currentNumber;
  const pin = `${folder}/${pinOfLink({ namespace, interfaceIndex: index })}`;
  const descriptor = openPinned(pin);
  if (!descriptor) return undefined;
  try {
    const mode = queryXdp(index).find((attached) => attached.programId === programId)?.mode ?? "drv";
    const attached = { owner, interface: interfaceName(index), index, namespace, mode, fallback: undefined, programId };
    return new XdpLink(attached, { kind: "link", descriptor }, () => {}, pin);
  } catch (error) {
    descriptor.close();
    throw error;
  }
}
