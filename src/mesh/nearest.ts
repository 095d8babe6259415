/**
 * The place nearest to a point on triangles or segments, looked up in a grid of cubes.
 *
 * Each piece stands in every cube that its box touches; cubes are looked through in growing shells around the point until
 * none that is left can hold anything nearer.
 */

/** What was found; kept by the caller and overwritten, so that looking allocates nothing. */
export interface Nearest {
  /** Index of the piece, or -1. */
  piece: number;
  x: number;
  y: number;
  z: number;
}

/** Pieces of a surface (3 corners) or of its edges (2 corners), to be looked up by place. */
export class NearestPieces {
  readonly #corners: Float64Array;
  readonly #perPiece: 2 | 3;
  readonly #cube: number;
  readonly #low: readonly number[];
  readonly #sides: readonly number[];
  readonly #cubes = new Map<number, number[]>();

  /**
   * @param corners   9 numbers for each triangle, 6 for each segment
   * @param perPiece  corners of a piece
   */
  constructor(corners: Float64Array, perPiece: 2 | 3) {
    this.#corners = corners;
    this.#perPiece = perPiece;
    const low = [Infinity, Infinity, Infinity];
    const high = [-Infinity, -Infinity, -Infinity];
    for (let i = 0; i < corners.length; i++) {
      low[i % 3] = Math.min(low[i % 3], corners[i]);
      high[i % 3] = Math.max(high[i % 3], corners[i]);
    }
    const extent = Math.max(...high.map((value, k) => value - low[k]), Number.MIN_VALUE);
    // About one piece to a cube of the surface's area; never so many cubes that a large thin piece fills millions.
    const side = Math.min(128, Math.max(1, Math.floor(Math.sqrt(corners.length / (3 * perPiece) / 2))));
    this.#cube = extent / side;
    this.#low = low;
    this.#sides = high.map((value, k) => Math.floor((value - low[k]) / this.#cube) + 1);
    const length = 3 * perPiece;
    for (let piece = 0; piece * length < corners.length; piece++) this.#enter(piece, length);
  }

  #enter(piece: number, length: number): void {
    const [from, to] = [
      [0, 0, 0],
      [0, 0, 0],
    ];
    for (let k = 0; k < 3; k++) {
      let [least, most] = [Infinity, -Infinity];
      for (let i = piece * length + k; i < (piece + 1) * length; i += 3) {
        least = Math.min(least, this.#corners[i]);
        most = Math.max(most, this.#corners[i]);
      }
      from[k] = this.#cell(least, k);
      to[k] = this.#cell(most, k);
    }
    for (let z = from[2]; z <= to[2]; z++) {
      for (let y = from[1]; y <= to[1]; y++) {
        for (let x = from[0]; x <= to[0]; x++) {
          const key = this.#key(x, y, z);
          const list = this.#cubes.get(key);
          if (list === undefined) this.#cubes.set(key, [piece]);
          else list.push(piece);
        }
      }
    }
  }

  #cell(value: number, k: number): number {
    return Math.min(this.#sides[k] - 1, Math.max(0, Math.floor((value - this.#low[k]) / this.#cube)));
  }

  #key(x: number, y: number, z: number): number {
    return x + this.#sides[0] * (y + this.#sides[1] * z);
  }

