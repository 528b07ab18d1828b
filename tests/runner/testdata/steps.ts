// What the real `@std/testing/bdd` makes of a `describe` with two tests, an inner one, and a skipped one.
Deno.test("suite", async (suite) => {
  await suite.step("passes", () => {});
  await suite.step("fails", () => {
    throw new Error("fails");
  });
  await suite.step("inner", async (inner) => {
    await inner.step("passes", () => {});
  });
});
Deno.test({ name: "skipped suite", ignore: true, fn: () => {} });
Deno.test("suite whose hook throws", async (suite) => {
  await suite.step("passes", () => {});
  throw new Error("afterAll");
});
