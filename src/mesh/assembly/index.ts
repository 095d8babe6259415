/**
 * Kernels over runs of elements of one kind, two elements at a time in the lanes of f64x2. Every operation and its order is
 * that of the plain TypeScript beside this folder, so that the bits are the same; a test compares them.
 *
 * Nodes of a run are packed: element i's begin at nodes + 4 size i. `ids[i]` is the element's place in `quality`. Tables hold
 * nodes as bytes. An odd last element fills both lanes, and the second is not stored.
 */

/** Sixteen-byte cells for coordinates and gradients of one pair of elements, 24 each. Every thread has its own. */
let local: usize = 1024;
let gradient: usize = 1024 + 24 * 16;

/** Where this thread's 768 bytes of cells lie. */
export function useScratch(address: usize): void {
  local = address;
  gradient = address + 24 * 16;
}

@inline
function pair(a: usize, b: usize): v128 {
  return f64x2.replace_lane(f64x2.splat(load<f64>(a)), 1, load<f64>(b));
}

@inline
function get(base: usize, i: usize): v128 {
  return v128.load(base + 16 * i);
}

@inline
function put(base: usize, i: usize, value: v128): void {
  v128.store(base + 16 * i, value);
}

/** Coordinates of the nodes of two elements into `local`. */
@inline
function gather(points: usize, a: usize, b: usize, size: usize): void {
  for (let i: usize = 0; i < size; i++) {
    const p = points + 24 * <usize>load<u32>(a + 4 * i);
    const q = points + 24 * <usize>load<u32>(b + 4 * i);
    put(local, 3 * i, pair(p, q));
    put(local, 3 * i + 1, pair(p + 8, q + 8));
    put(local, 3 * i + 2, pair(p + 16, q + 16));
  }
}

/** As cube-root.ts, in both lanes; 0 for what is below the normal numbers. */
@inline
function cubeRoot(x: v128): v128 {
  const a = (<u64>i64x2.extract_lane(x, 0)) >> 32;
  const b = (<u64>i64x2.extract_lane(x, 1)) >> 32;
  let t = i64x2.replace_lane(i64x2.splat((a / 3 + 715094163) << 32), 1, (b / 3 + 715094163) << 32);
  for (let step = 0; step < 3; step++) {
    const cube = f64x2.mul(f64x2.mul(t, t), t);
    const quotient = f64x2.div(f64x2.sub(cube, x), f64x2.add(f64x2.add(cube, cube), x));
    t = f64x2.sub(t, f64x2.mul(t, quotient));
  }
  return v128.and(t, f64x2.ge(x, f64x2.splat(2.2250738585072014e-308)));
}

