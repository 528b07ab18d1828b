/**
 * Queues and stacks.
 *
 * @module
 */

import { EbpfError, ErrorCode } from "../errors.ts";
import type { Type } from "../types/type.ts";
import { binding, BpfMap, demandOptions } from "./map.ts";
import { ValueBinding } from "./value_binding.ts";

/** How a {@linkcode Queue} or a {@linkcode Stack} is made. */
export interface QueueOptions {
  /** Values at most. */
  readonly maxEntries: number;
}

/** `"replace"`: where there is no room, the oldest value makes some. */
export type PushFlag = "replace";

/** `BPF_EXIST`, from include/uapi/linux/bpf.h, which means that here. */
const replaceOldest = 2;

/** What {@linkcode Queue} and {@linkcode Stack} have in common. */
export abstract class ValueList<V> extends BpfMap {
  /** Makes one of a kind. */
  protected constructor(kind: "queue" | "stack", type: Type<V>, options: QueueOptions) {
    const { maxEntries } = demandOptions(options, new.target);
    const description = { kind, valueType: type, maxEntries } as const;
    super(description, (reference) => new ValueBinding(reference, description));
  }

  /**
   * Puts a value in.
   *
   * @param value The value; fields of structs that are missing become 0.
   * @param flag `"replace"` makes room by dropping the oldest value.
   * @returns Whether it is in: `false` in a program if there is no room.
   * @throws {EbpfError} `TooLarge` if there is no room, in user space; `Closed`; as bpf(2) fails.
   */
  push(value: V, flag?: PushFlag): boolean {
    if (flag !== undefined && flag !== "replace") {
      throw new EbpfError(ErrorCode.InvalidArgument, `Cannot push with the flag ${JSON.stringify(flag)}`, {
        remedy: 'Use "replace", or none',
      });
    }
    return inside(this).push(value, flag === undefined ? 0 : replaceOldest);
  }

  /**
   * Takes the next value out.
   *
   * @returns The value; `undefined` if there is none.
   * @throws {EbpfError} `Closed`; as bpf(2) fails.
   */
  pop(): V | undefined {
    return inside(this).pop() as V | undefined;
  }

  /**
   * The next value, which stays.
   *
   * @returns The value; `undefined` if there is none.
   * @throws {EbpfError} `Closed`; as bpf(2) fails.
   */
  peek(): V | undefined {
    return inside(this).peek() as V | undefined;
  }

  /**
   * Takes the values out that are there, in the order of {@linkcode Queue.pop}. What programs push meanwhile may come too,
   * but not more values than the map holds.
   *
   * @returns The values.
   * @throws {EbpfError} `Closed`; as bpf(2) fails.
   */
  drain(): V[] {
    const values: V[] = [];
    while (values.length < this.maxEntries) {
      const value = this.pop();
      if (value === undefined) break;
      values.push(value);
    }
    return values;
  }

  /** @ignore */
  protected override facts(): Readonly<Record<string, unknown>> {
    return { ...super.facts(), next: this.peek() };
  }
}

/**
 * Values, first in, first out (BPF_MAP_TYPE_QUEUE, kernel 4.20).
 *
 * In a program: `push`, `pop` and `peek`. A struct that `pop` or `peek` gave is a copy on the program's stack, which the next
 * one of the same queue overwrites: its use after that is an error of generation.
 *
 * @example
 * ```ts
 * import { type Packet, Queue, u32, XDP } from "@waggle/ebpf";
 *
 * class Lengths extends XDP {
 *   lengths = new Queue(u32, { maxEntries: 16 });
 *
 *   program(packet: Packet) {
 *     this.lengths.push(packet.byteLength, "replace");
 *   }
 * }
 *
 * const program = new Lengths();
 * program.test(new Uint8Array(64));
 * console.log(program.lengths.pop() === 64);
 * ```
 */
export class Queue<V> extends ValueList<V> {
  /**
   * Makes a queue.
   *
   * @param type The type of values.
   * @param options How many.
   * @throws {EbpfError} `InvalidArgument` for what is no type and no number of entries.
   */
  constructor(type: Type<V>, options: QueueOptions) {
    super("queue", type, options);
  }
}

/** Values, last in, first out (BPF_MAP_TYPE_STACK, kernel 4.20). As {@linkcode Queue} in everything else. */
export class Stack<V> extends ValueList<V> {
  /**
   * Makes a stack.
   *
   * @param type The type of values.
   * @param options How many.
   * @throws {EbpfError} `InvalidArgument` for what is no type and no number of entries.
   */
  constructor(type: Type<V>, options: QueueOptions) {
    super("stack", type, options);
  }
}

function inside(map: object): ValueBinding {
  return (map as { readonly [binding]: ValueBinding })[binding];
}
