import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  type Attribute,
  concatenate,
  ControlMessage,
  decodeAcknowledgement,
  decodeAttributes,
  decodeMessages,
  encodeAttributes,
  encodeMessage,
  MessageFlag,
  numberOf,
  textValue,
  u32Value,
} from "../../src/kernel/netlink.ts";
import { Random } from "../support/random.ts";

function bytes(random: Random, limit: number): Uint8Array {
  return Uint8Array.from({ length: random.below(limit) }, () => random.bits());
}

/** A tree of attributes, each type once a level. */
function tree(random: Random, depth: number): Attribute[] {
  return Array.from({ length: 1 + random.below(5) }, (_, index) => {
    const nested = depth > 0 && random.once(3);
    return [index * 100 + 1, nested ? tree(random, depth - 1) : bytes(random, 40)];
  });
}

/** What decoding gives, along the shape of what was encoded. */
function decodeLike(shape: readonly Attribute[], encoded: Uint8Array): Attribute[] {
  const decoded = decodeAttributes(encoded);
  return shape.map(([type, value]) => {
    const content = decoded.get(type)!;
    return [type, value instanceof Uint8Array ? content : decodeLike(value, content)];
  });
}

describe("netlink attributes", () => {
  it("come back as they were", () => {
    const random = new Random(1);
    for (let round = 0; round < 200; round++) {
      const attributes = tree(random, 3);
      assertEquals(decodeLike(attributes, encodeAttributes(attributes)), attributes);
    }
  });

  it("are aligned, and a nested one is marked", () => {
    assertEquals(
      encodeAttributes([[43, [[1, Uint8Array.of(7)]]], [3, Uint8Array.of()]]),
      Uint8Array.of(12, 0, 43, 0x80, 5, 0, 1, 0, 7, 0, 0, 0, 4, 0, 3, 0),
    );
  });

  it("end where they are cut off, or make no sense", () => {
    const whole = encodeAttributes([[1, u32Value(5)], [2, u32Value(6)]]);
    assertEquals([...decodeAttributes(whole.subarray(0, 13)).keys()], [1]);
    assertEquals(decodeAttributes(Uint8Array.of(3, 0, 1, 0)).size, 0);
    assertEquals(decodeAttributes(new Uint8Array()).size, 0);
  });

  it("hold numbers", () => {
    assertEquals(numberOf(u32Value(-1)), 0xffff_ffff);
    assertEquals(numberOf(undefined), 0);
    assertEquals(numberOf(Uint8Array.of(1)), 0);
  });
});

describe("netlink messages", () => {
  it("come back as they were, several in a datagram", () => {
    const random = new Random(2);
    for (let round = 0; round < 100; round++) {
      const messages = Array.from({ length: 1 + random.below(4) }, () => ({
        type: random.below(65536),
        flags: random.below(65536),
        sequence: random.bits(),
        body: bytes(random, 50),
      }));
      assertEquals(decodeMessages(concatenate(messages.map(encodeMessage))), messages);
    }
  });

  it("end where they are cut off", () => {
    const whole = encodeMessage({ type: 1, flags: 2, sequence: 3, body: new Uint8Array(8) });
    assertEquals(decodeMessages(whole.subarray(0, 20)), []);
  });
});

describe("netlink acknowledgements", () => {
  const text = encodeAttributes([[1, textValue("no way")]]);
  const request = encodeMessage({ type: 19, flags: 5, sequence: 1, body: new Uint8Array(20) });
  const acknowledgement = (flags: number, ...parts: readonly Uint8Array[]) =>
    decodeAcknowledgement({
      type: ControlMessage.Error,
      flags,
      sequence: 1,
      body: concatenate([u32Value(-16), ...parts]),
    });

  it("say it without words", () => {
    assertEquals(acknowledgement(0, request), { error: -16, text: undefined });
    assertEquals(acknowledgement(MessageFlag.Capped, request.subarray(0, 16)), { error: -16, text: undefined });
  });

  it("say it in words, behind the request's header or all of it", () => {
    const capped = MessageFlag.Capped | MessageFlag.Attributes;
    assertEquals(acknowledgement(capped, request.subarray(0, 16), text), { error: -16, text: "no way" });
    assertEquals(acknowledgement(MessageFlag.Attributes, request, text), { error: -16, text: "no way" });
  });
});
