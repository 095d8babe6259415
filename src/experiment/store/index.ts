/** Where studies are kept. */

export { storeFileName } from "./sqlite.ts";
export * from "./store.ts";
