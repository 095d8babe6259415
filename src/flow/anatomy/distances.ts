/** How far solutions lie from one another: L2 and cosine, over all trained numbers, masked positions being 0. */

import { sum } from "../../base/index.ts";
import { checkSameArchitecture, type Solution, type SolutionTensor } from "./solution.ts";

export interface Distances {
  /** ‖a - b‖_2, in the order of the solutions. */
  readonly l2: readonly (readonly number[])[];
  /** 1 - a · b / (‖a‖ ‖b‖), in [0, 2]; 1 where one of them is 0. */
  readonly cosine: readonly (readonly number[])[];
}

/**
 * Distances of every pair, over the union of their active positions: elsewhere both are 0. Running statistics do not count.
 *
 * @throws InputError  where two are of different architectures
 */
export function solutionDistances(solutions: readonly Solution[]): Distances {
  const n = solutions.length;
  const table = () => Array.from({ length: n }, () => new Array<number>(n).fill(0));
  const [l2, cosine] = [table(), table()];
  const norms = solutions.map((solution) => Math.sqrt(products(solution, solution).dot));
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < i; j++) {
      checkSameArchitecture("solutionDistances", solutions[j], solutions[i]);
      const { dot, squares } = products(solutions[i], solutions[j]);
      const lengths = norms[i] * norms[j];
      const turned = lengths > 0 ? Math.max(0, Math.min(2, 1 - dot / lengths)) : 1;
      for (const [row, column] of [
        [i, j],
        [j, i],
      ]) {
        l2[row][column] = Math.sqrt(squares);
        cosine[row][column] = turned;
      }
    }
  }
  return { l2, cosine };
}

/** a · b and ‖a - b‖², without a dense array. */
function products(a: Solution, b: Solution): { readonly dot: number; readonly squares: number } {
  const dots: number[] = [];
  const squares: number[] = [];
  a.tensors.forEach((tensor, index) => {
    if (tensor.role === "statistics") return;
    let dot = 0;
    let square = 0;
    eachPair(tensor, b.tensors[index], (x, y) => {
      dot += x * y;
      square += (x - y) * (x - y);
    });
    dots.push(dot);
    squares.push(square);
  });
  return { dot: sum(dots), squares: sum(squares) };
}

/** Visits every position that is active in either, with both numbers. */
function eachPair(a: SolutionTensor, b: SolutionTensor, visit: (x: number, y: number) => void): void {
  if (a.mask === undefined && b.mask === undefined) {
    for (let k = 0; k < a.values.length; k++) visit(a.values[k], b.values[k]);
    return;
  }
  const [own, other] = [cursor(a), cursor(b)];
  for (;;) {
    const position = Math.min(own.position, other.position);
    if (position === Number.POSITIVE_INFINITY) return;
    visit(own.takeAt(position), other.takeAt(position));
  }
}

/** Walks through the active positions of an array in increasing order. */
function cursor({ mask, values }: SolutionTensor) {
  let k = 0;
  let row = 0;
  const place = (): number => {
    if (k >= values.length) return Number.POSITIVE_INFINITY;
    if (mask === undefined) return k;
    while (mask.rowPointers[row + 1] <= k) row++;
    return row * mask.fanIn + mask.columnIndices[k];
  };
  const walk = {
    position: place(),
    /** The number at a position no further than the cursor, 0 where there is none. */
    takeAt: (position: number): number => {
      if (position !== walk.position) return 0;
      const value = values[k++];
      walk.position = place();
      return value;
    },
  };
  return walk;
}
