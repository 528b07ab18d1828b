/**
 * The one error class of the library and its codes. Every folder throws these; nothing else leaves the library on purpose.
 *
 * @module
 */

/** What went wrong, for programs; {@linkcode EbpfError.message} says it to people. */
export enum ErrorCode {
  /** The operation needs Linux; generating and running as plain JavaScript work anywhere. */
  NotLinux = "NOT_LINUX",
  /** The processor's architecture has no table of system call numbers here. */
  UnknownArchitecture = "UNKNOWN_ARCHITECTURE",
  /** The runtime has no FFI (neither Deno nor Bun). */
  NoFfi = "NO_FFI",
  /** Deno was started without (unscoped) `--allow-ffi`. */
  FfiDenied = "FFI_DENIED",
  /** The kernel answered EPERM: a capability is missing. */
  NotPermitted = "NOT_PERMITTED",
  /** The kernel lacks the feature. */
  NotSupported = "NOT_SUPPORTED",
  /** There is no network interface of this name or index. */
  NoSuchInterface = "NO_SUCH_INTERFACE",
  /** Another program is attached to the interface. */
  InterfaceBusy = "INTERFACE_BUSY",
  /** The driver or the kernel cannot attach in this mode. */
  ModeNotSupported = "MODE_NOT_SUPPORTED",
  /** The kernel's verifier refused the program; {@linkcode EbpfError.log} has its words. */
  VerifierRejected = "VERIFIER_REJECTED",
  /** RLIMIT_MEMLOCK is too low (kernels before 5.11). */
  LockedMemoryLimit = "LOCKED_MEMORY_LIMIT",
  /** The kernel or user space is out of memory. */
  OutOfMemory = "OUT_OF_MEMORY",
  /** Any other failed system call; {@linkcode EbpfError.errno} says which error. */
  SystemCallFailed = "SYSTEM_CALL_FAILED",
  /** The class has no method `program()`. */
  NoProgram = "NO_PROGRAM",
  /** A decorator stands where it cannot work. */
  DecoratorMisuse = "DECORATOR_MISUSE",
  /** The program's text uses JavaScript outside the language. */
  UnsupportedSyntax = "UNSUPPORTED_SYNTAX",
  /** The program's text is not JavaScript, as far as we can read it. */
  SyntaxError = "SYNTAX_ERROR",
  /** A name that the program cannot see. */
  UnknownName = "UNKNOWN_NAME",
  /** An operation on values of the wrong kind: a string at run time, a bigint with a number, … */
  TypeMismatch = "TYPE_MISMATCH",
  /** A constant does not fit the type that it is given to. */
  OutOfRange = "OUT_OF_RANGE",
  /** A result that cannot be shown to be exact. */
  NotExact = "NOT_EXACT",
  /** A record of a ring buffer, or a socket, that is not given back on some path. */
  RecordLeak = "RECORD_LEAK",
  /** A loop whose number of turns cannot be bounded. */
  UnboundedLoop = "UNBOUNDED_LOOP",
  /** The program is too large for the machine that runs it: stack, instructions, registers. */
  TooLarge = "TOO_LARGE",
  /** An argument of a call into the library is wrong. */
  InvalidArgument = "INVALID_ARGUMENT",
  /** A program did in the virtual machine what the kernel's verifier would not have let it do. */
  MachineFault = "MACHINE_FAULT",
  /** A part of a packet or a map is used after what ended it: moving the packet's ends, deleting the entry. */
  StaleView = "STALE_VIEW",
  /** A variable of the packet is used where no packet is: outside a run of the program. */
  NoPacket = "NO_PACKET",
  /** A plain field is assigned whose value the loaded program has folded into its code. */
  Folded = "FOLDED",
  /** Nothing is pinned where a program is to be opened, or a network namespace is not there. */
  NotFound = "NOT_FOUND",
  /** Somebody else takes events out of the same ring buffer at the same time. */
  ReaderConflict = "READER_CONFLICT",
  /** Use after `close()`. */
  Closed = "CLOSED",
}

/** A place in a user's file. Lines and columns count from 1. */
export interface SourceLocation {
  /** Path or URL, as the runtime names it. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** From 1. */
  readonly column: number;
}

/** What an {@linkcode EbpfError} may carry besides its message. */
export interface EbpfErrorOptions {
  /** What to do about it: one sentence, no full stop. */
  readonly remedy?: string;
  /** The user's place that caused it. */
  readonly location?: SourceLocation;
  /** The lines around the place with a caret below it. */
  readonly frame?: string;
  /** The verifier's whole log. */
  readonly log?: string;
  /** The positive Linux error number. */
  readonly errno?: number;
  /** The error that led to this one. */
  readonly cause?: unknown;
}

/**
 * An error of this library: a code for programs; what happened, where, and what to do about it for people.
 *
 * @example
 * ```ts ignore
 * try {
 *   counter.attach("nosuch0");
 * } catch (error) {
 *   if (error instanceof EbpfError && error.code === ErrorCode.NoSuchInterface) console.error(error.remedy);
 * }
 * ```
 */
export class EbpfError extends Error {
  /** What consoles print before the message. */
  override readonly name = "EbpfError";
  /** What went wrong. */
  readonly code: ErrorCode;
  /** What to do about it. */
  readonly remedy: string | undefined;
  /** The user's place that caused it. */
  readonly location: SourceLocation | undefined;
  /** The lines around that place with a caret below it. */
  readonly frame: string | undefined;
  /** The verifier's whole log. */
  readonly log: string | undefined;
  /** The positive Linux error number. */
  readonly errno: number | undefined;

  /**
   * Puts the message together.
   *
   * @param code What went wrong.
   * @param what What happened: "Cannot attach to \"eth9\": no such interface".
   * @param options The place, the remedy, the kernel's words.
   */
  constructor(code: ErrorCode, what: string, options: EbpfErrorOptions = {}) {
    super(compose(what, options), { cause: options.cause });
    this.code = code;
    this.remedy = options.remedy;
    this.location = options.location;
    this.frame = options.frame;
    this.log = options.log;
    this.errno = options.errno;
  }
}

function compose(what: string, { location, frame, remedy }: EbpfErrorOptions): string {
  let text = what;
  if (location) text += `\n  at ${location.file}:${location.line}:${location.column}`;
  if (frame) text += `\n${frame}`;
  if (remedy) text += `\n  Remedy: ${remedy}`;
  return text;
}
