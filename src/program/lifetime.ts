/**
 * A program's time in the kernel: from `load()` over `reload()` to `close()`, and what maps do with it that it is in.
 *
 * @module
 */

import type { CompileOptions } from "../compiler/mod.ts";
import type { Compiled } from "../compiler/unit.ts";
import { EbpfError, ErrorCode } from "../errors.ts";
import type { Descriptor } from "../kernel/mod.ts";
import type { Callee } from "../maps/mod.ts";
import { adoptMaps, mapsFrom } from "./adopt.ts";
import { isTooComplex, stillTooComplex } from "./complexity.ts";
import type { Description } from "./description.ts";
import { lockFolded, unlockFolded } from "./fold.ts";
import { demandVersion, instructionSet } from "./instruction_set.ts";
import { letGo, load, type Loaded, settle, undo } from "./load.ts";
import { memory } from "./memory.ts";
import type { LoadOptions } from "./options.ts";
import { openProgram } from "./pins.ts";
import type { Program } from "./program.ts";
import type { ProgramMap } from "./program_map.ts";
import type { Folded } from "./unit.ts";

/** Generated code, and which fields it has folded. */
export interface Generated {
  readonly compiled: Compiled;
  readonly foldedFields: readonly Folded[];
}

/** What a program does for its lifetime. */
export interface Living {
  describe(): Description;
  generate(options?: CompileOptions): Generated;
  /** Puts a program in the place of another one wherever that is attached: everywhere, or nowhere. */
  replaceAttached(program: Descriptor, old: Descriptor): void;
}

/** Whether a program is loaded or closed, and what it holds in the kernel between. */
export class Lifetime {
  readonly #program: Program;
  readonly #living: Living;
  #loaded: Loaded | undefined;
  #isLoading = false;
  /** The instruction set that was asked for. */
  #cpu: number | undefined;
  /** Whether scratch memory was refused. */
  #scratch: boolean | undefined;
  #isClosed = false;
  /** Who wants the program as soon as it is loaded. */
  #waiting: ((program: Descriptor) => void)[] = [];
  /** What the maps do that the program is in, when it is generated anew. */
  readonly #followers = new Map<object, () => void>();

  constructor(program: Program, living: Living) {
    this.#program = program;
    this.#living = living;
  }

  /** The program in the kernel, after {@linkcode Lifetime.load}. */
  get program(): Descriptor {
    return this.#loaded!.program;
  }

  /** For a console: nothing while it is not in the kernel. */
  get state(): "" | "loaded" | "closed" {
    return this.#isClosed ? "closed" : this.#loaded ? "loaded" : "";
  }

