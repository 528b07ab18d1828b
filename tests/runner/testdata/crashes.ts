import process from "node:process";
import { it } from "@std/testing/bdd";

it("passes", () => {});
it("ends by a signal", async () => {
  process.kill(process.pid, "SIGKILL");
  await new Promise((wake) => setTimeout(wake, 10_000));
});
