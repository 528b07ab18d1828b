/**
 * The kernel's lock in values of maps (`struct bpf_spin_lock`, include/uapi/linux/bpf.h).
 *
 * @module
 */

import { EbpfError, ErrorCode } from "../errors.ts";
import { type AnyType, type Scalar, u32 } from "./scalar.ts";
import { type Fields, type Struct, struct } from "./struct.ts";

/** Four bytes that only the kernel's helpers may touch. */
export const spinLock: Scalar<number> = Object.freeze({ ...u32, name: "bpf_spin_lock" });

/** The lock's name in values. */
const LOCK = "bpf_spin_lock";

/** A struct with a lock behind its fields, which stay where they are. */
export function withLock(type: AnyType): Struct<Fields> {
  const plain = type as Struct<Fields>;
  if (plain.kind !== "struct") throw unlockable();
  const fields: Fields = { ...plain.fields, [LOCK]: spinLock };
  const locked = struct(fields);
  const isSame = locked &&
    Object.keys(plain.fields).every((name) =>
      plain.places[name].offset === locked.places[name].offset && plain.places[name].shift === locked.places[name].shift
    );
  if (isSame) return locked;
  throw unlockable();
}

function unlockable(): EbpfError {
  return new EbpfError(ErrorCode.InvalidArgument, "Cannot put a lock into values of this type", {
    remedy: "Give a struct that is not packed: struct({ tokens: u64 })",
  });
}

/** Bytes from the start of a value to its lock. */
export function lockOffset(type: Struct<Fields>): number {
  return type.places[LOCK].offset;
}