  /** How the program was generated that is loaded. */
  get options(): CompileOptions {
    const cpu = this.#cpu ?? (this.#loaded && instructionSet(this.#living.describe().type));
    return { cpu, scratch: this.#scratch };
  }

  /** The code in the kernel, or what would be loaded now. */
  get compiled(): Compiled {
    return this.#loaded?.compiled ?? this.#living.generate().compiled;
  }

  demandOpen(action: string): void {
    if (!this.#isClosed) return;
    throw new EbpfError(ErrorCode.Closed, `Cannot ${action} "${this.#program[memory].name}": it is closed`, {
      remedy: "Make a new object of the class",
    });
  }

  /** Generates the program and loads it, unless it is loaded. */
  load(options: LoadOptions): void {
    this.#loadFor(options);
    this.#settle();
  }

  /** Loads the program for something that may fail yet: until it settles, it can be undone. */
  #loadFor({ cpu, scratch }: LoadOptions): void {
    this.demandOpen("load");
    // A program array may lead back to a program that is being loaded.
    if (this.#loaded || this.#isLoading) return;
    this.#cpu = cpu === undefined ? undefined : demandVersion(cpu);
    this.#scratch = scratch;
    this.#load([]);
  }

  #settle(): void {
    if (this.#loaded) settle(this.#loaded);
  }

  #undo(): void {
    if (!this.#loaded) return;
    undo(this.#loaded);
    this.#loaded = undefined;
    unlockFolded(this.#program);
  }

  #load(adopted: readonly ProgramMap[]): void {
    this.#isLoading = true;
    try {
      const { loaded, foldedFields } = this.#loadWith(adopted);
      this.#loaded = loaded;
      this.#waiting.forEach((use) => use(loaded.program));
      lockFolded(this.#program, foldedFields);
    } finally {
      this.#isLoading = false;
      this.#waiting = [];
    }
  }

  /** Generates and loads; if the verifier gives up, once more with loops as functions that it looks at once. */
  #loadWith(maps: readonly ProgramMap[]): { readonly loaded: Loaded } & Pick<Generated, "foldedFields"> {
    const description = this.#living.describe();
    const attempt = ({ compiled, foldedFields }: Generated) => ({
      loaded: load(this.#program[memory], compiled, description, maps),
      foldedFields,
    });
    const cpu = this.#cpu ?? instructionSet(description.type);
    const scratch = this.#scratch;
    const first = this.#living.generate({ cpu, scratch });
    try {
      return attempt(first);
    } catch (error) {
      if (!isTooComplex(error)) throw error;
      const second = this.#living.generate({ cpu, scratch, loops: "bpf_loop" });
      if (second.compiled.instructions === first.compiled.instructions) throw error;
      try {
        return attempt(second);
      } catch (error) {
        throw isTooComplex(error) ? stillTooComplex(error, second.compiled) : error;
      }
    }
  }

  /** Generates the program anew after a change of its fields, and puts it in the loaded one's place; or loads it. */
  reload(change: () => void): void {
    this.demandOpen("reload");
    const restore = unlockFolded(this.#program);
    try {
      change();
      if (this.#loaded) this.#loadAnew(this.#loaded);
      else this.load({});
    } catch (error) {
      restore();
      throw error;
    }
  }

  #loadAnew(old: Loaded): void {
    const { loaded: next, foldedFields } = this.#loadWith(old.maps);
    try {
      this.#living.replaceAttached(next.program, old.program);
    } catch (error) {
      letGo(next);
      throw error;
    }
    this.#loaded = next;
    settle(next);
    this.#followers.forEach((renew) => renew());
    letGo(old);
    lockFolded(this.#program, foldedFields);
  }

  /** Loads the program, unless it is loaded, on the variables and maps of an earlier one. */
  loadAfter(earlier: Program): Descriptor {
    this.demandOpen("attach");
    if (!this.#loaded) {
      const operation = `put "${this.#program[memory].name}" in the place of "${earlier[memory].name}"`;
      const adopted = adoptMaps(this.#program, mapsFrom(earlier, operation));
      try {
        this.#load(adopted);
        this.#settle();
      } catch (error) {
        adopted.forEach((map) => map.unshare());
        throw error;
      }
    }
    return this.program;
  }

  /** Makes the object's program, variables and maps those that are pinned in a folder. */
  open(folder: string): void {
    this.#loaded = openProgram(this.#program, this.#living.describe().type, folder);
    this.#settle();
  }

  /** Frees what the program holds in the kernel. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    // The variables first: nothing may look at memory that is gone.
    this.#program[memory].close();
    if (this.#loaded) letGo(this.#loaded);
    this.#loaded = undefined;
  }

  /** What maps do with the program that it is in. */
  get forMaps(): Pick<Callee, "load" | "follow" | "settle" | "undo"> {
    return {
      load: (use) => {
        if (this.#isLoading) return this.#waiting.push(use) < 0;
        const isNew = !this.#loaded;
        this.#loadFor({});
        try {
          use(this.program);
        } catch (error) {
          if (isNew) this.#undo();
          throw error;
        }
        return isNew;
      },
      follow: (map, renew) => void this.#followers.set(map, renew),
      settle: () => this.#settle(),
      undo: () => this.#undo(),
    };
  }
}
