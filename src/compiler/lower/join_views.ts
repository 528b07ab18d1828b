/**
 * Where paths meet that bring views of different places: one view, whose address is a parameter.
 *
 * @module
 */

import type { Block } from "../ir.ts";
import { exactly, union } from "../range.ts";
import type { Arrival, Builder } from "./builder.ts";
import { isSameLayout } from "./layouts.ts";
import type { View, Word } from "./operand.ts";
import { addressOf, isDirect, isWithinPacket, type Loan, type Place, placeAlignment } from "./place.ts";
import { isEnded, NEVER } from "./state.ts";

/** One view of different places of one type, in memory of one kind: the address is a parameter, 0 of paths without one. */
export function joinViews(
  builder: Builder,
  block: Block,
  incoming: readonly Arrival[],
  views: readonly (View | undefined)[],
): View | undefined {
  const places = views.flatMap((view) => view?.place ?? []);
  const [first] = places;
  if (first.packet) return joinPacketViews(builder, block, incoming, views);
  const isJoinable = places.every((place) =>
    isDirect(place) && isSameLayout(place.type, first.type) && place.region === first.region &&
    place.isKey === first.isKey
  );
  if (!isJoinable) return undefined;
  const base = builder.parameter(block);
  incoming.forEach(({ edge, from }, i) => {
    const place = views[i]?.place;
    if (!place) return edge.arguments.push(builder.atEnd(incoming[i], () => builder.constant(0n)));
    const { address, instructions } = addressOf(place, () => builder.fn.nextId++);
    from.instructions.push(...instructions);
    edge.arguments.push(address);
  });
  const alignment = Math.min(...places.map(placeAlignment));
  const isOwn = places.every((place) => place.isOwn);
  const loans = joinLoans(builder, incoming, views);
  return { kind: "view", place: { ...first, base, offset: 0, alignment, isOwn, loans } };
}

/** The maps that lend memory on any path: as of now, unless a loan is over on its path. */
function joinLoans(
  builder: Builder,
  incoming: readonly Arrival[],
  views: readonly (View | undefined)[],
): readonly Loan[] {
  const loans = new Map<object, Loan>();
  views.forEach((view, path) => {
    for (const loan of view?.place.loans ?? []) {
      const isOver = isEnded(loan, incoming[path].state) || loans.get(loan.map)?.since === NEVER;
      loans.set(loan.map, { ...loan, since: isOver ? NEVER : builder.tick() });
    }
  });
  return [...loans.values()];
}

/** The same in the packet: its distance from the packet's start is the parameter, and the address is found where it is used. */
function joinPacketViews(
  builder: Builder,
  block: Block,
  incoming: readonly Arrival[],
  views: readonly (View | undefined)[],
): View | undefined {
  const places = views.flatMap((view) => view?.place ?? []);
  const [first] = places;
  const isJoinable = places.every((place) =>
    isWithinPacket(place) && place.packet.bounds === first.packet?.bounds && isSameLayout(place.type, first.type)
  );
  if (!isJoinable) return undefined;
  if (places.every(({ packet, offset }) => !packet?.distance && offset === first.offset)) {
    return { kind: "view", place: first };
  }
  const words = views.map((view, i) => builder.atEnd(incoming[i], () => distanceOf(builder, view?.place)));
  const range = words.map((word) => word.range).reduce(union);
  const value = builder.parameter(block, range);
  incoming.forEach(({ edge }, i) => edge.arguments.push(words[i].value));
  const distance: Word = { kind: "word", type: "number", value, range };
  return { kind: "view", place: { ...first, offset: 0, packet: { bounds: first.packet!.bounds, distance } } };
}

/** How far from the packet's start a place is; 0 of no place. */
function distanceOf(builder: Builder, place: Place | undefined): Word {
  const offset = BigInt(place?.offset ?? 0);
  const constant: Word = { kind: "word", type: "number", value: builder.constant(offset), range: exactly(offset) };
  const distance = place?.packet?.distance;
  if (!distance) return constant;
  const { value, range: { min, max } } = builder.refined(distance);
  const range = { min: min + offset, max: max + offset };
  const sum = builder.emit({ kind: "binary", operator: "add", width: 64 }, [value, constant.value], range);
  return { ...constant, value: sum, range };
}
