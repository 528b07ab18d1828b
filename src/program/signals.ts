/**
 * The end of the process, for attachments that the kernel does not end by itself.
 *
 * @module
 */

/** The part of `process`, as all runtimes have it, that is needed here. */
interface Process {
  on(event: string, listener: () => void): unknown;
  off(event: string, listener: () => void): unknown;
  listenerCount(event: string): number;
  exit(code: number): never;
}

/** Signals that end a process which does not listen to them, by their numbers on Linux. */
const endingSignals: readonly (readonly [name: string, number: number])[] = [
  ["SIGHUP", 1],
  ["SIGINT", 2],
  ["SIGTERM", 15],
];

/**
 * Does something when the process ends: by itself, or by a signal that can be caught.
 *
 * @param action Must be synchronous.
 * @returns To change one's mind.
 */
export function whenProcessEnds(action: () => void): { cancel(): void } {
  const { process } = globalThis as unknown as { readonly process: Process };
  const listeners = new Map<string, () => void>([["exit", action]]);
  for (const [name, number] of endingSignals) {
    listeners.set(name, () => {
      action();
      // Without our listener the signal would have ended the process; if others listen, the end is their business.
      if (process.listenerCount(name) === 0) process.exit(128 + number);
    });
  }
  for (const [event, listener] of listeners) process.on(event, listener);
  return {
    cancel() {
      for (const [event, listener] of listeners) process.off(event, listener);
    },
  };
}
