/**
 * Netlink: messages and attributes as bytes, both ways.
 *
 * ```text
 * message:   length:32  type:16  flags:16  sequence:32  port:32  body…         (length counts these 16 bytes, not the padding)
 * attribute: length:16  type:16  value…                                        (length counts these 4 bytes, not the padding)
 * ```
 * Both begin at multiples of 4 bytes. From the kernel's include/uapi/linux/netlink.h.
 *
 * @module
 */
import { littleEndian, textOf } from "./syscall.ts";

/** Message types that belong to netlink itself. */
export enum ControlMessage {
  Error = 2,
  Done = 3,
}

/** Message flags. */
export enum MessageFlag {
  Request = 0x1,
  Acknowledge = 0x4,
  /** Of requests: list everything. */
  Dump = 0x300,
  /** Of requests that create: fail if it is there. */
  Exclusive = 0x200,
  Create = 0x400,
  /** Of acknowledgements: the request's body is left out. */
  Capped = 0x100,
  /** Of acknowledgements: attributes follow. */
  Attributes = 0x200,
}

/** A message without its lengths. */
export interface NetlinkMessage {
  readonly type: number;
  readonly flags: number;
  readonly sequence: number;
  readonly body: Uint8Array;
}

/** An attribute to be sent: bytes, or attributes within it. */
export type Attribute = readonly [type: number, value: Uint8Array | readonly Attribute[]];

/** Received attributes by type; {@linkcode decodeAttributes} reads those within one. */
export type Attributes = ReadonlyMap<number, Uint8Array>;

const messageHeader = 16;
const attributeHeader = 4;
const nestedFlag = 0x8000;
/** Type bits without the nested and byte order flags. */
const typeMask = 0x3fff;

function aligned(length: number): number {
  return length + 3 & ~3;
}

/** Encodes a message. */
export function encodeMessage({ type, flags, sequence, body }: NetlinkMessage): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(messageHeader + aligned(body.length));
  const view = new DataView(bytes.buffer);
  view.setUint32(0, messageHeader + body.length, littleEndian);
  view.setUint16(4, type, littleEndian);
  view.setUint16(6, flags, littleEndian);
  view.setUint32(8, sequence, littleEndian);
  bytes.set(body, messageHeader);
  return bytes;
}

/** Decodes the messages of one datagram. What is cut off at the end is left out. */
export function decodeMessages(bytes: Uint8Array): NetlinkMessage[] {
  const view = viewOf(bytes);
  const messages: NetlinkMessage[] = [];
  for (let at = 0; at + messageHeader <= bytes.length;) {
    const length = view.getUint32(at, littleEndian);
    if (length < messageHeader || at + length > bytes.length) break;
    messages.push({
      type: view.getUint16(at + 4, littleEndian),
      flags: view.getUint16(at + 6, littleEndian),
      sequence: view.getUint32(at + 8, littleEndian),
      body: bytes.subarray(at + messageHeader, at + length),
    });
    at += aligned(length);
  }
  return messages;
}

/** Encodes attributes one behind the other. */
export function encodeAttributes(attributes: readonly Attribute[]): Uint8Array<ArrayBuffer> {
  return concatenate(attributes.map(encodeAttribute));
}

function encodeAttribute([type, value]: Attribute): Uint8Array {
  const nested = !(value instanceof Uint8Array);
  const content = nested ? encodeAttributes(value) : value;
  const bytes = new Uint8Array(attributeHeader + aligned(content.length));
  const view = new DataView(bytes.buffer);
  view.setUint16(0, attributeHeader + content.length, littleEndian);
  view.setUint16(2, nested ? type | nestedFlag : type, littleEndian);
  bytes.set(content, attributeHeader);
  return bytes;
}

/** Decodes attributes one behind the other. Of several of one type the last one counts. */
export function decodeAttributes(bytes: Uint8Array): Attributes {
  const view = viewOf(bytes);
  const attributes = new Map<number, Uint8Array>();
  for (let at = 0; at + attributeHeader <= bytes.length;) {
    const length = view.getUint16(at, littleEndian);
    if (length < attributeHeader || at + length > bytes.length) break;
    const type = view.getUint16(at + 2, littleEndian) & typeMask;
    attributes.set(type, bytes.subarray(at + attributeHeader, at + length));
    at += aligned(length);
  }
  return attributes;
}

/** What an acknowledgement says: the negated errno or 0, and the kernel's words about it. */
export interface Acknowledgement {
  readonly error: number;
  readonly text: string | undefined;
}

/** Of `enum nlmsgerr_attrs`: a text. */
const errorText = 1;

/** Decodes the extended acknowledgement in a message of type {@linkcode ControlMessage.Error}. */
export function decodeAcknowledgement({ flags, body }: NetlinkMessage): Acknowledgement {
  const view = viewOf(body);
  const error = view.getInt32(0, littleEndian);
  if (!(flags & MessageFlag.Attributes)) return { error, text: undefined };
  // Between the error and the attributes stands the request: its header alone, or all of it.
  const request = flags & MessageFlag.Capped ? messageHeader : aligned(view.getUint32(4, littleEndian));
  const text = decodeAttributes(body.subarray(4 + request)).get(errorText);
  return { error, text: text && textOf(text) };
}

/** The value of an 8-bit attribute. */
export function u8Value(value: number): Uint8Array {
  return Uint8Array.of(value);
}

/** The value of a 32-bit attribute; negative numbers as their two's complement. */
export function u32Value(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value, littleEndian);
  return bytes;
}

/** The value of a text attribute, with its zero byte. */
export function textValue(text: string): Uint8Array {
  return new TextEncoder().encode(text + "\0");
}

/** The number in a 32-bit attribute; 0 for an absent one. */
export function numberOf(value: Uint8Array | undefined): number {
  return value && value.length >= 4 ? viewOf(value).getUint32(0, littleEndian) : 0;
}

/** Several byte arrays as one. */
export function concatenate(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
