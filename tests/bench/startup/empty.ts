/**
 * Says that it has started.
 *
 * @module
 */
console.log("empty");
