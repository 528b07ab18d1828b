/** The library's names renamed by the import, and names of the library that are the user's own. */
import { globalVar as shared, kernel as captures, u32 as word, XDP as X } from "../../../mod.ts";
import { report } from "./report.ts";

const u32 = 7;
const kernel = (n: number) => n * 2;

class Renamed extends X {
  @shared(word)
  accessor count = 0;

  @captures(() => ({ X, u32, kernel }))
  program() {
    this.count += kernel(u32);
    return X.DROP;
  }
}

report("renamed", () => new Renamed(), ({ count }) => [count]);
