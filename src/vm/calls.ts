/**
 * Steps that call: helpers by number, functions of the program, and whatever a register points to.
 *
 * @module
 */

import { helperId, helperName } from "../bytecode/mod.ts";
import { Taint } from "./region.ts";
import type { Step } from "./state.ts";

const unlock = helperId("spin_unlock");

/** `call helper`. */
export function callHelper(id: number, next: number): Step {
  return (state) => {
    const helper = state.environment.helpers.get(id);
    if (!helper) throw state.fault(`the virtual machine has no ${helperName(id) ?? `helper ${id}`}`);
    if (state.lock !== undefined && id !== unlock) throw state.fault("it calls a helper with a spin lock held");
    state.taints[0] = Taint.None;
    const elsewhere = helper(state);
    if (elsewhere !== undefined) return elsewhere;
    state.taints.fill(Taint.None, 1, 6);
    return next;
  };
}

/** `call function`. */
export function callLocal(target: number, next: number): Step {
  return (state) => {
    state.enter(next);
    return target;
  };
}

/** `callx`: an address of a function, or (in old programs) a helper's number. */
export function callIndirect(register: number, next: number): Step {
  return (state) => {
    if (state.taints[register] === Taint.None && state.tracking) throw state.fault(`r${register} has no value`);
    const region = state.find(state.registers[2 * register + 1]);
    if (region?.kind === "function") {
      state.enter(next);
      return region.meaning as number;
    }
    return callHelper(state.registers[2 * register], next)(state);
  };
}
