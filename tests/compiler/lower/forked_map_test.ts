/**
 * Maps that paths share until one of them changes something.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { ForkedMap } from "../../../src/compiler/lower/forked_map.ts";

type Change = (map: ForkedMap<string, number>) => void;

const changes: Readonly<Record<string, { readonly change: Change; readonly after: readonly [string, number][] }>> = {
  "sets a new key": { change: (map) => map.set("b", 2), after: [["a", 1], ["b", 2]] },
  "sets a known key": { change: (map) => map.set("a", 3), after: [["a", 3]] },
  "deletes a key": { change: (map) => map.delete("a"), after: [] },
  "clears it": { change: (map) => map.clear(), after: [] },
};

describe("a forked map", () => {
  for (const [title, { change, after }] of Object.entries(changes)) {
    for (const changed of ["original", "copy"] as const) {
      it(`is not seen to change where the ${changed} ${title}`, () => {
        const original = new ForkedMap(new Map([["a", 1]]));
        const copy = original.fork();
        assertEquals(copy.isSameAs(original), true);
        change(changed === "copy" ? copy : original);
        const [one, other] = changed === "copy" ? [copy, original] : [original, copy];
        assertEquals([[...one], [...other]], [after, [["a", 1]]]);
        assertEquals(copy.isSameAs(original), false);
      });
    }
  }

  it("stays the same where what is not there is deleted", () => {
    const original = new ForkedMap(new Map([["a", 1]]));
    const copy = original.fork();
    copy.delete("b");
    assertEquals(copy.isSameAs(original), true);
  });

  it("is empty at first, and so are others when it is not any more", () => {
    const map = new ForkedMap<string, number>();
    map.set("a", 1);
    assertEquals([[...map], map.size, new ForkedMap().size], [[["a", 1]], 1, 0]);
  });
});
