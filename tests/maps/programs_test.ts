/**
 * Programs with maps do the same as plain JavaScript, in the virtual machine and in the kernel.
 *
 * @module
 */

import { testPrograms } from "./same.ts";
import { programs } from "./testdata/programs.ts";

testPrograms("programs with maps", programs);
