/**
 * Runs modules, one after the other: `print_blocks.ts FILE…`. Between what they print stand lines with a form feed.
 *
 * @module
 */
import process from "node:process";
import { pathToFileURL } from "node:url";

for (const [index, file] of process.argv.slice(2).entries()) {
  if (index > 0) console.log("\f");
  await import(pathToFileURL(file).href);
}
