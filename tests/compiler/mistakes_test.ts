/**
 * The errors that newcomers meet.
 *
 * @module
 */

import { describe } from "@std/testing/bdd";
import { testMistakes } from "../support/mistakes.ts";
import { mistakes } from "./testdata/mistakes.ts";

describe("mistakes", () => testMistakes(mistakes, new URL("testdata/mistakes.txt", import.meta.url)));