/** Mean ratios of a run into quality[ids[i]]; 0 for invalid elements. `metric` holds six numbers and 1 / det W. */
export function meanRatios(
  count: usize, size: usize, nodes: usize, ids: usize, points: usize, quality: usize,
  corners: usize, cornerBytes: usize, metric: usize,
): void {
  const m11 = f64x2.splat(load<f64>(metric));
  const m22 = f64x2.splat(load<f64>(metric, 8));
  const m33 = f64x2.splat(load<f64>(metric, 16));
  const m12 = f64x2.splat(load<f64>(metric, 24));
  const m13 = f64x2.splat(load<f64>(metric, 32));
  const m23 = f64x2.splat(load<f64>(metric, 40));
  const scale = f64x2.splat(load<f64>(metric, 48));
  const zero = f64x2.splat(0);
  for (let i: usize = 0; i < count; i += 2) {
    const second = i + 1 < count ? i + 1 : i;
    gather(points, nodes + 4 * size * i, nodes + 4 * size * second, size);
    let total = zero;
    let valid = f64x2.eq(zero, zero);
    for (let c: usize = 0; c < cornerBytes; c += 4) {
      const k = <usize>load<u8>(corners + c) * 3;
      const a = <usize>load<u8>(corners + c, 1) * 3;
      const b = <usize>load<u8>(corners + c, 2) * 3;
      const d = <usize>load<u8>(corners + c, 3) * 3;
      const x = get(local, k), y = get(local, k + 1), z = get(local, k + 2);
      const ax = f64x2.sub(get(local, a), x), ay = f64x2.sub(get(local, a + 1), y), az = f64x2.sub(get(local, a + 2), z);
      const bx = f64x2.sub(get(local, b), x), by = f64x2.sub(get(local, b + 1), y), bz = f64x2.sub(get(local, b + 2), z);
      const cx = f64x2.sub(get(local, d), x), cy = f64x2.sub(get(local, d + 1), y), cz = f64x2.sub(get(local, d + 2), z);
      const bcx = f64x2.sub(f64x2.mul(by, cz), f64x2.mul(bz, cy));
      const bcy = f64x2.sub(f64x2.mul(bz, cx), f64x2.mul(bx, cz));
      const bcz = f64x2.sub(f64x2.mul(bx, cy), f64x2.mul(by, cx));
      const det = f64x2.mul(dot(ax, ay, az, bcx, bcy, bcz), scale);
      valid = v128.and(valid, f64x2.gt(det, zero));
      let norm = f64x2.mul(m11, dot(ax, ay, az, ax, ay, az));
      norm = f64x2.add(norm, f64x2.mul(m22, dot(bx, by, bz, bx, by, bz)));
      norm = f64x2.add(norm, f64x2.mul(m33, dot(cx, cy, cz, cx, cy, cz)));
      norm = f64x2.add(norm, f64x2.mul(m12, dot(ax, ay, az, bx, by, bz)));
      norm = f64x2.add(norm, f64x2.mul(m13, dot(ax, ay, az, cx, cy, cz)));
      norm = f64x2.add(norm, f64x2.mul(m23, dot(bx, by, bz, cx, cy, cz)));
      total = f64x2.add(total, f64x2.div(f64x2.mul(f64x2.splat(3), cubeRoot(f64x2.mul(det, det))), norm));
    }
    // The mean of 4, 6, 8 or 24 corners, as (total · 4) / bytes of the table.
    const mean = v128.and(f64x2.div(f64x2.mul(total, f64x2.splat(4)), f64x2.splat(<f64>cornerBytes)), valid);
    store<f64>(quality + 8 * <usize>load<u32>(ids + 4 * i), f64x2.extract_lane(mean, 0));
    if (second > i) store<f64>(quality + 8 * <usize>load<u32>(ids + 4 * second), f64x2.extract_lane(mean, 1));
  }
}

@inline
function dot(ax: v128, ay: v128, az: v128, bx: v128, by: v128, bz: v128): v128 {
  return f64x2.add(f64x2.add(f64x2.mul(ax, bx), f64x2.mul(ay, by)), f64x2.mul(az, bz));
}

@inline
function accumulate(i: usize, x: v128, y: v128, z: v128): void {
  put(gradient, i, f64x2.add(get(gradient, i), x));
  put(gradient, i + 1, f64x2.add(get(gradient, i + 1), y));
  put(gradient, i + 2, f64x2.add(get(gradient, i + 2), z));
}

/** u (p × q) - v n, one coordinate of each. */
@inline
function slope(u: v128, cross: v128, v: v128, n: v128): v128 {
  return f64x2.sub(f64x2.mul(u, cross), f64x2.mul(v, n));
}

