/** The ground floor: errors, random numbers, shapes, sums and elementary functions. A closed list. */

export * from "./errors.ts";
export * from "./rng.ts";
export * from "./shape.ts";
export * from "./special.ts";
export * from "./sum.ts";
