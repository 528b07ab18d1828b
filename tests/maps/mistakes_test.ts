/**
 * The errors of programs that use maps as they cannot be used.
 *
 * @module
 */

import { describe } from "@std/testing/bdd";
import { testMistakes } from "../support/mistakes.ts";
import { mistakes } from "./testdata/mistakes.ts";

describe("mistakes with maps", () => testMistakes(mistakes, new URL("testdata/mistakes.txt", import.meta.url)));
