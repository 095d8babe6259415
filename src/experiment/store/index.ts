/** Where studies are kept. The databases behind it are loaded when one is opened. */

export * from "./store.ts";
