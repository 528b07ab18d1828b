/**
 * From an operation and an errno to an {@linkcode EbpfError}: what it means, and what to do about it.
 *
 * @module
 */
import { EbpfError, ErrorCode } from "../errors.ts";
import {
  atLeast,
  Capability,
  effectiveCapabilities,
  type KernelVersion,
  kernelVersion,
  missingCapabilities,
} from "./capabilities.ts";
import { Errno, errnoText } from "./errno.ts";

/** What an errno means: in general, or for one operation. */
export interface Meaning {
  readonly code: ErrorCode;
  /** In words, in place of the errno's own; the symbol is added. */
  readonly what?: string;
  readonly remedy?: string;
}

/** What a caller knows about its operation. */
export interface Context {
  /** The capabilities that the operation needs, for EPERM. */
  readonly needs?: readonly Capability[];
  /** What errnos mean for this operation where that differs from the general meaning. */
  readonly meanings?: Readonly<Partial<Record<Errno, Meaning>>>;
  /** The kernel's own words: the extended acknowledgement of netlink. */
  readonly text?: string;
  /** Whether EPERM may come from the limit on locked memory. */
  readonly locksMemory?: boolean;
}

const generalMeanings: Readonly<Partial<Record<number, Meaning>>> = {
  [Errno.OutOfMemory]: { code: ErrorCode.OutOfMemory, remedy: "Free memory, or ask for smaller maps" },
  [Errno.NoSystemCall]: { code: ErrorCode.NotSupported, remedy: "Run a kernel with CONFIG_BPF_SYSCALL" },
  [Errno.OperationNotSupported]: { code: ErrorCode.NotSupported },
  [Errno.NotSupported]: { code: ErrorCode.NotSupported },
  [Errno.NoSuchDevice]: {
    code: ErrorCode.NoSuchInterface,
    what: "no such network interface",
    remedy: "List the interfaces of this network namespace with: ip link",
  },
  [Errno.TooManyFiles]: {
    code: ErrorCode.SystemCallFailed,
    remedy: "Close programs and maps that are no longer used, or raise the limit: ulimit -n",
  },
};

/**
 * The error for a failed system call.
 *
 * @param operation What was tried, as it follows "Cannot": `load program "count"`.
 * @param errno The positive error number.
 */
export function kernelError(operation: string, errno: number, context: Context = {}): EbpfError {
  const own = context.meanings?.[errno as Errno];
  const meaning = own ?? (isRefusal(errno) ? refusal(context) : generalMeanings[errno]) ??
    { code: ErrorCode.SystemCallFailed };
  return new EbpfError(meaning.code, `Cannot ${operation}: ${words(errno, meaning, context.text)}`, {
    errno,
    remedy: meaning.remedy,
  });
}

/** The result of a system call; throws {@linkcode kernelError} if it is a negated errno. */
export function checked(result: number, operation: string, context?: Context): number {
  if (result < 0) throw kernelError(operation, -result, context);
  return result;
}

function words(errno: number, meaning: Meaning, kernelText: string | undefined): string {
  const general = errnoText(errno);
  const symbol = general.slice(general.lastIndexOf("("));
  const what = meaning.what ? `${meaning.what} ${symbol}` : general;
  return kernelText ? `${what}; the kernel says: ${kernelText}` : what;
}

function isRefusal(errno: number): boolean {
  return errno === Errno.NotPermitted || errno === Errno.AccessDenied;
}

function refusal({ needs = [], locksMemory = false }: Context): Meaning {
  return explainRefusal({ needs, locksMemory, effective: effectiveCapabilities(), version: kernelVersion() });
}

/** What is known when the kernel refuses. */
export interface Refusal {
  readonly needs: readonly Capability[];
  readonly locksMemory: boolean;
  readonly effective: bigint | undefined;
  readonly version: KernelVersion;
}

/** Why the kernel refused: capabilities are missing, the locked-memory limit is too low, or a policy forbids it. */
export function explainRefusal({ needs, locksMemory, effective, version }: Refusal): Meaning {
  if (effective === undefined) return refusedWithout(needs, "may be missing");
  const missing = missingCapabilities(needs, effective);
  if (missing.length > 0) return refusedWithout(missing, missing.length === 1 ? "is missing" : "are missing");
  // Since 5.11 the memory of maps and programs is accounted to the control group instead.
  if (locksMemory && !atLeast(version, 5, 11)) {
    return {
      code: ErrorCode.LockedMemoryLimit,
      what: "the limit on locked memory is too low",
      remedy: "Raise it with: ulimit -l unlimited (kernels before 5.11 count maps and programs against it)",
    };
  }
  return {
    code: ErrorCode.NotPermitted,
    what: "not permitted although the capabilities are there",
    remedy: "Look for a policy that forbids it: a container's seccomp profile, kernel lockdown, or a security module",
  };
}

function refusedWithout(capabilities: readonly Capability[], verb: string): Meaning {
  const names = capabilities.map((capability) => Capability[capability]).join(" and ");
  if (names === "") return { code: ErrorCode.NotPermitted };
  return {
    code: ErrorCode.NotPermitted,
    what: `not permitted: ${names} ${verb}`,
    remedy: "Run as root (sudo), or give the process these capabilities",
  };
}
