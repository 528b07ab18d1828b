/**
 * What all maps have in common, whatever their kind.
 *
 * @module
 */

import type { MapReference } from "../bytecode/instruction.ts";
import { EbpfError, ErrorCode } from "../errors.ts";
import { denoInspect, type Inspect, nodeInspect } from "../ffi/console.ts";
import type { AnyType } from "../types/mod.ts";
import { MapBinding, type MapDescription } from "./binding.ts";
import { toJson } from "./codec.ts";

/** The key of what a map keeps from its users. */
export const binding: unique symbol = Symbol("binding");

/** The largest number of entries: the kernel counts them with 32 bits. */
const MOST_ENTRIES = 2 ** 32 - 1;

/**
 * A map: entries that programs in the kernel and this process share. Make one of a kind, as a field of a program:
 * {@linkcode HashMap}, {@linkcode ArrayMap}.
 *
 * Making one creates nothing: the entries are in this process, for runs as plain JavaScript and in the virtual machine.
 * The first `load()` of a program that uses the map creates it in the kernel, named by the program's field, and moves
 * the entries there. Programs that refer to one object share one map; it is closed together with the last of them. (A map
 * in a static field begins anew, empty, with the next program that uses it.)
 */
export abstract class BpfMap implements MapReference {
  /** @ignore */
  declare readonly [binding]: MapBinding;

  /**
   * Makes a map of a kind.
   *
   * @param inside Makes what it keeps, of kinds that differ there.
   */
  protected constructor(
    description: MapDescription,
    inside: (reference: BpfMap) => MapBinding = (reference) => new MapBinding(reference, description),
  ) {
    demandEntries(description.maxEntries);
    if ("keyType" in description) demandType("keys", description.keyType);
    if ("valueType" in description) demandType("values", description.valueType);
    // Not enumerable: consoles and serialisers do not show it.
    Object.defineProperty(this, binding, { value: inside(this) });
  }

  /** Its name in the kernel and in messages: that of the field by which a program reached it first. */
  get name(): string {
    return this[binding].name;
  }

  /** Entries at most. */
  get maxEntries(): number {
    return this[binding].maxEntries;
  }

  /**
   * What `JSON.stringify` makes of it: what the map is, `{"kind":"queue","name":"lengths",…}`, because its entries cannot be
   * listed without taking them. Maps with keys give their entries instead. Bigints become strings of their decimal digits.
   *
   * @throws {EbpfError} `Closed` for kinds that show what is in them; as bpf(2) fails.
   */
  toJSON(): unknown {
    return toJson({ kind: this[binding].kind, ...this.facts() });
  }

  /**
   * What is to be said of a map whose entries cannot be listed.
   *
   * @ignore
   */
  protected facts(): Readonly<Record<string, unknown>> {
    return { name: this.name, maxEntries: this.maxEntries };
  }

  /**
   * The text for a console.
   *
   * @ignore
   */
  protected shown(inspect: Inspect, options: unknown): string {
    return `${this.constructor.name} ${inspect(this.facts(), options)}`;
  }

  /**
   * What a console shows.
   *
   * @ignore
   */
  [denoInspect](inspect: Inspect, options: unknown): string {
    return this.#safelyShown(inspect, options);
  }

  /**
   * What a console shows.
   *
   * @ignore
   */
  [nodeInspect](_depth: number, options: unknown, inspect: Inspect): string {
    return this.#safelyShown(inspect, options);
  }

  #safelyShown(inspect: Inspect, options: unknown): string {
    try {
      return this.shown(inspect, options);
    } catch (error) {
      // Printing must not throw.
      if (error instanceof EbpfError) return `${this.constructor.name} (${error.message.split("\n")[0]})`;
      throw error;
    }
  }
}

/**
 * Demands that a map's options are there: what is left out would be destructured otherwise, with JavaScript's own words.
 *
 * @ignore
 * @param options What was given last.
 * @param kind The class that is made.
 * @param example What could have been given.
 * @throws {EbpfError} `InvalidArgument` if it is no object.
 */
export function demandOptions<Options>(
  options: Options,
  kind: { readonly name: string },
  example = "{ maxEntries: 1024 }",
): Options {
  if (typeof options === "object" && options !== null) return options;
  throw new EbpfError(ErrorCode.InvalidArgument, `Cannot make a map (${kind.name}) without its options`, {
    remedy: `Give them as the last argument: ${example}`,
  });
}

function demandEntries(maxEntries: number): void {
  if (Number.isInteger(maxEntries) && maxEntries >= 1 && maxEntries <= MOST_ENTRIES) return;
  throw new EbpfError(ErrorCode.InvalidArgument, `Cannot make a map of ${maxEntries} entries`, {
    remedy: "Give maxEntries, a whole number from 1",
  });
}

/**
 * Demands that keys or values have a type.
 *
 * @ignore
 * @param what What has the type, as it follows "a map whose".
 * @throws {EbpfError} `InvalidArgument` for what is no type.
 */
export function demandType(what: string, type: AnyType | undefined): void {
  if (type && ["scalar", "array", "struct"].includes(type.kind)) return;
  throw new EbpfError(ErrorCode.InvalidArgument, `Cannot make a map whose ${what} are of this type`, {
    remedy: "Give a type of the library: u32, array(u8, 6), struct({ … })",
  });
}
