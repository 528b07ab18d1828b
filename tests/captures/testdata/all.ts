/** All fixtures in one program, so that bundlers must rename what has the same name in two of them. */
import "./values.ts";
import "./namespace.ts";
import "./renamed.ts";
import "./shadowing.ts";
import "./classes.ts";
import "./functions.ts";
import "./enums.ts";
import "./statics.ts";
import "./inheritance.ts";
import "./arrows.ts";
import "./closures.ts";
import "./own.ts";
import "./indirect.ts";
