"""Writes src/data/sources/digits-data.ts from scikit-learn's copy of the UCI digits.

    apt-get download python3-sklearn && dpkg-deb -x python3-sklearn_*.deb sklearn
    python3 scripts/embed-digits.py sklearn/usr/lib/python3/dist-packages/sklearn/datasets/data/digits.csv.gz

The file has 1,797 rows of 64 pixels in 0..16 and a label. They are stored column by column (65 columns of 1,797 bytes),
which packs a little better than rows, then gzip without name or time, then base64.
"""

import base64
import gzip
import hashlib
import pathlib
import sys

rows = [[int(cell) for cell in line.split(",")] for line in gzip.open(sys.argv[1], "rt")]
assert len(rows) == 1797 and all(len(row) == 65 for row in rows)
assert all(0 <= pixel <= 16 for row in rows for pixel in row[:64])
assert all(0 <= row[64] <= 9 for row in rows)

columns = bytes(row[column] for column in range(65) for row in rows)
packed = base64.b64encode(gzip.compress(columns, 9, mtime=0)).decode()

target = pathlib.Path(__file__).parent.parent / "src/data/sources/digits-data.ts"
target.write_text(
    f'''/**
 * The 1,797 digits, packed: made by scripts/embed-digits.py, not by hand.
 *
 * Base64 of gzip of 65 columns of 1,797 bytes: 64 pixels in 0..16, row by row of the image, then the label.
 * SHA-256 of the unpacked columns: {hashlib.sha256(columns).hexdigest()}.
 * Source and licence: see digits.ts.
 */

export const digitsPacked =
  "{packed}";
'''
)
