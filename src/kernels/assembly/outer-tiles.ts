/**
 * Tiles of the gradient of a dense convolution's weights: four channels by two taps, each a sum over a piece of the plane of
 * pixels, eight lanes apart.
 *
 * Accumulators come in pairs of neighbours that are stored side by side, because V8's revectorisation fuses such pairs
 * into 256-bit operations.
 */

/**
 * Adds a piece of `height` x `width` groups of 16 lanes to the sums of four channels, from the gradients ga to gd, at two
 * taps, from the inputs in0 and in1. Steps lead from one group to the next, gaps from behind the last of a row to the next
 * row. Sums of a channel's taps are 32 bytes each, side by side.
 */
export function outerTile(
  ga: usize,
  gb: usize,
  gc: usize,
  gd: usize,
  in0: usize,
  in1: usize,
  sums0: usize,
  sums1: usize,
  sums2: usize,
  sums3: usize,
  height: usize,
  width: usize,
  gStep: usize,
  gGap: usize,
  inStep: usize,
  inGap: usize,
): void {
  let s000 = v128.load(sums0);
  let s001 = v128.load(sums0, 16);
  let s010 = v128.load(sums0, 32);
  let s011 = v128.load(sums0, 48);
  let s100 = v128.load(sums1);
  let s101 = v128.load(sums1, 16);
  let s110 = v128.load(sums1, 32);
  let s111 = v128.load(sums1, 48);
  let s200 = v128.load(sums2);
  let s201 = v128.load(sums2, 16);
  let s210 = v128.load(sums2, 32);
  let s211 = v128.load(sums2, 48);
  let s300 = v128.load(sums3);
  let s301 = v128.load(sums3, 16);
  let s310 = v128.load(sums3, 32);
  let s311 = v128.load(sums3, 48);
  for (; height; height--) {
    for (let n = width; n; n--) {
      {
        const i00 = v128.load(in0);
        const i01 = v128.load(in0, 16);
        const i10 = v128.load(in1);
        const i11 = v128.load(in1, 16);
        let g0 = v128.load(ga);
        let g1 = v128.load(ga, 16);
        s000 = f32x4.add(s000, f32x4.mul(g0, i00));
        s001 = f32x4.add(s001, f32x4.mul(g1, i01));
        s010 = f32x4.add(s010, f32x4.mul(g0, i10));
        s011 = f32x4.add(s011, f32x4.mul(g1, i11));
        g0 = v128.load(gb);
        g1 = v128.load(gb, 16);
        s100 = f32x4.add(s100, f32x4.mul(g0, i00));
        s101 = f32x4.add(s101, f32x4.mul(g1, i01));
        s110 = f32x4.add(s110, f32x4.mul(g0, i10));
        s111 = f32x4.add(s111, f32x4.mul(g1, i11));
        g0 = v128.load(gc);
        g1 = v128.load(gc, 16);
        s200 = f32x4.add(s200, f32x4.mul(g0, i00));
        s201 = f32x4.add(s201, f32x4.mul(g1, i01));
        s210 = f32x4.add(s210, f32x4.mul(g0, i10));
        s211 = f32x4.add(s211, f32x4.mul(g1, i11));
        g0 = v128.load(gd);
        g1 = v128.load(gd, 16);
        s300 = f32x4.add(s300, f32x4.mul(g0, i00));
        s301 = f32x4.add(s301, f32x4.mul(g1, i01));
        s310 = f32x4.add(s310, f32x4.mul(g0, i10));
        s311 = f32x4.add(s311, f32x4.mul(g1, i11));
      }
      {
        const i00 = v128.load(in0, 32);
        const i01 = v128.load(in0, 48);
        const i10 = v128.load(in1, 32);
        const i11 = v128.load(in1, 48);
        let g0 = v128.load(ga, 32);
        let g1 = v128.load(ga, 48);
        s000 = f32x4.add(s000, f32x4.mul(g0, i00));
        s001 = f32x4.add(s001, f32x4.mul(g1, i01));
        s010 = f32x4.add(s010, f32x4.mul(g0, i10));
        s011 = f32x4.add(s011, f32x4.mul(g1, i11));
        g0 = v128.load(gb, 32);
        g1 = v128.load(gb, 48);
        s100 = f32x4.add(s100, f32x4.mul(g0, i00));
        s101 = f32x4.add(s101, f32x4.mul(g1, i01));
        s110 = f32x4.add(s110, f32x4.mul(g0, i10));
        s111 = f32x4.add(s111, f32x4.mul(g1, i11));
        g0 = v128.load(gc, 32);
        g1 = v128.load(gc, 48);
        s200 = f32x4.add(s200, f32x4.mul(g0, i00));
        s201 = f32x4.add(s201, f32x4.mul(g1, i01));
        s210 = f32x4.add(s210, f32x4.mul(g0, i10));
        s211 = f32x4.add(s211, f32x4.mul(g1, i11));
        g0 = v128.load(gd, 32);
        g1 = v128.load(gd, 48);
        s300 = f32x4.add(s300, f32x4.mul(g0, i00));
        s301 = f32x4.add(s301, f32x4.mul(g1, i01));
        s310 = f32x4.add(s310, f32x4.mul(g0, i10));
        s311 = f32x4.add(s311, f32x4.mul(g1, i11));
      }
      ga += gStep;
      gb += gStep;
      gc += gStep;
      gd += gStep;
      in0 += inStep;
      in1 += inStep;
    }
    ga += gGap;
    gb += gGap;
    gc += gGap;
    gd += gGap;
    in0 += inGap;
    in1 += inGap;
  }
  v128.store(sums0, s000, 0);
  v128.store(sums0, s001, 16);
  v128.store(sums0, s010, 32);
  v128.store(sums0, s011, 48);
  v128.store(sums1, s100, 0);
  v128.store(sums1, s101, 16);
  v128.store(sums1, s110, 32);
  v128.store(sums1, s111, 48);
  v128.store(sums2, s200, 0);
  v128.store(sums2, s201, 16);
  v128.store(sums2, s210, 32);
  v128.store(sums2, s211, 48);
  v128.store(sums3, s300, 0);
  v128.store(sums3, s301, 16);
  v128.store(sums3, s310, 32);
  v128.store(sums3, s311, 48);
}