  /**
   * The nearest place among the pieces that `allowed` lets through; the lowest piece of several as near.
   *
   * @returns  found, with piece -1 where no piece is allowed
   */
  find(p: ArrayLike<number>, at: number, allowed: (piece: number) => boolean, found: Nearest): Nearest {
    found.piece = -1;
    const centre = [0, 1, 2].map((k) => this.#cell(p[at + k], k));
    const shells = Math.max(...centre.map((cell, k) => Math.max(cell, this.#sides[k] - 1 - cell)));
    let best = Infinity;
    for (let shell = 0; shell <= shells; shell++) {
      // What a shell not yet looked through holds is farther than the shells within it are wide, from anywhere in the middle cube.
      const reach = (shell - 1) * this.#cube;
      if (found.piece >= 0 && reach > 0 && best < reach * reach) break;
      this.#eachOfShell(centre, shell, (list) => {
        for (const piece of list) {
          if (!allowed(piece)) continue;
          const place = this.#nearestOn(piece, p, at);
          const d = squared(p[at] - place[0], p[at + 1] - place[1], p[at + 2] - place[2]);
          if (d < best || (d === best && piece < found.piece)) {
            best = d;
            found.piece = piece;
            [found.x, found.y, found.z] = place;
          }
        }
      });
    }
    return found;
  }

  #eachOfShell(centre: readonly number[], shell: number, visit: (list: readonly number[]) => void): void {
    const [x0, y0, z0] = centre;
    for (let z = Math.max(0, z0 - shell); z <= Math.min(this.#sides[2] - 1, z0 + shell); z++) {
      for (let y = Math.max(0, y0 - shell); y <= Math.min(this.#sides[1] - 1, y0 + shell); y++) {
        const rim = Math.abs(z - z0) === shell || Math.abs(y - y0) === shell;
        const step = rim || shell === 0 ? 1 : 2 * shell;
        for (let x = x0 - shell; x <= x0 + shell; x += step) {
          if (x < 0 || x >= this.#sides[0]) continue;
          const list = this.#cubes.get(this.#key(x, y, z));
          if (list !== undefined) visit(list);
        }
      }
    }
  }

  #nearestOn(piece: number, p: ArrayLike<number>, at: number): [number, number, number] {
    const c = this.#corners;
    if (this.#perPiece === 2) return onSegment(c, 6 * piece, 6 * piece + 3, p, at);
    return onTriangle(c, 9 * piece, p, at);
  }
}

const squared = (x: number, y: number, z: number) => x * x + y * y + z * z;

function onSegment(c: Float64Array, a: number, b: number, p: ArrayLike<number>, at: number): [number, number, number] {
  const [ux, uy, uz] = [c[b] - c[a], c[b + 1] - c[a + 1], c[b + 2] - c[a + 2]];
  const length = squared(ux, uy, uz);
  const along = (p[at] - c[a]) * ux + (p[at + 1] - c[a + 1]) * uy + (p[at + 2] - c[a + 2]) * uz;
  const t = length > 0 ? Math.min(1, Math.max(0, along / length)) : 0;
  return [c[a] + t * ux, c[a + 1] + t * uy, c[a + 2] + t * uz];
}

/**
 * The foot of the perpendicular where it lies inside, else the nearest of the three sides' places. In a triangle so thin that
 * its plane is hardly known (height under 1e-6 of a side) the nearest of all four.
 */
function onTriangle(c: Float64Array, a: number, p: ArrayLike<number>, at: number): [number, number, number] {
  const [ux, uy, uz] = [c[a + 3] - c[a], c[a + 4] - c[a + 1], c[a + 5] - c[a + 2]];
  const [vx, vy, vz] = [c[a + 6] - c[a], c[a + 7] - c[a + 1], c[a + 8] - c[a + 2]];
  const [wx, wy, wz] = [p[at] - c[a], p[at + 1] - c[a + 1], p[at + 2] - c[a + 2]];
  // v less its part along u: the determinant of the normal equations would lose the height of a thin triangle twice over.
  const uu = squared(ux, uy, uz);
  const along = (ux * vx + uy * vy + uz * vz) / uu;
  const [hx, hy, hz] = [vx - along * ux, vy - along * uy, vz - along * uz];
  const hh = squared(hx, hy, hz);
  const t = (wx * hx + wy * hy + wz * hz) / hh;
  const s = (wx * ux + wy * uy + wz * uz) / uu - t * along;
  let best: [number, number, number] = [c[a], c[a + 1], c[a + 2]];
  let least = Infinity;
  if (s >= 0 && t >= 0 && s + t <= 1) {
    best = [c[a] + s * ux + t * vx, c[a + 1] + s * uy + t * vy, c[a + 2] + s * uz + t * vz];
    if (hh > 1e-12 * squared(vx, vy, vz)) return best;
    least = squared(p[at] - best[0], p[at + 1] - best[1], p[at + 2] - best[2]);
  }
  for (const [from, to] of [
    [a, a + 3],
    [a + 3, a + 6],
    [a + 6, a],
  ]) {
    const place = onSegment(c, from, to, p, at);
    const d = squared(p[at] - place[0], p[at + 1] - place[1], p[at + 2] - place[2]);
    if (d < least) {
      least = d;
      best = place;
    }
  }
  return best;
}
