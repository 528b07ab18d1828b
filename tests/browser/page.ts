/** What a page runs: prints the results. */
import { loading, results } from "./results.ts";

console.log(JSON.stringify({ ...results(), loading: loading() }));
