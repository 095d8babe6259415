/** The last step of a sum: its bias, and a floor, which is 0 for ReLU and -Infinity for nothing. Without a branch, so that it fuses. */

/** max(s + bias, floor); NaN stays NaN. */
@inline
export function finish(s: v128, bias: v128, floor: v128): v128 {
  // pmax(a, b) is a < b ? b : a: a NaN in the first place stays.
  return f32x4.pmax(f32x4.add(s, bias), floor);
}
