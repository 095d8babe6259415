/**
 * The errors a caller can meet, and the words they are told in.
 *
 * A message reads `where: what was expected, what came, what to do`. Three kinds matter to a door (command line,
 * server): a mistake in what was asked (`InputError`), a fault of the surroundings such as a full disk
 * (`EnvironmentError`), and everything else, which is a bug of ours.
 */

/** What was asked for cannot be done as asked: the caller's to mend. The command line exits with 2. */
export class InputError extends RangeError {
  override name = "InputError";
}

/** Two shapes that must agree do not. Shapes are printed in brackets, names as the caller wrote them. */
export class ShapeError extends InputError {
  override name = "ShapeError";
}

/** The surroundings refused: disk full, folder read-only, network down. The command line exits with 1. */
export class EnvironmentError extends Error {
  override name = "EnvironmentError";
}

/** Training left the finite numbers. A result to record, not a crash. */
export class DivergedError extends Error {
  override name = "DivergedError";
  readonly step: number;
  readonly layer: string;
  constructor(message: string, at: { step: number; layer: string }) {
    super(message);
    this.step = at.step;
    this.layer = at.layer;
  }
}

/**
 * The message for a name that is not in a table, with the nearest known name where one is near.
 *
 *     train: unknown optimizer "adma"; known: sgd, momentum, adam. Did you mean adam?
 *
 * @param where  the function, file or key that refuses
 * @param what   the thing named, in the singular: "optimizer"
 * @param name   the name as the caller wrote it
 * @param known  every name that would do
 */
export function unknownName(where: string, what: string, name: string, known: readonly string[]): InputError {
  const near = nearest(name, known);
  const hint = near === undefined ? "" : `. Did you mean ${near}?`;
  return new InputError(`${where}: unknown ${what} ${JSON.stringify(name)}; known: ${known.join(", ")}${hint}`);
}

/** The known name within a third of its length in edits of `name`, or undefined. Ties go to the earlier one. */
export function nearest(name: string, known: readonly string[]): string | undefined {
  let best: string | undefined;
  let bestDistance = Number.POSITIVE_INFINITY;
  for (const candidate of known) {
    const distance = editDistance(name.toLowerCase(), candidate.toLowerCase());
    if (distance < bestDistance) {
      bestDistance = distance;
      best = candidate;
    }
  }
  const limit = Math.max(1, Math.floor(Math.max(name.length, best?.length ?? 0) / 3));
  return bestDistance <= limit ? best : undefined;
}

/** Damerau-Levenshtein distance (optimal string alignment): insertions, deletions, replacements, swaps of neighbours. */
export function editDistance(a: string, b: string): number {
  const rows: number[][] = Array.from({ length: a.length + 1 }, (_, i) => [i]);
  for (let j = 0; j <= b.length; j++) rows[0][j] = j;
  for (let i = 1; i <= a.length; i++) {
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      let distance = Math.min(rows[i - 1][j] + 1, rows[i][j - 1] + 1, rows[i - 1][j - 1] + cost);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        distance = Math.min(distance, rows[i - 2][j - 2] + 1);
      }
      rows[i][j] = distance;
    }
  }
  return rows[a.length][b.length];
}
