/**
 * What an XDP program runs on: a packet in its buffer with room before and behind, and the context that points to it.
 *
 * @module
 */

import { Region, type Synthetic, Taint } from "./region.ts";
import type { State } from "./state.ts";

/** Fields of the context besides the packet. */
export interface XdpContext {
  /** The interface that the packet came in by. Default 1, the loopback interface, as in the kernel's test runs. */
  readonly ingressIfindex?: number;
  /** The queue that it came in by. Default 0. */
  readonly rxQueueIndex?: number;
  /** The interface that it leaves by; only for programs in device maps. Default 0. */
  readonly egressIfindex?: number;
}

/** Where the program asked the packet to go. */
export interface Redirect {
  /** The map's name, or `"interface"` for a plain redirect. */
  readonly to: string;
  /** The interface, or the map's key. */
  readonly index: number;
  /** What the map has there: interface, CPU, socket. */
  readonly value?: number;
  /** The flags that the program gave. */
  readonly flags: bigint;
}

/** The kernel's XDP_PACKET_HEADROOM and room for struct skb_shared_info, as in its test runs. */
export const headroom = 256;
/** Bytes behind the packet that a driver keeps for itself. */
const reserved = 320;
const pageBytes = 4096;

/** The fields of struct xdp_md by their offsets; all have four bytes. */
const fields: Readonly<Record<number, (device: XdpDevice) => number>> = {
  0: (device) => device.region.start + device.metadata,
  4: (device) => device.region.end,
  8: (device) => device.region.start,
  12: (device) => device.context.ingressIfindex ?? 1,
  16: (device) => device.context.rxQueueIndex ?? 0,
  20: (device) => device.context.egressIfindex ?? 0,
};
const lastPointer = 8;

/** The packet of a run. */
export class XdpDevice implements Synthetic {
  /** From the metadata to the packet's end. */
  region: Region;
  readonly contextRegion: Region;
  /** Bytes of metadata before the packet. */
  metadata = 0;
  context: XdpContext = {};
  redirect: Redirect | undefined;
  #buffer: Uint8Array = new Uint8Array(pageBytes);

  constructor() {
    this.region = new Region("packet", "", new DataView(this.#buffer.buffer));
    this.contextRegion = new Region("context", "", new DataView(new ArrayBuffer(0)));
    this.contextRegion.synthetic = this;
  }

  /** Puts a packet in, with metadata before it. */
  receive(packet: Uint8Array, context: XdpContext, metadata?: Uint8Array): void {
    const size = headroom + packet.length + reserved;
    if (size > this.#buffer.length) this.#buffer = new Uint8Array(size);
    this.#buffer.fill(0, 0, headroom);
    this.#buffer.set(packet, headroom);
    this.#buffer.fill(0, headroom + packet.length);
    this.context = context;
    this.redirect = undefined;
    this.metadata = metadata?.length ?? 0;
    if (metadata) this.#buffer.set(metadata, headroom - metadata.length);
    this.region = this.#makeRegion(headroom - this.metadata, headroom + packet.length);
  }

  /** Metadata and packet, in a buffer of their own. */
  bytes(): Uint8Array<ArrayBuffer> {
    return this.#buffer.slice(this.region.start, this.region.end) as Uint8Array<ArrayBuffer>;
  }

  /** Moves the packet's start, its end and the metadata's size. Pointers from before no longer work. */
  move(start: number, end: number, metadata: number): boolean {
    const old = this.region;
    if (start - metadata < 0 || end > this.#buffer.length - reserved) return false;
    this.region = this.#makeRegion(start - metadata, end);
    this.region.shadow = old.shadow;

    // Where nobody has written yet, the kernel has what happened to be there; behind the end it clears.
    if (metadata === this.metadata) {
      this.#carryMetadata(old.start, start - metadata);
      this.#uncover(start, old.start + metadata);
    } else this.#uncover(start - metadata, old.start);
    if (end > old.end) {
      this.#buffer.fill(0, old.end, end);
      this.region.mark(old.end, end - old.end, Taint.Clean);
    }
    this.metadata = metadata;
    old.end = old.writableEnd = -1;
    return true;
  }

  #uncover(from: number, to: number): void {
    if (from < to) this.region.mark(from, to - from, Taint.Dirty);
  }

  /** Metadata moves with the packet's start. */
  #carryMetadata(from: number, to: number): void {
    this.#buffer.copyWithin(to, from, from + this.metadata);
    this.region.shadow?.copyWithin(to, from, from + this.metadata);
  }

  #makeRegion(start: number, end: number): Region {
    const region = new Region("packet", "", new DataView(this.#buffer.buffer));
    region.start = start;
    region.end = region.writableEnd = end;
    return region;
  }

  load(state: unknown, offset: number, size: number, dst: number): boolean {
    const field = fields[offset];
    if (!field || size !== 4) return false;
    if (offset <= lastPointer) (state as State).point(dst, this.region, field(this));
    else (state as State).put(dst, field(this) | 0);
    if (offset > lastPointer) (state as State).registers[2 * dst + 1] = 0;
    return true;
  }

  store(): boolean {
    return false;
  }

  taint(offset: number): number {
    return offset <= lastPointer ? Taint.Address : Taint.Clean;
  }
}