/** Mean ratios of a run into quality, and their gradients into slopes, packed as the nodes. Returns how many are invalid. */
export function meanRatioGradients(
  count: usize, size: usize, nodes: usize, points: usize, quality: usize, slopes: usize,
  corners: usize, cornerBytes: usize, metric: usize,
): usize {
  const m11 = f64x2.splat(load<f64>(metric));
  const m22 = f64x2.splat(load<f64>(metric, 8));
  const m33 = f64x2.splat(load<f64>(metric, 16));
  const m12 = f64x2.splat(load<f64>(metric, 24));
  const m13 = f64x2.splat(load<f64>(metric, 32));
  const m23 = f64x2.splat(load<f64>(metric, 40));
  const scale = f64x2.splat(load<f64>(metric, 48));
  const share = f64x2.splat(4 / <f64>cornerBytes);
  const zero = f64x2.splat(0);
  const half = f64x2.splat(0.5);
  const two = f64x2.splat(2);
  const three = f64x2.splat(3);
  let invalid: usize = 0;
  for (let i: usize = 0; i < count; i += 2) {
    const second = i + 1 < count ? i + 1 : i;
    gather(points, nodes + 4 * size * i, nodes + 4 * size * second, size);
    for (let j: usize = 0; j < 3 * size; j++) put(gradient, j, zero);
    let total = zero;
    let valid = f64x2.eq(zero, zero);
    for (let c: usize = 0; c < cornerBytes; c += 4) {
      const k = <usize>load<u8>(corners + c) * 3;
      const a = <usize>load<u8>(corners + c, 1) * 3;
      const b = <usize>load<u8>(corners + c, 2) * 3;
      const d = <usize>load<u8>(corners + c, 3) * 3;
      const x = get(local, k), y = get(local, k + 1), z = get(local, k + 2);
      const ax = f64x2.sub(get(local, a), x), ay = f64x2.sub(get(local, a + 1), y), az = f64x2.sub(get(local, a + 2), z);
      const bx = f64x2.sub(get(local, b), x), by = f64x2.sub(get(local, b + 1), y), bz = f64x2.sub(get(local, b + 2), z);
      const cx = f64x2.sub(get(local, d), x), cy = f64x2.sub(get(local, d + 1), y), cz = f64x2.sub(get(local, d + 2), z);
      const bcx = f64x2.sub(f64x2.mul(by, cz), f64x2.mul(bz, cy));
      const bcy = f64x2.sub(f64x2.mul(bz, cx), f64x2.mul(bx, cz));
      const bcz = f64x2.sub(f64x2.mul(bx, cy), f64x2.mul(by, cx));
      const det = dot(ax, ay, az, bcx, bcy, bcz);
      valid = v128.and(valid, f64x2.gt(det, zero));
      const r = f64x2.mul(det, scale);
      const nax = half2(m11, ax, half, m12, bx, m13, cx);
      const nay = half2(m11, ay, half, m12, by, m13, cy);
      const naz = half2(m11, az, half, m12, bz, m13, cz);
      const nbx = half2(m22, bx, half, m12, ax, m23, cx);
      const nby = half2(m22, by, half, m12, ay, m23, cy);
      const nbz = half2(m22, bz, half, m12, az, m23, cz);
      const ncx = half2(m33, cx, half, m13, ax, m23, bx);
      const ncy = half2(m33, cy, half, m13, ay, m23, by);
      const ncz = half2(m33, cz, half, m13, az, m23, bz);
      let norm = dot(ax, ay, az, nax, nay, naz);
      norm = f64x2.add(f64x2.add(f64x2.add(norm, f64x2.mul(bx, nbx)), f64x2.mul(by, nby)), f64x2.mul(bz, nbz));
      norm = f64x2.add(f64x2.add(f64x2.add(norm, f64x2.mul(cx, ncx)), f64x2.mul(cy, ncy)), f64x2.mul(cz, ncz));
      const ratio = f64x2.div(f64x2.mul(three, cubeRoot(f64x2.mul(r, r))), norm);
      total = f64x2.add(total, ratio);
      const w = f64x2.mul(f64x2.mul(share, ratio), two);
      const u = f64x2.div(w, f64x2.mul(three, det));
      const v = f64x2.div(w, norm);
      const gax = slope(u, bcx, v, nax);
      const gay = slope(u, bcy, v, nay);
      const gaz = slope(u, bcz, v, naz);
      const gbx = slope(u, f64x2.sub(f64x2.mul(cy, az), f64x2.mul(cz, ay)), v, nbx);
      const gby = slope(u, f64x2.sub(f64x2.mul(cz, ax), f64x2.mul(cx, az)), v, nby);
      const gbz = slope(u, f64x2.sub(f64x2.mul(cx, ay), f64x2.mul(cy, ax)), v, nbz);
      const gcx = slope(u, f64x2.sub(f64x2.mul(ay, bz), f64x2.mul(az, by)), v, ncx);
      const gcy = slope(u, f64x2.sub(f64x2.mul(az, bx), f64x2.mul(ax, bz)), v, ncy);
      const gcz = slope(u, f64x2.sub(f64x2.mul(ax, by), f64x2.mul(ay, bx)), v, ncz);
      accumulate(a, gax, gay, gaz);
      accumulate(b, gbx, gby, gbz);
      accumulate(d, gcx, gcy, gcz);
      put(gradient, k, f64x2.sub(get(gradient, k), f64x2.add(f64x2.add(gax, gbx), gcx)));
      put(gradient, k + 1, f64x2.sub(get(gradient, k + 1), f64x2.add(f64x2.add(gay, gby), gcy)));
      put(gradient, k + 2, f64x2.sub(get(gradient, k + 2), f64x2.add(f64x2.add(gaz, gbz), gcz)));
    }
    const mean = v128.and(f64x2.mul(total, share), valid);
    const first = f64x2.extract_lane(mean, 0);
    store<f64>(quality + 8 * i, first);
    if (!(first > 0)) invalid++;
    let to = slopes + 24 * size * i;
    for (let j: usize = 0; j < 3 * size; j++) store<f64>(to + 8 * j, f64x2.extract_lane(get(gradient, j), 0));
    if (second > i) {
      const other = f64x2.extract_lane(mean, 1);
      store<f64>(quality + 8 * second, other);
      if (!(other > 0)) invalid++;
      to += 24 * size;
      for (let j: usize = 0; j < 3 * size; j++) store<f64>(to + 8 * j, f64x2.extract_lane(get(gradient, j), 1));
    }
  }
  return invalid;
}

