/**
 * The bpf(2) system call: its commands and its attribute. What each command means is in the files beside this one.
 *
 * @module
 */
import { ffi, syscallNumber } from "../ffi/mod.ts";
import { Errno } from "./errno.ts";
import { Layout, syscall, word } from "./syscall.ts";

/** Commands, from the kernel's include/uapi/linux/bpf.h (`enum bpf_cmd`). */
export enum BpfCommand {
  MapCreate = 0,
  MapLookup = 1,
  MapUpdate = 2,
  MapDelete = 3,
  MapNextKey = 4,
  ProgramLoad = 5,
  ObjectPin = 6,
  ObjectGet = 7,
  ProgramTestRun = 10,
  ProgramNextId = 11,
  MapNextId = 12,
  ProgramById = 13,
  MapById = 14,
  ObjectInfo = 15,
  BtfLoad = 18,
  BtfById = 19,
  MapLookupAndDelete = 21,
  MapFreeze = 22,
  MapLookupBatch = 24,
  MapLookupAndDeleteBatch = 25,
  MapUpdateBatch = 26,
  MapDeleteBatch = 27,
  LinkCreate = 28,
  LinkUpdate = 29,
  LinkById = 30,
  LinkNextId = 31,
  LinkDetach = 34,
}

/**
 * Bytes of `union bpf_attr` that we send, up to and with PROG_LOAD's token. Older kernels take a longer attribute than
 * they know as long as the rest is zero.
 */
const attributeSize = 152;

/** A zeroed `union bpf_attr`. */
export function bpfAttribute(): Layout {
  return new Layout(attributeSize);
}

/**
 * Calls bpf(2).
 *
 * @returns The result (a descriptor for the commands that make one), or the negated errno.
 */
export function bpf(command: BpfCommand, attribute: Layout): number {
  const result = syscall("bpf", word(command), attribute.address, word(attributeSize));
  attribute.touch();
  return result;
}

/**
 * A call of bpf(2) that is made often: the attribute stays where it is, and only what is in it changes.
 *
 * @param memory Where the attribute is.
 * @param offset Where it begins.
 * @param size How much of it is sent: with nothing behind the command's last field it is the least that the kernel copies.
 * @returns Makes the call, and returns as {@linkcode bpf} does.
 */
export function preparedBpf(command: BpfCommand, memory: Layout, offset: number, size: number): () => number {
  const address = memory.address + word(offset);
  const call = ffi().prepare(syscallNumber("bpf"), word(command), address, word(size));
  return () => {
    for (;;) {
      const result = call();
      memory.touch();
      if (result !== -Errno.Interrupted) return result;
    }
  };
}

/** At most this many characters of an object's name, from include/uapi/linux/bpf.h (`BPF_OBJ_NAME_LEN` less its zero). */
const objectNameLength = 15;

/** A name as the kernel takes them for programs and maps: letters, digits, `_` and `.`, at most 15 of them. */
export function objectName(name: string): string {
  return name.replace(/[^A-Za-z0-9_.]/g, "_").slice(0, objectNameLength);
}
