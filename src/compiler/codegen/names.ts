/**
 * Names for machine instructions and blocks, to find those that are the same.
 *
 * @module
 */

import type { MachineBlock, MachineInstruction, MachineOperation, VirtualRegister } from "./machine.ts";

/** Gives equal instructions equal names. */
export class Namer {
  readonly #numbers = new Map<unknown, number>();
  readonly #texts = new WeakMap<MachineInstruction, string>();

  block(block: MachineBlock): string {
    return `b${this.#number(block)}`;
  }

  instruction(instruction: MachineInstruction): string {
    let text = this.#texts.get(instruction);
    if (text === undefined) {
      const { operation, to, uses } = instruction;
      this.#texts.set(instruction, text = this.describe(operation, to, uses));
    }
    return text;
  }

  describe(operation: MachineOperation, to: VirtualRegister | undefined, uses: readonly VirtualRegister[]): string {
    const details = Object.values(operation)
      .map((value) => typeof value === "object" && value !== null ? `#${this.#number(value)}` : String(value));
    return `${details.join(" ")} ${to} ${uses.join()}`;
  }

  #number(object: unknown): number {
    let number = this.#numbers.get(object);
    if (number === undefined) this.#numbers.set(object, number = this.#numbers.size);
    return number;
  }
}
