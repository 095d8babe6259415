/**
 * Property tests draw fresh cases on a developer's machine and the same cases in CI, where a result must be of the change alone.
 * `PROPERTY_SEED=7 npm test` draws those of seed 7; a failure prints its own seed and path.
 */

import fc from "fast-check";

const given = process.env.PROPERTY_SEED ?? (process.env.CI ? "20211" : undefined);
if (given !== undefined) {
  const seed = Number(given);
  if (!Number.isInteger(seed)) throw new Error(`PROPERTY_SEED must be an integer, got ${JSON.stringify(given)}`);
  fc.configureGlobal({ ...fc.readConfigureGlobal(), seed });
}
