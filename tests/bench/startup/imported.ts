/**
 * Says that it has the library.
 *
 * @module
 */
import { XDP } from "../../../mod.ts";

console.log(typeof XDP);
