// Makes one system call; an error of the library is printed as its code and message.
import { EbpfError } from "../../../src/errors.ts";
import { allocate, ffi, syscallNumber } from "../../../src/ffi/mod.ts";

try {
  const result = ffi().syscall(syscallNumber("getpid"));
  console.log(result > 0 && ffi().address(allocate(8)) > 0n ? "works" : "does not work");
} catch (error) {
  console.log(error instanceof EbpfError ? `${error.code} ${error.message}` : error);
}
