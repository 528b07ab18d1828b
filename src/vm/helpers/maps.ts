/**
 * Helpers for maps.
 *
 * @module
 */

import { MachineArray } from "../maps/array.ts";
import { MachinePerfEventArray } from "../maps/events.ts";
import { MachineHash } from "../maps/hash.ts";
import { Errno, type MachineMap } from "../maps/map.ts";
import { MachineMapOfMaps } from "../maps/targets.ts";
import { MachineTrie } from "../maps/trie.ts";
import { Region, Taint } from "../region.ts";
import type { HelperCall, State } from "../state.ts";

/** The map in r1. */
function mapOf(state: State): MachineMap {
  return state.meaning<MachineMap>(1, "map");
}

function pointOrNull(state: State, region: Region | undefined): void {
  if (region) state.point(0, region, 0);
  else state.put(0, 0);
}

/** Kinds that programs may only look up in, or not even that. */
function keyed(state: State, map: MachineMap): MachineMap {
  const known = map instanceof MachineArray || map instanceof MachineHash || map instanceof MachineTrie ||
    map instanceof MachineMapOfMaps;
  if (!known) throw state.fault(`a ${map.kind} has no keys for programs`);
  return map;
}

/** A scratch value that helpers fill for queues: written through, so that its bytes count as set. */
function valueOutput(state: State, map: MachineMap): Uint8Array {
  return state.output(2, map.valueSize);
}

/** More of the packet is asked for than there is. */
const EFAULT = 14;

function perfEventOutput(state: State): void {
  const map = state.meaning<MachineMap>(2, "map");
  if (!(map instanceof MachinePerfEventArray)) throw state.fault("r2 must be a perf event array");
  const size = Number(state.wideArgument(5));
  // The upper 32 bits of the flags say how much of the packet to add.
  const packet = Number(state.wideArgument(3) >> 32n);
  const { region } = state.device ?? { region: undefined };
  if (packet > 0 && region && packet > region.end - region.start) return state.put(0, -EFAULT);
  const added = packet > 0 && region ? region.bytes(region.start, packet) : [];
  map.output(Uint8Array.of(...state.input(4, size), ...added));
  state.put(0, 0);
}

/** Calls the function in r2 for each element of the map in r1. */
function forEachElement(state: State): void {
  const map = mapOf(state);
  const callback = state.meaning<number>(2, "function");
  if (state.wideArgument(4) !== 0n) return state.put(0, -Errno.EINVAL);
  const context = state.wide[3], contextTaint = state.taints[3];
  let count = 0;
  for (const key of [...map.keys()]) {
    const value = map.lookup(key, state.environment.cpu);
    if (!value) continue;
    count++;
    state.point(1, map.region, 0);
    state.point(2, keyRegion(key), 0);
    state.point(3, value, 0);
    state.putWide(4, context, contextTaint);
    if (state.callback(callback) !== 0) break;
  }
  state.put(0, count);
}

function keyRegion(key: Uint8Array): Region {
  const copy = key.slice();
  const region = new Region("memory", "of a key", new DataView(copy.buffer));
  region.writableEnd = 0;
  return region;
}

/** The helpers by name. */
export const mapHelpers: Readonly<Record<string, HelperCall>> = {
  map_lookup_elem: (state) => {
    const map = keyed(state, mapOf(state));
    pointOrNull(state, map.lookup(state.input(2, map.keySize), state.environment.cpu));
  },
  map_lookup_percpu_elem: (state) => {
    const map = keyed(state, mapOf(state));
    const cpu = state.low(3) >>> 0;
    pointOrNull(state, cpu < map.cpus ? map.lookup(state.input(2, map.keySize), cpu) : undefined);
  },
  map_update_elem: (state) => {
    const map = keyed(state, mapOf(state));
    const key = state.input(2, map.keySize), value = state.input(3, map.valueSize);
    state.put(0, map.update(key, value, Number(state.wideArgument(4)), state.environment.cpu));
  },
  map_delete_elem: (state) => {
    const map = keyed(state, mapOf(state));
    state.put(0, map.delete(state.input(2, map.keySize)));
  },
  map_push_elem: (state) => {
    const map = mapOf(state);
    state.put(0, map.push(state.input(2, map.valueSize), Number(state.wideArgument(3))));
  },
  map_pop_elem: (state) => {
    const map = mapOf(state);
    state.put(0, map.pop(valueOutput(state, map)));
  },
  map_peek_elem: (state) => {
    const map = mapOf(state);
    // A Bloom filter's peek asks about the value instead of giving one.
    const value = map.kind === "bloomFilter" ? state.input(2, map.valueSize) : valueOutput(state, map);
    state.put(0, map.peek(value));
  },
  for_each_map_elem: forEachElement,
  perf_event_output: perfEventOutput,
  xdp_output: perfEventOutput,
  spin_lock: (state) => {
    const { region, offset } = state.regionArgument(1);
    state.input(1, 4);
    state.lock = { region, offset };
    state.taints[0] = Taint.None;
  },
  spin_unlock: (state) => {
    const { region, offset } = state.regionArgument(1);
    if (state.lock?.region !== region || state.lock.offset !== offset) throw state.fault("this lock is not held");
    state.lock = undefined;
    state.taints[0] = Taint.None;
  },
};
