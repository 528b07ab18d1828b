/**
 * Where the user called one of our functions: the place that errors of decorators name.
 *
 * @module
 */

import type { SourceLocation } from "../errors.ts";
import { stackLocations } from "../syntax/stack.ts";

/**
 * The place of a call.
 *
 * @param site An error that the called function itself made: frame 0 is that function, frame 1 the caller.
 */
export function callerOf(site: Error): SourceLocation | undefined {
  return stackLocations(site.stack)[1];
}
