/**
 * Bun's way to the adapter: `bunfig.toml` loads this before every test file, and `@std/…` then means the files beside it.
 *
 * @module
 */

interface ModuleBuilder {
  module(specifier: string, load: () => Promise<{ exports: object; loader: "object" }>): void;
}

interface BunRuntime {
  plugin(plugin: { name: string; setup(build: ModuleBuilder): void }): void;
}

const { Bun } = globalThis as unknown as { Bun: BunRuntime };

Bun.plugin({
  name: "waggle-std",
  setup(build) {
    build.module("@std/assert", async () => ({ exports: await import("./assert.ts"), loader: "object" }));
    build.module("@std/testing/bdd", async () => ({ exports: await import("./bdd.ts"), loader: "object" }));
  },
});
