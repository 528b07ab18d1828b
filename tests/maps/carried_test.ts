/**
 * Programs whose loops carry what lookups give do the same as plain JavaScript, in the virtual machine and in the kernel.
 *
 * @module
 */

import { testPrograms } from "./same.ts";
import { carried } from "./testdata/carried.ts";

testPrograms("loops that carry what lookups give", carried);
