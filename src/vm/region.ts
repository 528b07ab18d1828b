/**
 * Memory as the virtual machine knows it: regions, each with its limits. A pointer is a 64-bit number like any other;
 * its high half says which region, its low half where in it.
 *
 * ```text
 *  high half: regionTag + index        low half: origin + offset
 *  +--------------------------------+  +--------------------------------+
 *  | 0xffff8880 + index in the table|  | 0x40000000 + offset            |
 *  +--------------------------------+  +--------------------------------+
 * ```
 *
 * The tag makes pointers look like the kernel's (never zero, never small), and the origin lies so far from both ends
 * that arithmetic on an offset never runs over into the region's number.
 *
 * @module
 */

/** High half of a pointer into region 0. */
export const regionTag: number = 0xffff8880 | 0;
/** Low half of a pointer to a region's first byte. */
export const origin = 0x40000000;

/** What a region is, for messages. */
export type RegionKind =
  | "stack"
  | "context"
  | "packet"
  | "map value"
  | "map"
  | "ring buffer record"
  | "socket"
  | "memory"
  | "function";

/** What is known of bytes or of a register's value besides the value. */
export const Taint = {
  /** The same on every machine. */
  Clean: 0,
  /** An address: its distance from its region's start is the same on every machine. */
  Address: 1,
  /** Made of an address, of memory that was never written, or of something random. */
  Dirty: 2,
  /** A register without a value, which must not be read. */
  None: 3,
} as const;

/** Memory whose bytes are made up when they are read: the context. */
export interface Synthetic {
  /** Puts the value into the register; false if there is nothing to read. */
  load(state: unknown, offset: number, size: number, dst: number): boolean;
  /** False if this cannot be written. */
  store(state: unknown, offset: number, size: number, low: number, high: number): boolean;
  /** What the value at this place is. */
  taint(offset: number): number;
}

/** A piece of memory. */
export class Region {
  readonly kind: RegionKind;
  /** For messages: which map, which frame. */
  readonly name: string;
  view: DataView;
  /** The first offset that may be accessed. */
  start = 0;
  /** The offset after the last that may be read. */
  end: number;
  /** The offset after the last that may be written: {@linkcode end}, or 0 for what is read-only. */
  writableEnd: number;
  /** Taint by byte; none: all clean. */
  shadow: Uint8Array | undefined = undefined;
  /** The run that gave it {@linkcode index}. */
  run: object | undefined = undefined;
  index = 0;
  synthetic: Synthetic | undefined = undefined;
  /** What a pointer to this stands for, if not for bytes: a map, a program's function. */
  readonly meaning: unknown;

  constructor(kind: RegionKind, name: string, view: DataView, meaning?: unknown) {
    this.kind = kind;
    this.name = name;
    this.view = view;
    this.end = view.byteLength;
    this.writableEnd = view.byteLength;
    this.meaning = meaning;
  }

  /** Bytes from `offset` on; they alias the region. */
  bytes(offset = this.start, size: number = this.end - offset): Uint8Array {
    return new Uint8Array(this.view.buffer, this.view.byteOffset + offset, size);
  }

  /** Marks bytes. */
  mark(offset: number, size: number, taint: number): void {
    if (this.shadow === undefined) {
      if (taint === Taint.Clean) return;
      this.shadow = new Uint8Array(this.view.byteLength);
    }
    if (size > shortest) this.shadow.fill(taint, offset, offset + size);
    else for (let index = offset; index < offset + size; index++) this.shadow[index] = taint;
  }

  /** The worst mark among bytes. */
  marked(offset: number, size: number): number {
    const { shadow } = this;
    if (shadow === undefined) return Taint.Clean;
    let worst: number = Taint.Clean;
    for (let index = offset; index < offset + size; index++) if (shadow[index] > worst) worst = shadow[index];
    return worst;
  }
}

/** Up to so many bytes a loop is faster than a call. */
const shortest = 8;

/** A region that can be pointed to but not read. */
export function opaque(kind: RegionKind, name: string, meaning: unknown): Region {
  return new Region(kind, name, new DataView(new ArrayBuffer(0)), meaning);
}
