// Fails with one errno for as long as it is asked to, and says how often it read another one.
import { ffi, syscallNumber } from "../../../src/ffi/mod.ts";

interface Scope {
  onmessage: ((event: { readonly data: number }) => void) | null;
  postMessage(message: number | "ready"): void;
}

const scope = globalThis as unknown as Scope;
scope.onmessage = ({ data: calls }) => {
  const close = syscallNumber("close");
  let wrong = 0;
  for (let call = 0; call < calls; call++) if (ffi().syscall(close, -1n) !== -9) wrong += 1;
  scope.postMessage(wrong);
};
scope.postMessage("ready");