/** The same for groups of eight lanes, of which the masks of their halves leave some. */
export function maskedOuterTile(
  ga: usize,
  gb: usize,
  gc: usize,
  gd: usize,
  in0: usize,
  in1: usize,
  sums0: usize,
  sums1: usize,
  sums2: usize,
  sums3: usize,
  height: usize,
  width: usize,
  mask0: v128,
  mask1: v128,
  gStep: usize,
  gGap: usize,
  inStep: usize,
  inGap: usize,
): void {
  let s000 = v128.load(sums0);
  let s001 = v128.load(sums0, 16);
  let s010 = v128.load(sums0, 32);
  let s011 = v128.load(sums0, 48);
  let s100 = v128.load(sums1);
  let s101 = v128.load(sums1, 16);
  let s110 = v128.load(sums1, 32);
  let s111 = v128.load(sums1, 48);
  let s200 = v128.load(sums2);
  let s201 = v128.load(sums2, 16);
  let s210 = v128.load(sums2, 32);
  let s211 = v128.load(sums2, 48);
  let s300 = v128.load(sums3);
  let s301 = v128.load(sums3, 16);
  let s310 = v128.load(sums3, 32);
  let s311 = v128.load(sums3, 48);
  for (; height; height--) {
    for (let n = width; n; n--) {
      const i00 = v128.and(v128.load(in0), mask0);
      const i01 = v128.and(v128.load(in0, 16), mask1);
      const i10 = v128.and(v128.load(in1), mask0);
      const i11 = v128.and(v128.load(in1, 16), mask1);
      let g0 = v128.and(v128.load(ga), mask0);
      let g1 = v128.and(v128.load(ga, 16), mask1);
      s000 = f32x4.add(s000, f32x4.mul(g0, i00));
      s001 = f32x4.add(s001, f32x4.mul(g1, i01));
      s010 = f32x4.add(s010, f32x4.mul(g0, i10));
      s011 = f32x4.add(s011, f32x4.mul(g1, i11));
      g0 = v128.and(v128.load(gb), mask0);
      g1 = v128.and(v128.load(gb, 16), mask1);
      s100 = f32x4.add(s100, f32x4.mul(g0, i00));
      s101 = f32x4.add(s101, f32x4.mul(g1, i01));
      s110 = f32x4.add(s110, f32x4.mul(g0, i10));
      s111 = f32x4.add(s111, f32x4.mul(g1, i11));
      g0 = v128.and(v128.load(gc), mask0);
      g1 = v128.and(v128.load(gc, 16), mask1);
      s200 = f32x4.add(s200, f32x4.mul(g0, i00));
      s201 = f32x4.add(s201, f32x4.mul(g1, i01));
      s210 = f32x4.add(s210, f32x4.mul(g0, i10));
      s211 = f32x4.add(s211, f32x4.mul(g1, i11));
      g0 = v128.and(v128.load(gd), mask0);
      g1 = v128.and(v128.load(gd, 16), mask1);
      s300 = f32x4.add(s300, f32x4.mul(g0, i00));
      s301 = f32x4.add(s301, f32x4.mul(g1, i01));
      s310 = f32x4.add(s310, f32x4.mul(g0, i10));
      s311 = f32x4.add(s311, f32x4.mul(g1, i11));
      ga += gStep;
      gb += gStep;
      gc += gStep;
      gd += gStep;
      in0 += inStep;
      in1 += inStep;
    }
    ga += gGap;
    gb += gGap;
    gc += gGap;
    gd += gGap;
    in0 += inGap;
    in1 += inGap;
  }
  v128.store(sums0, s000, 0);
  v128.store(sums0, s001, 16);
  v128.store(sums0, s010, 32);
  v128.store(sums0, s011, 48);
  v128.store(sums1, s100, 0);
  v128.store(sums1, s101, 16);
  v128.store(sums1, s110, 32);
  v128.store(sums1, s111, 48);
  v128.store(sums2, s200, 0);
  v128.store(sums2, s201, 16);
  v128.store(sums2, s210, 32);
  v128.store(sums2, s211, 48);
  v128.store(sums3, s300, 0);
  v128.store(sums3, s301, 16);
  v128.store(sums3, s310, 32);
  v128.store(sums3, s311, 48);
}

