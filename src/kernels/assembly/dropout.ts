/** Dropout masks from Philox4x32-10, four counters at a time. */

/** High words of the four 64-bit products of a and b. */
@inline
function multiplyHigh(a: v128, b: v128): v128 {
  return i32x4.shuffle(i64x2.extmul_low_i32x4_u(a, b), i64x2.extmul_high_i32x4_u(a, b), 1, 3, 5, 7);
}

export function dropoutMask(
  out: usize,
  key0: u32,
  key1: u32,
  layer: u32,
  step: usize,
  threshold: u32,
  factor: f32,
  firstLane: usize,
  stride: usize,
  begin: usize,
  end: usize,
): void {
  const multiplierA = i32x4.splat(0xd2511f53);
  const multiplierB = i32x4.splat(0xcd9e8d57);
  const limit = i32x4.splat(<i32>threshold);
  const kept = f32x4.splat(factor);
  for (let r = begin; r < end; r++) {
    const row = out + ((r * stride) << 2);
    for (let q: usize = 0; q < stride >> 2; q += 4) {
      let c0 = i32x4.add(i32x4.splat(<i32>(q + (firstLane >> 2))), i32x4(0, 1, 2, 3));
      let c1 = i32x4.splat(<i32>r);
      let c2 = i32x4.splat(<i32>layer);
      let c3 = v128.load_splat<u32>(step);
      let k0 = key0;
      let k1 = key1;
      for (let round = 0; round < 10; round++) {
        const highA = multiplyHigh(multiplierA, c0);
        const lowA = i32x4.mul(multiplierA, c0);
        const highB = multiplyHigh(multiplierB, c2);
        const lowB = i32x4.mul(multiplierB, c2);
        c0 = v128.xor(v128.xor(highB, c1), i32x4.splat(k0));
        c1 = lowB;
        c2 = v128.xor(v128.xor(highA, c3), i32x4.splat(k1));
        c3 = lowA;
        k0 += 0x9e3779b9;
        k1 += 0xbb67ae85;
      }
      // Word w of counter i is lane 4 i + w: turn four words of four counters round.
      const low01 = i32x4.shuffle(c0, c1, 0, 4, 1, 5);
      const high01 = i32x4.shuffle(c0, c1, 2, 6, 3, 7);
      const low23 = i32x4.shuffle(c2, c3, 0, 4, 1, 5);
      const high23 = i32x4.shuffle(c2, c3, 2, 6, 3, 7);
      const to = row + (q << 4);
      v128.store(to, v128.and(kept, i32x4.ge_u(i64x2.shuffle(low01, low23, 0, 2), limit)), 0);
      v128.store(to, v128.and(kept, i32x4.ge_u(i64x2.shuffle(low01, low23, 1, 3), limit)), 16);
      v128.store(to, v128.and(kept, i32x4.ge_u(i64x2.shuffle(high01, high23, 0, 2), limit)), 32);
      v128.store(to, v128.and(kept, i32x4.ge_u(i64x2.shuffle(high01, high23, 1, 3), limit)), 48);
    }
  }
}
