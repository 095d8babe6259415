/** The anatomy of trained networks: everything of `flow/anatomy` on a data set, with tables, figures and a report. */

export * from "./analyse.ts";
export { anatomyReport } from "./report.ts";
export { anatomyTables, shownTables } from "./tables.ts";
