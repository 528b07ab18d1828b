/**
 * What the common machinery must know of a program: its type's facts and the user's settings.
 *
 * @module
 */

import type { AnyFunction } from "../compiler/unit.ts";
import type { AttachType, ProgramType } from "../kernel/mod.ts";
import type { Packet } from "./packet.ts";
import type { DevMapContext } from "./xdp_context.ts";

/** The key of the method that describes a program. */
export const describe: unique symbol = Symbol("describe");

/** Facts and settings of one program. */
export interface Description {
  readonly type: ProgramType;
  /** Where it is to run, unless that is an interface. */
  readonly attachType: AttachType | undefined;
  /** The kernel's struct that the program's context is: `xdp_md`. */
  readonly context: string;
  /** What programs can read of the context, by name: offsets in that struct. */
  readonly contextFields: ReadonlyMap<keyof DevMapContext, number>;
  /** The names of the actions by their numbers. */
  readonly actions: readonly string[];
  /** The action that an uncaught `throw` means. */
  readonly aborted: number;
  /** The base classes that a program may name without capturing them. */
  readonly builtins: ReadonlyMap<string, unknown>;
  /** The library's own methods that a program may call, by the compiler's names for them. */
  readonly intrinsics: ReadonlyMap<AnyFunction, string>;
  /** The packet's methods that are compiled from their texts, by name. */
  readonly packetMethods: ReadonlyMap<string, AnyFunction>;
  /** The program itself; `undefined` if its class has none. */
  readonly entry: ((packet: Packet, context: DevMapContext) => unknown) & AnyFunction | undefined;
  readonly defaultAction: number;
  readonly minimumPacketSize: number;
  /** Whether it takes packets in several fragments. */
  readonly frags: boolean;
}