/** m a + (1/2) (n b + o c). */
@inline
function half2(m: v128, a: v128, half: v128, n: v128, b: v128, o: v128, c: v128): v128 {
  return f64x2.add(f64x2.mul(m, a), f64x2.mul(half, f64x2.add(f64x2.mul(n, b), f64x2.mul(o, c))));
}

/** One coordinate k of the quad's gradient, from its other two, u and v. */
@inline
function quadCoordinate(a: usize, b: usize, c: usize, d: usize, k: usize, u: usize, v: usize): void {
  const au = get(local, a + u), av = get(local, a + v);
  const bu = get(local, b + u), bv = get(local, b + v);
  const cu = get(local, c + u), cv = get(local, c + v);
  const du = get(local, d + u), dv = get(local, d + v);
  const ab = f64x2.sub(f64x2.mul(au, bv), f64x2.mul(av, bu));
  const bc = f64x2.sub(f64x2.mul(bu, cv), f64x2.mul(bv, cu));
  const cd = f64x2.sub(f64x2.mul(cu, dv), f64x2.mul(cv, du));
  const da = f64x2.sub(f64x2.mul(du, av), f64x2.mul(dv, au));
  const ac = f64x2.sub(f64x2.mul(au, cv), f64x2.mul(av, cu));
  const bd = f64x2.sub(f64x2.mul(bu, dv), f64x2.mul(bv, du));
  put(gradient, a + k, f64x2.add(get(gradient, a + k), f64x2.add(f64x2.add(bc, cd), bd)));
  put(gradient, b + k, f64x2.add(get(gradient, b + k), f64x2.sub(f64x2.add(cd, da), ac)));
  put(gradient, c + k, f64x2.add(get(gradient, c + k), f64x2.sub(f64x2.add(da, ab), bd)));
  put(gradient, d + k, f64x2.add(get(gradient, d + k), f64x2.add(f64x2.add(ab, bc), ac)));
}

/** gradient at `to` += b × c. */
@inline
function addCross(b: usize, c: usize, to: usize): void {
  const bx = get(local, b), by = get(local, b + 1), bz = get(local, b + 2);
  const cx = get(local, c), cy = get(local, c + 1), cz = get(local, c + 2);
  accumulate(
    to,
    f64x2.sub(f64x2.mul(by, cz), f64x2.mul(bz, cy)),
    f64x2.sub(f64x2.mul(bz, cx), f64x2.mul(bx, cz)),
    f64x2.sub(f64x2.mul(bx, cy), f64x2.mul(by, cx)),
  );
}

/**
 * One flow step of two elements: where each wants its nodes, times its weight, into `local`. The weights are 1 for exponent 0,
 * else max(1 - q, 1e-12), or its root for exponent 1 (halves); qa and qb are the addresses of the qualities.
 */
