/** The values of a sparse matrix in CSR put into a dense one, and taken out of it: four at a time. */

export function scatterRows(
  values: usize,
  rowPointers: usize,
  columnIndices: usize,
  out: usize,
  columns: usize,
  begin: usize,
  end: usize,
): void {
  const rowBytes = columns << 2;
  const beside = values - columnIndices;
  for (let r = begin; r < end; r++) {
    const row = out + r * rowBytes;
    memory.fill(row, 0, rowBytes);
    let index = columnIndices + (load<usize>(rowPointers + (r << 2)) << 2);
    const last = columnIndices + (load<usize>(rowPointers + (r << 2), 4) << 2);
    for (; index + 16 <= last; index += 16) {
      const value = index + beside;
      store<u32>(row + (load<usize>(index) << 2), load<u32>(value));
      store<u32>(row + (load<usize>(index, 4) << 2), load<u32>(value, 4));
      store<u32>(row + (load<usize>(index, 8) << 2), load<u32>(value, 8));
      store<u32>(row + (load<usize>(index, 12) << 2), load<u32>(value, 12));
    }
    for (; index < last; index += 4) store<u32>(row + (load<usize>(index) << 2), load<u32>(index + beside));
  }
}

export function gatherRows(
  dense: usize,
  rowPointers: usize,
  columnIndices: usize,
  out: usize,
  columns: usize,
  begin: usize,
  end: usize,
): void {
  const beside = out - columnIndices;
  for (let r = begin; r < end; r++) {
    const row = dense + r * (columns << 2);
    let index = columnIndices + (load<usize>(rowPointers + (r << 2)) << 2);
    const last = columnIndices + (load<usize>(rowPointers + (r << 2), 4) << 2);
    for (; index + 16 <= last; index += 16) {
      const target = index + beside;
      store<u32>(target, load<u32>(row + (load<usize>(index) << 2)));
      store<u32>(target, load<u32>(row + (load<usize>(index, 4) << 2)), 4);
      store<u32>(target, load<u32>(row + (load<usize>(index, 8) << 2)), 8);
      store<u32>(target, load<u32>(row + (load<usize>(index, 12) << 2)), 12);
    }
    for (; index < last; index += 4) store<u32>(index + beside, load<u32>(row + (load<usize>(index) << 2)));
  }
}
