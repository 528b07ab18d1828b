/**
 * Passes every packet: what an empty program costs.
 *
 * @module
 */

import { XDP } from "../../../mod.ts";

export default class Pass extends XDP {
  program() {
    return XDP.PASS;
  }
}