@inline
function flowPair(
  size: usize, a: usize, b: usize, points: usize, qa: usize, qb: usize, halves: i32, step: f64,
  faces3: usize, bytes3: usize, faces4: usize, bytes4: usize,
): v128 {
  const n: usize = size * 3;
  const number = f64x2.splat(<f64>size);
  const zero = f64x2.splat(0);
  const one = f64x2.splat(1);
  gather(points, a, b, size);
  let cx = zero, cy = zero, cz = zero;
  for (let j: usize = 0; j < n; j += 3) {
    cx = f64x2.add(cx, get(local, j));
    cy = f64x2.add(cy, get(local, j + 1));
    cz = f64x2.add(cz, get(local, j + 2));
  }
  cx = f64x2.div(cx, number);
  cy = f64x2.div(cy, number);
  cz = f64x2.div(cz, number);
  let r2 = zero;
  for (let j: usize = 0; j < n; j += 3) {
    const x = f64x2.sub(get(local, j), cx);
    const y = f64x2.sub(get(local, j + 1), cy);
    const z = f64x2.sub(get(local, j + 2), cz);
    put(local, j, x);
    put(local, j + 1, y);
    put(local, j + 2, z);
    r2 = f64x2.add(r2, dot(x, y, z, x, y, z));
  }
  for (let j: usize = 0; j < n; j++) put(gradient, j, zero);
  for (let f: usize = 0; f < bytes4; f += 4) {
    const p = <usize>load<u8>(faces4 + f), q = <usize>load<u8>(faces4 + f, 1);
    const r = <usize>load<u8>(faces4 + f, 2), s = <usize>load<u8>(faces4 + f, 3);
    quadCoordinate(p, q, r, s, 0, 1, 2);
    quadCoordinate(p, q, r, s, 1, 2, 0);
    quadCoordinate(p, q, r, s, 2, 0, 1);
  }
  for (let j: usize = 0; j < n; j++) put(gradient, j, f64x2.mul(get(gradient, j), f64x2.splat(0.5)));
  for (let f: usize = 0; f < bytes3; f += 3) {
    const p = <usize>load<u8>(faces3 + f), q = <usize>load<u8>(faces3 + f, 1), r = <usize>load<u8>(faces3 + f, 2);
    addCross(q, r, p);
    addCross(r, p, q);
    addCross(p, q, r);
  }
  let g2 = zero;
  for (let j: usize = 0; j < n; j++) {
    const g = f64x2.div(get(gradient, j), f64x2.splat(6));
    put(gradient, j, g);
    g2 = f64x2.add(g2, f64x2.mul(g, g));
  }
  const moves = f64x2.gt(g2, f64x2.mul(f64x2.mul(f64x2.splat(1e-60), r2), r2));
  const t = v128.and(f64x2.mul(f64x2.splat(step), f64x2.sqrt(f64x2.div(r2, g2))), moves);
  let y2 = zero;
  for (let j: usize = 0; j < n; j++) {
    const y = f64x2.add(get(local, j), f64x2.mul(t, get(gradient, j)));
    put(local, j, y);
    y2 = f64x2.add(y2, f64x2.mul(y, y));
  }
  const s = v128.bitselect(f64x2.sqrt(f64x2.div(r2, y2)), one, moves);
  let w = one;
  if (halves != 0) {
    w = f64x2.sub(one, pair(qa, qb));
    w = f64x2.max(w, f64x2.splat(1e-12));
    if (halves == 1) w = f64x2.sqrt(w);
  }
  for (let j: usize = 0; j < n; j += 3) {
    put(local, j, f64x2.mul(w, f64x2.add(cx, f64x2.mul(s, get(local, j)))));
    put(local, j + 1, f64x2.mul(w, f64x2.add(cy, f64x2.mul(s, get(local, j + 1)))));
    put(local, j + 2, f64x2.mul(w, f64x2.add(cz, f64x2.mul(s, get(local, j + 2)))));
  }
  return w;
}

