/**
 * The error for an interface that has a program already: says which one, and how to make room.
 *
 * @module
 */
import { EbpfError, ErrorCode } from "../errors.ts";
import { closing } from "./descriptor.ts";
import { errnoSymbol } from "./errno.ts";
import { linkById, linkIds, linkInfo, programById, programInfo } from "./info.ts";
import { interfaceName } from "./interfaces.ts";
import { type AttachedProgram, queryXdp, type XdpMode } from "./xdp.ts";

/** `BPF_LINK_TYPE_XDP`, from the kernel's include/uapi/linux/bpf.h. */
const xdpLink = 6;

const modeWords: Readonly<Record<XdpMode, string>> = { skb: "generic", drv: "driver", hw: "hardware" };

/** What `ip link set dev …` calls the modes. */
const modeKeywords: Readonly<Record<XdpMode, string>> = { skb: "xdpgeneric", drv: "xdpdrv", hw: "xdpoffload" };

/**
 * The error for an interface that has a program already.
 *
 * @param operation What was tried, as it follows "Cannot".
 * @param text The kernel's words.
 */
export function busy(operation: string, index: number, errno: number, text: string | undefined): EbpfError {
  const programs = queryXdp(index);
  const who = programs.map(describe).join(", and ") || "another program is attached";
  const words = text ? `; the kernel says: ${text}` : "";
  return new EbpfError(ErrorCode.InterfaceBusy, `Cannot ${operation}: ${who} (${errnoSymbol(errno)})${words}`, {
    errno,
    remedy: programs.length > 0 ? remedy(index, programs[0]) : undefined,
  });
}

/** Whether a program's name is that of libxdp's dispatcher, which runs several programs one after the other. */
export function isDispatcher(name: string | undefined): boolean {
  return name === "xdp_dispatcher";
}

function describe({ mode, programId }: AttachedProgram): string {
  const name = programName(programId);
  if (isDispatcher(name)) {
    return `libxdp's dispatcher, which runs the programs of xdp-loader, is attached in ${
      modeWords[mode]
    } mode as program ${programId}`;
  }
  return `program ${programId}${name ? ` "${name}"` : ""} is attached in ${modeWords[mode]} mode`;
}

function remedy(index: number, { mode, programId }: AttachedProgram): string {
  const link = linkHolding(index, programId);
  if (link !== undefined) {
    return `end the process that holds link ${link}, or run: bpftool link detach id ${link} (nobody but its owner can replace a program in a link)`;
  }
  const name = interfaceName(index);
  const command = `ip link set dev ${name} ${modeKeywords[mode]} off`;
  if (isDispatcher(programName(programId))) {
    return `see what it runs with: xdp-loader status ${name}; unload that with: xdp-loader unload ${name} --all; ` +
      "or attach with replace: true, which ends all of them";
  }
  return `attach with replace: true, or detach it first: ${command}`;
}

/** Looking at strangers' programs and links needs CAP_SYS_ADMIN: without it, the error says less. */
function ifPermitted<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch (error) {
    if (error instanceof EbpfError) return undefined;
    throw error;
  }
}

function programName(id: number): string | undefined {
  return ifPermitted(() => {
    const program = programById(id);
    return program && closing(program, programInfo).name;
  });
}

/** The id of the XDP link that holds a program on an interface; `undefined` also without the permission to look. */
export function linkHolding(index: number, programId: number): number | undefined {
  return ifPermitted(() => {
    for (const id of linkIds()) {
      const link = linkById(id);
      const info = link && closing(link, linkInfo);
      if (info?.type === xdpLink && info.programId === programId && info.interfaceIndex === index) return id;
    }
    return undefined;
  });
}
