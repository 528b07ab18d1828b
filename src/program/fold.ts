/**
 * Plain fields whose values became part of a loaded program: changing them would change nothing, so it throws.
 *
 * @module
 */

import type { AnyFunction } from "../compiler/unit.ts";
import { EbpfError, ErrorCode } from "../errors.ts";
import { describe } from "./misuse.ts";
import type { Folded } from "./unit.ts";

/**
 * Makes the folded fields of a program's object read-only, and the arrays in them.
 *
 * @param instance The program's object. Other objects that it leads to stay as they are: they may be others' too.
 */
export function lockFolded(instance: object, fields: readonly Folded[]): void {
  for (const field of fields) {
    if (field.owner !== instance) continue;
    const descriptor = Object.getOwnPropertyDescriptor(instance, field.name);
    if (!descriptor || !("value" in descriptor) || !descriptor.configurable) continue;
    if (Array.isArray(descriptor.value)) Object.freeze(descriptor.value);
    Object.defineProperty(instance, field.name, readOnly(field, descriptor));
  }
  // V8 turns an object whose properties change their kind into a hash table, and reading its variables would cost ten
  // times as much; it turns it back when the object becomes a prototype.
  Object.create(instance);
}

/**
 * Makes the folded fields of a program's object writable again, so that code may be generated from other values.
 *
 * @returns What makes them read-only again, with the values that they have now.
 */
export function unlockFolded(instance: object): () => void {
  const locked = Object.entries(Object.getOwnPropertyDescriptors(instance))
    .filter(([, { get }]) => get && foldedGetters.has(get));
  for (const [name, { get, enumerable }] of locked) {
    Object.defineProperty(instance, name, { value: get!(), writable: true, enumerable, configurable: true });
  }
  return () => locked.forEach(([name, descriptor]) => Object.defineProperty(instance, name, descriptor));
}

/** The getters of folded fields: what they give is as constant as the field was. */
const foldedGetters = new WeakSet<AnyFunction>();

/** Whether a getter stands for a field that a program has folded. */
export function isFoldedGetter(getter: AnyFunction): boolean {
  return foldedGetters.has(getter);
}

function readOnly({ name, location }: Folded, { value, enumerable }: PropertyDescriptor): PropertyDescriptor {
  const get = () => value;
  foldedGetters.add(get);
  return {
    enumerable,
    configurable: true,
    get,
    set(next: unknown) {
      throw new EbpfError(
        ErrorCode.Folded,
        `Cannot set ${name} to ${describe(next)}: the program was generated with ${describe(value)}`,
        {
          remedy:
            `Generate it anew (reload(() => …)), or make it a variable (@globalVar(u32) accessor ${name} = …) that it follows`,
          location,
        },
      );
    },
  };
}
