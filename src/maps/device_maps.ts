/**
 * Network interfaces to redirect packets to, by number.
 *
 * @module
 */

import { AttachType, interfaceIndex } from "../kernel/mod.ts";
import type { Callable } from "./callee.ts";
import type { SetFlag } from "./keyed.ts";
import { demandOptions } from "./map.ts";
import { type Demand, ProgramRedirectMap } from "./program_redirect.ts";
import { type Action, REDIRECT } from "./redirect.ts";

/** How a {@linkcode DevMap} or {@linkcode DevMapHash} is made. */
export interface DevMapOptions {
  /** Interfaces at most; of a `DevMap` also the number that keys are below. */
  readonly maxEntries: number;
}

/** How packets are sent to all interfaces of a map. */
export interface BroadcastOptions {
  /** Leaves the interface out that the packet came in by. Default `false`. */
  readonly excludeIngress?: boolean;
}

/** An entry of a {@linkcode DevMap} or {@linkcode DevMapHash} with a program. */
export interface DevMapEntry {
  /** The interface: its index or its name, of the current network namespace. */
  readonly ifindex: number | string;
  /** What runs on each packet before it goes out by the interface: an object of a class that extends `DevMapProgram`. */
  readonly program?: Callable;
}

const demand: Demand = { attachType: AttachType.XdpDevMap, className: "DevMapProgram" };

/** A map of interfaces. */
export abstract class DeviceMap extends ProgramRedirectMap {
  /**
   * Stores an interface, with a program for what goes out by it if wanted (Linux 5.8).
   *
   * @param key Its number in the map.
   * @param device Its index or its name, of the current network namespace; or that with a program:
   * `{ ifindex: "eth1", program: new Leave() }`.
   * @param flag Whether the key must be new, or must not be.
   * @returns Whether it was stored: `false` if the flag forbade it.
   * @throws {EbpfError} `NoSuchInterface`; `InvalidArgument` for what is no `DevMapProgram`, or one that the kernel does not
   * take there; `OutOfRange` and `TooLarge` for keys beyond the map; `Closed`; as bpf(2) fails; where the kernel has the map,
   * as loading the program fails.
   */
  override set(key: number, device: number | string | DevMapEntry, flag?: SetFlag): boolean {
    const { ifindex, program }: DevMapEntry = typeof device === "object" ? device : { ifindex: device };
    return this.store(key, typeof ifindex === "string" ? interfaceIndex(ifindex) : ifindex, program, flag);
  }

  /**
   * Sends a copy of the packet to each interface of the map (BPF_F_BROADCAST, Linux 5.14): return what this gives.
   *
   * @param options Which interfaces are left out; known when the program is generated.
   * @returns `XDP.REDIRECT`.
   */
  broadcast(_options: BroadcastOptions = {}): Action {
    return REDIRECT;
  }
}

/**
 * Interfaces by index (BPF_MAP_TYPE_DEVMAP): the fastest way to forward packets. Nothing is there at first.
 *
 * In a program: `redirect`, `broadcast`, `has` and `get`, which gives the interface's index. An entry may have a program of
 * its own for what goes out there: see `DevMapProgram`.
 *
 * @example
 * ```ts
 * import { DevMap, XDP } from "@waggle/ebpf";
 *
 * class Forward extends XDP {
 *   ports = new DevMap({ maxEntries: 8 });
 *
 *   program() {
 *     return this.ports.redirect(0, XDP.PASS);
 *   }
 * }
 *
 * using forward = new Forward();
 * console.log(forward.test(new Uint8Array(64)).name === "PASS");
 * forward.ports.set(0, 3); // in real life: forward.ports.set(0, "eth1")
 * console.log(forward.test(new Uint8Array(64)).name === "REDIRECT");
 * ```
 */
export class DevMap extends DeviceMap {
  /**
   * Makes a map.
   *
   * @param options How many interfaces.
   * @throws {EbpfError} `InvalidArgument` for what is no number of entries.
   */
  constructor(options: DevMapOptions) {
    const { maxEntries } = demandOptions(options, new.target);
    super("devMap", maxEntries, demand);
  }
}

/**
 * Interfaces by any number, as their own index (BPF_MAP_TYPE_DEVMAP_HASH, Linux 5.4). As {@linkcode DevMap} otherwise.
 *
 * @example
 * ```ts
 * import { DevMapHash, XDP } from "@waggle/ebpf";
 *
 * class ToAll extends XDP {
 *   ports = new DevMapHash({ maxEntries: 8 });
 *
 *   program() {
 *     return this.ports.broadcast({ excludeIngress: true });
 *   }
 * }
 *
 * console.log(new ToAll().test(new Uint8Array(64)).name === "REDIRECT");
 * ```
 */
export class DevMapHash extends DeviceMap {
  /**
   * Makes a map.
   *
   * @param options How many interfaces.
   * @throws {EbpfError} `InvalidArgument` for what is no number of entries.
   */
  constructor(options: DevMapOptions) {
    const { maxEntries } = demandOptions(options, new.target);
    super("devMapHash", maxEntries, demand);
  }
}
