/**
 * Views that a loop carries from turn to turn: what lookups give. `let node = map.get(key); while (node) … node =
 * map.get(node.next)` carries the address of an entry, which is null where there is none.
 *
 * @module
 */

import type { Value } from "../ir.ts";
import { BIT, U64 } from "../range.ts";
import type { CarriedWord } from "./carried.ts";
import type { Context } from "./context.ts";
import { isNothing, optionsOf } from "./join_choices.ts";
import { isSameLayout } from "./layouts.ts";
import { ifFound } from "./map_elements.ts";
import { known, type Operand, type Word } from "./operand.ts";
import { addressOf, isDirect, isSamePlace, type Loan, type Place, placeAlignment } from "./place.ts";
import { NEVER } from "./state.ts";
import { isSame } from "./word_types.ts";

/** What a local may be at the head of a loop that is a view, or a view or nothing. */
export interface CarriedView {
  readonly nothing: Operand | undefined;
  readonly place: Place;
  /** Whether it is of different places: then its address is carried, and null stands for nothing. */
  readonly moves: boolean;
}

/** An operand as it is where the builder stands; loans that are over are marked. */
export function settled({ builder }: Context, operand: Operand): Operand {
  const mark = (option: Operand): Operand => {
    if (option.kind !== "view" || !option.place.loans) return option;
    const loans = option.place.loans.map((loan) => builder.isEnded(loan) ? { ...loan, since: NEVER } : loan);
    return { kind: "view", place: { ...option.place, loans } };
  };
  const current = builder.current(operand);
  if (current.kind !== "choice") return mark(current);
  return { ...current, options: current.options.map(mark) };
}

/** What is both `entry`, from before a loop, and `back`, from the end of its turns; `undefined` if that is no view. */
export function viewOf(entry: Operand, back: Operand, before: CarriedView | undefined): CarriedView | undefined {
  const options = [entry, back].flatMap(optionsOf);
  const [nothing, ...others] = options.filter(isNothing);
  const places = options.flatMap((option) => option.kind === "view" ? [option.place] : []);
  const isPlain = options.every((option) => option.kind === "view" || isNothing(option));
  if (places.length === 0 || !isPlain || !others.every((other) => isSame(other, nothing))) return undefined;
  const isKnown = optionsOf(entry).some(({ kind }) => kind === "view") || isEverywhere(places[0]);
  const moves = before?.moves || !isKnown || !places.every((place) => isSamePlace(place, places[0]));
  // Of a choice the address is the one that it was made with.
  const isShifted = [entry, back].some((one) => one.kind === "choice" && one.options.some(isInside));
  if (moves && (isShifted || !isJoinable(places))) return undefined;
  return { nothing, place: moves ? joined(places) : { ...places[0], loans: joinLoans(places) }, moves };
}

/** Whether it is part of what its address is that of. */
function isInside(option: Operand): boolean {
  return option.kind === "view" && option.place.offset !== 0;
}

/** Whether an address can be made anywhere. */
function isEverywhere({ base: { operation } }: Place): boolean {
  return operation.kind === "stackSlot" || operation.kind === "mapValue";
}

function isJoinable(places: readonly Place[]): boolean {
  const [{ type, region, isKey }] = places;
  return places.every((place) =>
    isDirect(place) && isSameLayout(place.type, type) && place.region === region && place.isKey === isKey &&
    !place.loans?.some(({ kind }) => kind === "record")
  );
}

/** One place for several, whose address is none of theirs. */
function joined(places: readonly Place[]): Place {
  const alignment = Math.min(...places.map(placeAlignment));
  const isOwn = places.every((place) => place.isOwn);
  return { ...places[0], offset: 0, alignment, isOwn, loans: joinLoans(places) };
}

/** The maps that lend memory to one of some places; a loan that is over for one is over. */
function joinLoans(places: readonly Place[]): readonly Loan[] {
  const loans = new Map<object, Loan>();
  for (const loan of places.flatMap(({ loans }) => loans ?? [])) {
    if (loans.get(loan.map)?.since !== NEVER) loans.set(loan.map, loan);
  }
  return [...loans.values()];
}

/** Whether two say the same. */
export function isSameView(a: CarriedView, b: CarriedView): boolean {
  const isOver = ({ place: { loans = [] } }: CarriedView, map: object) =>
    loans.some((loan) => loan.map === map && loan.since === NEVER);
  const [ofA, ofB] = [a, b].map(({ place: { loans = [] } }) => loans);
  return a.moves === b.moves && a.nothing === b.nothing && a.place.alignment === b.place.alignment &&
    a.place.isOwn === b.place.isOwn && ofA.length === ofB.length &&
    ofA.every(({ map }) => ofB.some((loan) => loan.map === map) && isOver(a, map) === isOver(b, map));
}

/** The words that an operand comes to: an address, or whether it is something. `undefined` if it is something else. */
export function wordsOfView(
  context: Context,
  { nothing, moves }: CarriedView,
  operand: Operand,
): CarriedWord[] | undefined {
  const options = optionsOf(operand);
  const view = options.find(({ kind }) => kind === "view");
  const isPlain = options.every((option) => option === view || nothing && isSame(option, nothing));
  if (!isPlain) return undefined;
  if (moves) return [{ operand: addressIn(context, operand, view), type: "number", range: undefined }];
  if (!nothing) return [];
  const isThere = operand.kind === "choice" ? operand.selector : known(view ? 1 : 0);
  return [{ operand: isThere, type: "number", range: BIT }];
}

/** The address of the view that an operand is, 0 if it is none; of a choice the one that it was made with. */
function addressIn({ builder }: Context, operand: Operand, view: Operand | undefined): Word {
  const word = (value: Value): Word => ({ kind: "word", type: "number", value, range: U64 });
  if (view?.kind !== "view") return word(builder.constant(0n));
  if (operand.kind === "choice") return word(view.place.base);
  const { address, instructions } = addressOf(view.place, () => builder.fn.nextId++);
  builder.block!.instructions.push(...instructions);
  return word(address);
}

/** What the local is at the head, whose parameters are its words. */
export function viewAtHead(
  context: Context,
  { nothing, place, moves }: CarriedView,
  [parameter]: readonly Value[],
): Operand {
  const { builder } = context;
  const loans = place.loans?.map((loan) => loan.since === NEVER ? loan : { ...loan, since: builder.tick() });
  const at = (base: Value): Operand => ({ kind: "view", place: { ...place, base, loans } });
  if (moves) return nothing ? ifFound(context, parameter, at, nothing) : at(parameter);
  const view = at(place.base);
  if (!nothing) return view;
  const selector: Word = { kind: "word", value: parameter, type: "number", range: BIT };
  return { kind: "choice", selector, options: [nothing, view] };
}
