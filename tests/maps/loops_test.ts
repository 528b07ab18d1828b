/**
 * Programs that go over all elements of maps do the same as plain JavaScript, in the virtual machine and in the kernel.
 *
 * @module
 */

import { testPrograms } from "./same.ts";
import { loops } from "./testdata/loops.ts";

testPrograms("going over maps", loops);