/** The same as `outerTile` for two channels: half a tile, which 16 registers of 128 bits hold. */
export function narrowOuterTile(
  ga: usize,
  gb: usize,
  in0: usize,
  in1: usize,
  sums0: usize,
  sums1: usize,
  height: usize,
  width: usize,
  gStep: usize,
  gGap: usize,
  inStep: usize,
  inGap: usize,
): void {
  let s000 = v128.load(sums0);
  let s001 = v128.load(sums0, 16);
  let s010 = v128.load(sums0, 32);
  let s011 = v128.load(sums0, 48);
  let s100 = v128.load(sums1);
  let s101 = v128.load(sums1, 16);
  let s110 = v128.load(sums1, 32);
  let s111 = v128.load(sums1, 48);
  for (; height; height--) {
    for (let n = width; n; n--) {
      {
        const i00 = v128.load(in0);
        const i01 = v128.load(in0, 16);
        const i10 = v128.load(in1);
        const i11 = v128.load(in1, 16);
        let g0 = v128.load(ga);
        let g1 = v128.load(ga, 16);
        s000 = f32x4.add(s000, f32x4.mul(g0, i00));
        s001 = f32x4.add(s001, f32x4.mul(g1, i01));
        s010 = f32x4.add(s010, f32x4.mul(g0, i10));
        s011 = f32x4.add(s011, f32x4.mul(g1, i11));
        g0 = v128.load(gb);
        g1 = v128.load(gb, 16);
        s100 = f32x4.add(s100, f32x4.mul(g0, i00));
        s101 = f32x4.add(s101, f32x4.mul(g1, i01));
        s110 = f32x4.add(s110, f32x4.mul(g0, i10));
        s111 = f32x4.add(s111, f32x4.mul(g1, i11));
      }
      {
        const i00 = v128.load(in0, 32);
        const i01 = v128.load(in0, 48);
        const i10 = v128.load(in1, 32);
        const i11 = v128.load(in1, 48);
        let g0 = v128.load(ga, 32);
        let g1 = v128.load(ga, 48);
        s000 = f32x4.add(s000, f32x4.mul(g0, i00));
        s001 = f32x4.add(s001, f32x4.mul(g1, i01));
        s010 = f32x4.add(s010, f32x4.mul(g0, i10));
        s011 = f32x4.add(s011, f32x4.mul(g1, i11));
        g0 = v128.load(gb, 32);
        g1 = v128.load(gb, 48);
        s100 = f32x4.add(s100, f32x4.mul(g0, i00));
        s101 = f32x4.add(s101, f32x4.mul(g1, i01));
        s110 = f32x4.add(s110, f32x4.mul(g0, i10));
        s111 = f32x4.add(s111, f32x4.mul(g1, i11));
      }
      ga += gStep;
      gb += gStep;
      in0 += inStep;
      in1 += inStep;
    }
    ga += gGap;
    gb += gGap;
    in0 += inGap;
    in1 += inGap;
  }
  v128.store(sums0, s000, 0);
  v128.store(sums0, s001, 16);
  v128.store(sums0, s010, 32);
  v128.store(sums0, s011, 48);
  v128.store(sums1, s100, 0);
  v128.store(sums1, s101, 16);
  v128.store(sums1, s110, 32);
  v128.store(sums1, s111, 48);
}
