/**
 * What goes into the compiler and what comes out: the seam between `program/` (live objects), the compiler (pure), and
 * the rooms that take bytecode (kernel, VM, object files).
 *
 * @module
 */

import type { Instruction, MapReference } from "../bytecode/instruction.ts";
import type { SourceLocation } from "../errors.ts";
import type { AnyType } from "../types/scalar.ts";

/** A variable that hangs on an object by a decorator. */
export type Variable =
  | {
    /** Lives in the value of an array map, shared with user space. */
    readonly kind: "global";
    readonly type: AnyType;
    readonly map: MapReference;
    /** Bytes from the start of the map's value. */
    readonly offset: number;
  }
  | {
    /** Lives for one run of the program. */
    readonly kind: "local";
    readonly type: AnyType;
    readonly initial: unknown;
  }
  | {
    /** Bytes of the packet. */
    readonly kind: "packet";
    readonly type: AnyType;
    readonly offset: number;
  }
  | {
    /** Lives in the only entry of a map, whose key is 0. */
    readonly kind: "entry";
    readonly type: AnyType;
    readonly map: MapShape;
    /** What the entry begins with. */
    readonly initial: unknown;
  };

/** A map, as the compiler must know it. */
export interface MapShape {
  /** What stands for it in instructions. */
  readonly reference: MapReference;
  /** Which methods it has in a program: a key of the table in `lower/maps.ts`. */
  readonly kind: string;
  /** The type of keys; kinds without keys have none. */
  readonly keyType: AnyType | undefined;
  /** The type of values. */
  readonly valueType: AnyType | undefined;
  /** The type of what `get` finds, which begins where the value does. */
  readonly foundType: AnyType | undefined;
  /** Whether each CPU has values of its own: no other one writes what a program finds. */
  readonly isPerCpu: boolean;
  /** What a key that is known now stands for: `"10.0.0.0/8"` for a network. */
  readonly constantKey?: ((key: unknown) => unknown) | undefined;
  /** Entries at most. */
  readonly maxEntries: number;
  /** Bytes from the start of a value to its lock, if it has one. */
  readonly lockOffset?: number;
  /** Of maps of maps: what the maps in it are like. */
  readonly inner?: MapShape;
  /** Of kinds that send events: the array whose only element, of 64 bits, counts those that there was no room for. */
  readonly dropped?: MapReference;
}

// deno-lint-ignore ban-types -- any callable; only its text and its captures matter
export type AnyFunction = Function;

/** Everything that the compiler may know. It runs none of the user's code but capture thunks. */
export interface Unit {
  /** `this` of the program. */
  readonly instance: object;
  /** The program's name, for the kernel and for messages. */
  readonly name: string;
  /** The method that is the program. */
  readonly entry: AnyFunction;
  /** What leaving without an action means. */
  readonly defaultAction: number;
  /** Packets shorter than this leave at once with `defaultAction`; 0: none. */
  readonly minimumPacketSize: number;
  /** The variable that `owner.name` denotes, if it is one; `"#name"` for a private accessor. */
  variable(owner: object, name: string): Variable | undefined;
  /** The map that an object is, if it is one. */
  map?(object: object): MapShape | undefined;
  /** The values that a function's capture thunk offers, by the names that its text uses; `undefined` without a thunk. */
  captures(fn: AnyFunction): ReadonlyMap<string, unknown> | undefined;
  /** The library's own base classes by name (`XDP`): objects whose constants a program may name without capturing them. */
  readonly builtins: ReadonlyMap<string, unknown>;
  /** The library's own methods that the compiler gives a meaning: function → its name in `lower/intrinsics.ts`. */
  readonly intrinsics?: ReadonlyMap<AnyFunction, string>;
  /** What the program's second parameter has, by name: offsets of 32-bit fields in the kernel's struct. */
  readonly contextFields?: ReadonlyMap<string, number>;
  /** The packet's methods that are compiled from their texts, by name. */
  readonly packetMethods?: ReadonlyMap<string, AnyFunction>;
  /** Where text of a function stands in the user's files: offset in the text → place. `undefined` if not known. */
  locate(fn: AnyFunction, text: string): ((offset: number) => SourceLocation | undefined) | undefined;
  /** A line of a user's file, for code frames and line information; `undefined` if it cannot be read. */
  sourceLine(file: string, line: number): string | undefined;
  /** Whether a getter stands for a constant, so that it may be run at generation. */
  isConstant?(getter: AnyFunction): boolean;
  /** Whether the user wants a function to be emitted once, whatever it is like. */
  isSeparate?(fn: AnyFunction): boolean;
  /** Called for each plain field that was folded into code. */
  folded?(owner: object, name: string, location: SourceLocation | undefined): void;
}

/** What {@linkcode Compiled} code says of the instruction that begins a source line. */
export interface LineInfo {
  /** Index in 8-byte slots (`lddw` takes two). */
  readonly slot: number;
  readonly location: SourceLocation;
  /** The source line's text. */
  readonly text: string;
}

/** A function of the program: the main one first, then subprograms. */
export interface FunctionInfo {
  readonly slot: number;
  readonly name: string;
}

/** Bytecode with its symbols. */
export interface Compiled {
  readonly instructions: readonly Instruction[];
  /** The maps that the instructions refer to. */
  readonly maps: readonly MapReference[];
  readonly lines: readonly LineInfo[];
  readonly functions: readonly FunctionInfo[];
}
