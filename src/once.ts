/**
 * Tables that are made when they are first asked for: a program starts sooner without those that it does not need.
 *
 * @module
 */

/** A function that makes a value the first time, and gives the same one from then on. */
export function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}
