/** Where studies are kept. The databases behind it are loaded when one is opened. */

export { makeFolder } from "./folder.ts";
export * from "./store.ts";
