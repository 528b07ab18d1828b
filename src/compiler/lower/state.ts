/**
 * What is known at one point of a program, and what of it holds where ways meet.
 *
 * @module
 */

import type { Value } from "../ir.ts";
import { I32, intersection, type Range } from "../range.ts";
import { ForkedMap } from "./forked_map.ts";
import type { Changes } from "./heap.ts";
import type { Kept } from "./kept.ts";
import type { Binding, Choice, Operand } from "./operand.ts";
import type { Loan } from "./place.ts";
import type { Refinements } from "./refinements.ts";
import type { Reservation } from "./reservations.ts";

/** What is known at one point of the program. */
export interface State {
  readonly locals: ForkedMap<Binding, Operand>;
  /** What tests on the way have shown about values. */
  readonly refined: Refinements;
  /** The packet's limits; `undefined` where it may have been changed, and nobody has looked since. */
  bounds: Bounds | undefined;
  /** So many bytes of the packet have been compared with its end. */
  proven: number;
  /** Addresses in the packet at distances known at run time only, by the distance. */
  readonly pointers: ForkedMap<Value, PacketPointer>;
  /** Maps that may have given entries' memory to others: views that are older must not be used (rule 16). */
  readonly endings: ForkedMap<object, Ending>;
  /** What is on the stack for helpers. */
  readonly kept: Kept;
  /** What objects contain that the text has made, and changed. */
  readonly changes: Changes;
  /** Records of ring buffers that somebody must submit or discard; a set is never changed, but replaced. */
  reservations: ReadonlySet<Reservation>;
}

/** What ended the views of a map. */
export interface Ending {
  /** When, by {@linkcode Builder.tick}. */
  readonly at: number;
  /** In words. */
  readonly by: string;
}

/** The limits of a packet from one change of them to the next: one epoch (rule 18). */
export interface Bounds {
  readonly start: Value;
  readonly end: Value;
  /** The packet's length: what comparisons with a constant prove something about. */
  readonly length: Value;
  readonly epoch: number;
}

/** What a packet's length can be: skb->len of a packet is far below 2^31. */
export const LENGTH: Range = { min: 0n, max: I32.max };

/** An address in the packet, at a distance from its start that is small enough for the verifier. */
export interface PacketPointer {
  readonly address: Value;
  /** Bytes from it on that the verifier follows pointers to. */
  readonly most: number;
  /** Bytes from it on that have been compared with the packet's end. */
  readonly proven: number;
}

/** The option that is left of a choice, where tests have left only one. */
export function chosen(state: State, operand: Operand): Operand {
  if (operand.kind !== "choice") return operand;
  const { min, max } = rangeLeft(state, operand);
  return min === max ? chosen(state, operand.options[Number(min)]) : operand;
}

/** The indexes of the options of a choice that a path's tests have left. */
export function rangeLeft(state: State, { selector: { value, range } }: Choice): Range {
  const known = state.refined.get(value)?.range;
  return known && intersection(range, known) || range;
}

/** A copy that a second path may change. */
export function fork(state: State): State {
  const { locals, refined, pointers, endings, changes, kept } = state;
  return {
    ...state,
    locals: locals.fork(),
    refined: refined.fork(),
    pointers: pointers.fork(),
    endings: endings.fork(),
    changes: changes.fork(),
    kept: kept.fork(),
  };
}

/** Whether all paths have left a map as it was: then it is what they have in common. */
export function areSame<Key, Of>([first, ...others]: readonly ForkedMap<Key, Of>[]): boolean {
  return others.every((other) => first.isSameAs(other));
}

/** Before all points in time. */
export const NEVER = -1;

/** Whether a map may have given the memory that a loan is of to another entry. */
export function isEnded({ map, since }: Loan, { endings }: State): boolean {
  const ending = endings.get(map);
  return ending !== undefined && ending.at > since;
}

/** What has ended views on any of the paths. */
export function latestEndings(states: readonly State[]): ForkedMap<object, Ending> {
  if (areSame(states.map(({ endings }) => endings))) return states[0].endings.fork();
  const latest = new ForkedMap<object, Ending>();
  for (const { endings } of states) {
    for (const [map, ending] of endings) if (ending.at > (latest.get(map)?.at ?? NEVER)) latest.set(map, ending);
  }
  return latest;
}

/** The locals that all paths may have: those of the first one, and those that are there without having been assigned. */
export function commonLocals([first, ...others]: readonly State[]): Set<Binding> {
  const common = new Set(first.locals.keys());
  for (const { locals } of others) {
    for (const binding of locals.keys()) if (binding.initial) common.add(binding);
  }
  return common;
}

/** The addresses that all paths have made at one place, with what all of them have proven. */
export function commonPointers([first, ...others]: readonly State[]): ForkedMap<Value, PacketPointer> {
  if (others.every(({ pointers }) => pointers.isSameAs(first.pointers))) return first.pointers.fork();
  const common = new ForkedMap<Value, PacketPointer>();
  for (const [distance, pointer] of first.pointers) {
    const all = others.map(({ pointers }) => pointers.get(distance));
    if (!all.every((other) => other?.address === pointer.address)) continue;
    common.set(distance, { ...pointer, proven: Math.min(pointer.proven, ...all.map((other) => other!.proven)) });
  }
  return common;
}
