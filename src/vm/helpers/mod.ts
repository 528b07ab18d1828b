/**
 * The helpers of the virtual machine, by number.
 *
 * @module
 */

import { helperId } from "../../bytecode/mod.ts";
import type { HelperCall } from "../state.ts";
import { dynptrHelpers } from "./dynptrs.ts";
import { mapHelpers } from "./maps.ts";
import { packetHelpers } from "./packets.ts";
import { ringHelpers } from "./rings.ts";
import { socketHelpers } from "./sockets.ts";
import { systemHelpers } from "./system.ts";

/** What there is. */
export const helpers: ReadonlyMap<number, HelperCall> = new Map(
  [dynptrHelpers, mapHelpers, packetHelpers, ringHelpers, socketHelpers, systemHelpers].flatMap((table) =>
    Object.entries(table).map(([name, call]) => [helperId(name), call] as const)
  ),
);
