/**
 * What this machine can do at most, measured as the kernels run: multiply-adds that never leave the registers, and copies.
 *
 * Each step of a chain needs the one before it, so that a processor with several units is kept busy by several chains: twelve,
 * beside the two constants, fill the sixteen registers of x64. Sums start and end in memory in neighbouring pairs, which is
 * what V8's revectorisation fuses into 256-bit operations; without it the narrow loop is the faster one.
 */

/** Floats that the sums of either loop take at `p`, behind them one pair of each constant. */
export const sumFloats: i32 = 96;

/** Twelve chains of 256 bits. `p` holds 96 sums, then the factor eight times, then the summand eight times. */
export function multiplyAddWide(p: usize, rounds: i32): void {
  const a = v128.load(p, 384);
  const a1 = v128.load(p, 400);
  const b = v128.load(p, 416);
  const b1 = v128.load(p, 432);
  let s0 = v128.load(p);
  let s1 = v128.load(p, 16);
  let s2 = v128.load(p, 32);
  let s3 = v128.load(p, 48);
  let s4 = v128.load(p, 64);
  let s5 = v128.load(p, 80);
  let s6 = v128.load(p, 96);
  let s7 = v128.load(p, 112);
  let s8 = v128.load(p, 128);
  let s9 = v128.load(p, 144);
  let s10 = v128.load(p, 160);
  let s11 = v128.load(p, 176);
  let s12 = v128.load(p, 192);
  let s13 = v128.load(p, 208);
  let s14 = v128.load(p, 224);
  let s15 = v128.load(p, 240);
  let s16 = v128.load(p, 256);
  let s17 = v128.load(p, 272);
  let s18 = v128.load(p, 288);
  let s19 = v128.load(p, 304);
  let s20 = v128.load(p, 320);
  let s21 = v128.load(p, 336);
  let s22 = v128.load(p, 352);
  let s23 = v128.load(p, 368);
  for (let i: i32 = 0; i < rounds; i++) {
    s0 = f32x4.add(f32x4.mul(s0, a), b);
    s1 = f32x4.add(f32x4.mul(s1, a1), b1);
    s2 = f32x4.add(f32x4.mul(s2, a), b);
    s3 = f32x4.add(f32x4.mul(s3, a1), b1);
    s4 = f32x4.add(f32x4.mul(s4, a), b);
    s5 = f32x4.add(f32x4.mul(s5, a1), b1);
    s6 = f32x4.add(f32x4.mul(s6, a), b);
    s7 = f32x4.add(f32x4.mul(s7, a1), b1);
    s8 = f32x4.add(f32x4.mul(s8, a), b);
    s9 = f32x4.add(f32x4.mul(s9, a1), b1);
    s10 = f32x4.add(f32x4.mul(s10, a), b);
    s11 = f32x4.add(f32x4.mul(s11, a1), b1);
    s12 = f32x4.add(f32x4.mul(s12, a), b);
    s13 = f32x4.add(f32x4.mul(s13, a1), b1);
    s14 = f32x4.add(f32x4.mul(s14, a), b);
    s15 = f32x4.add(f32x4.mul(s15, a1), b1);
    s16 = f32x4.add(f32x4.mul(s16, a), b);
    s17 = f32x4.add(f32x4.mul(s17, a1), b1);
    s18 = f32x4.add(f32x4.mul(s18, a), b);
    s19 = f32x4.add(f32x4.mul(s19, a1), b1);
    s20 = f32x4.add(f32x4.mul(s20, a), b);
    s21 = f32x4.add(f32x4.mul(s21, a1), b1);
    s22 = f32x4.add(f32x4.mul(s22, a), b);
    s23 = f32x4.add(f32x4.mul(s23, a1), b1);
  }
  v128.store(p, s0);
  v128.store(p, s1, 16);
  v128.store(p, s2, 32);
  v128.store(p, s3, 48);
  v128.store(p, s4, 64);
  v128.store(p, s5, 80);
  v128.store(p, s6, 96);
  v128.store(p, s7, 112);
  v128.store(p, s8, 128);
  v128.store(p, s9, 144);
  v128.store(p, s10, 160);
  v128.store(p, s11, 176);
  v128.store(p, s12, 192);
  v128.store(p, s13, 208);
  v128.store(p, s14, 224);
  v128.store(p, s15, 240);
  v128.store(p, s16, 256);
  v128.store(p, s17, 272);
  v128.store(p, s18, 288);
  v128.store(p, s19, 304);
  v128.store(p, s20, 320);
  v128.store(p, s21, 336);
  v128.store(p, s22, 352);
  v128.store(p, s23, 368);
}

/** Twelve chains of 128 bits, on the first half of the sums. */
export function multiplyAddNarrow(p: usize, rounds: i32): void {
  const a = v128.load(p, 384);
  const b = v128.load(p, 416);
  let s0 = v128.load(p);
  let s1 = v128.load(p, 16);
  let s2 = v128.load(p, 32);
  let s3 = v128.load(p, 48);
  let s4 = v128.load(p, 64);
  let s5 = v128.load(p, 80);
  let s6 = v128.load(p, 96);
  let s7 = v128.load(p, 112);
  let s8 = v128.load(p, 128);
  let s9 = v128.load(p, 144);
  let s10 = v128.load(p, 160);
  let s11 = v128.load(p, 176);
  for (let i: i32 = 0; i < rounds; i++) {
    s0 = f32x4.add(f32x4.mul(s0, a), b);
    s1 = f32x4.add(f32x4.mul(s1, a), b);
    s2 = f32x4.add(f32x4.mul(s2, a), b);
    s3 = f32x4.add(f32x4.mul(s3, a), b);
    s4 = f32x4.add(f32x4.mul(s4, a), b);
    s5 = f32x4.add(f32x4.mul(s5, a), b);
    s6 = f32x4.add(f32x4.mul(s6, a), b);
    s7 = f32x4.add(f32x4.mul(s7, a), b);
    s8 = f32x4.add(f32x4.mul(s8, a), b);
    s9 = f32x4.add(f32x4.mul(s9, a), b);
    s10 = f32x4.add(f32x4.mul(s10, a), b);
    s11 = f32x4.add(f32x4.mul(s11, a), b);
  }
  v128.store(p, s0);
  v128.store(p, s1, 16);
  v128.store(p, s2, 32);
  v128.store(p, s3, 48);
  v128.store(p, s4, 64);
  v128.store(p, s5, 80);
  v128.store(p, s6, 96);
  v128.store(p, s7, 112);
  v128.store(p, s8, 128);
  v128.store(p, s9, 144);
  v128.store(p, s10, 160);
  v128.store(p, s11, 176);
}

/** Copies `bytes`, a multiple of 64, as the kernels would. */
export function copyBytes(from: usize, to: usize, bytes: usize): void {
  for (const end = from + bytes; from < end; from += 64, to += 64) {
    const v0 = v128.load(from);
    const v1 = v128.load(from, 16);
    const v2 = v128.load(from, 32);
    const v3 = v128.load(from, 48);
    v128.store(to, v0);
    v128.store(to, v1, 16);
    v128.store(to, v2, 32);
    v128.store(to, v3, 48);
  }
}