/** One flow step of every element of a run, added to sums [3 points] and weights [points]. */
export function flowSums(
  count: usize, size: usize, nodes: usize, ids: usize, points: usize, quality: usize, halves: i32, step: f64,
  faces3: usize, bytes3: usize, faces4: usize, bytes4: usize, sums: usize, weights: usize,
): void {
  for (let i: usize = 0; i < count; i += 2) {
    const second = i + 1 < count ? i + 1 : i;
    const a = nodes + 4 * size * i;
    const b = nodes + 4 * size * second;
    const qa = quality + 8 * <usize>load<u32>(ids + 4 * i);
    const qb = quality + 8 * <usize>load<u32>(ids + 4 * second);
    const w = flowPair(size, a, b, points, qa, qb, halves, step, faces3, bytes3, faces4, bytes4);
    const wa = f64x2.extract_lane(w, 0);
    const wb = f64x2.extract_lane(w, 1);
    for (let j: usize = 0; j < size; j++) add(<usize>load<u32>(a + 4 * j), local + 48 * j, wa, sums, weights);
    if (second == i) continue;
    for (let j: usize = 0; j < size; j++) add(<usize>load<u32>(b + 4 * j), local + 48 * j + 8, wb, sums, weights);
  }
}

/**
 * The same, each element writing for itself: x, y, z and the weight of its nodes into `slots`, packed as the nodes, so that
 * several threads can work on it. `nodeSums` adds them up.
 */
export function flowSlots(
  count: usize, size: usize, nodes: usize, ids: usize, points: usize, quality: usize, halves: i32, step: f64,
  faces3: usize, bytes3: usize, faces4: usize, bytes4: usize, slots: usize,
): void {
  for (let i: usize = 0; i < count; i += 2) {
    const second = i + 1 < count ? i + 1 : i;
    const a = nodes + 4 * size * i;
    const b = nodes + 4 * size * second;
    const qa = quality + 8 * <usize>load<u32>(ids + 4 * i);
    const qb = quality + 8 * <usize>load<u32>(ids + 4 * second);
    const w = flowPair(size, a, b, points, qa, qb, halves, step, faces3, bytes3, faces4, bytes4);
    writeSlots(slots + 32 * size * i, size, local, f64x2.extract_lane(w, 0));
    if (second > i) writeSlots(slots + 32 * size * second, size, local + 8, f64x2.extract_lane(w, 1));
  }
}

@inline
function writeSlots(to: usize, size: usize, from: usize, weight: f64): void {
  for (let j: usize = 0; j < size; j++) {
    v128.store(to + 32 * j, pair(from + 48 * j, from + 48 * j + 16));
    v128.store(to + 32 * j + 16, f64x2.replace_lane(f64x2.splat(load<f64>(from + 48 * j + 32)), 1, weight));
  }
}

/**
 * Sums of the slots of `count` nodes from `first` on, in the order of their elements, which is that of `flowSums`: slots of
 * node i are listed in places[begin[i]] to places[begin[i + 1] - 1].
 */
export function nodeSums(
  count: usize, first: usize, begin: usize, places: usize, slots: usize, sums: usize, weights: usize,
): void {
  for (let node = first; node < first + count; node++) {
    let xy = f64x2.splat(0);
    let zw = f64x2.splat(0);
    const end = <usize>load<u32>(begin + 4 * node + 4);
    for (let k = <usize>load<u32>(begin + 4 * node); k < end; k++) {
      const slot = slots + 32 * <usize>load<u32>(places + 4 * k);
      xy = f64x2.add(xy, v128.load(slot));
      zw = f64x2.add(zw, v128.load(slot + 16));
    }
    v128.store(sums + 24 * node, xy);
    store<f64>(sums + 24 * node + 16, f64x2.extract_lane(zw, 0));
    store<f64>(weights + 8 * node, f64x2.extract_lane(zw, 1));
  }
}

/** Adds one lane's point to a node. */
@inline
function add(node: usize, from: usize, weight: f64, sums: usize, weights: usize): void {
  store<f64>(weights + 8 * node, load<f64>(weights + 8 * node) + weight);
  const to = sums + 24 * node;
  store<f64>(to, load<f64>(to) + load<f64>(from));
  store<f64>(to + 8, load<f64>(to + 8) + load<f64>(from + 16));
  store<f64>(to + 16, load<f64>(to + 16) + load<f64>(from + 32));
}
