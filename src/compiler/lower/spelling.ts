/**
 * What a misspelt name may have been meant to be.
 *
 * @module
 */

/** The name of a list that is nearest to one that is not in it; `undefined` if none is near. */
function nearestName(name: string, names: Iterable<string>): string | undefined {
  let nearest: string | undefined;
  // One typo in short names, two in longer ones, none in the shortest.
  let best = Math.min(3, Math.floor(name.length / 3) + 1);
  for (const one of names) {
    const far = distance(name.toLowerCase(), one.toLowerCase());
    if (far < best) [nearest, best] = [one, far];
  }
  return nearest;
}

/** The member of an object whose name is nearest: a method of its own or an inherited one, a variable, a field. */
export function nearestMember(object: unknown, name: string): string | undefined {
  if (typeof object !== "object" || object === null) return undefined;
  const names = new Set<string>();
  for (let at = object; at && at !== Object.prototype; at = Object.getPrototypeOf(at)) {
    Object.getOwnPropertyNames(at).forEach((one) => names.add(one));
  }
  names.delete("constructor");
  return nearestName(name, names);
}

/** Changes of one letter each (missing, added, another, two swapped) that make one text of the other. */
function distance(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > 2) return Infinity;
  let [before, last] = [
    new Array<number>(b.length + 1).fill(Infinity),
    Array.from({ length: b.length + 1 }, (_, j) => j),
  ];
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const isSame = a[i - 1] === b[j - 1];
      row[j] = Math.min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (isSame ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        row[j] = Math.min(row[j], before[j - 2] + 1);
      }
    }
    [before, last] = [last, row];
  }
  return last[b.length];
}
