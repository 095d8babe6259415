import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { gunzip } from "./gzip.ts";

const text = new TextEncoder().encode(Array.from({ length: 20_000 }, (_, i) => (i * i) % 9973).join(" "));

test("unpacks what zlib packed", async () => {
  expect(await gunzip(gzipSync(text), "f.gz", text.length)).toEqual(text);
});

test("refuses a bomb by its own statement: 100 MB of zeros in 100 kB against a bound of 1 MB", async () => {
  const bomb = gzipSync(new Uint8Array(100_000_000));
  expect(bomb.length).toBeLessThan(110_000);
  await expect(gunzip(bomb, "bomb.gz", 1_000_000)).rejects.toThrow(
    "bomb.gz: must unpack to at most 1000000 bytes, its last bytes state 100000000",
  );
});

test("refuses a bomb that lies about its size as soon as it has given more than stated", async () => {
  const bomb = gzipSync(new Uint8Array(100_000_000));
  bomb.writeUInt32LE(1000, bomb.length - 4);
  await expect(gunzip(bomb, "bomb.gz", 1_000_000)).rejects.toThrow(
    "bomb.gz: states 1000 unpacked bytes but holds more",
  );
});

test("refuses a short file that states 500 MB before it reserves anything for it", async () => {
  const liar = gzipSync("x");
  liar.writeUInt32LE(500_000_000, liar.length - 4);
  await expect(gunzip(liar, "f.gz", 2 ** 30)).rejects.toThrow(/at most 21672 bytes, its last bytes state 500000000/);
});

test("refuses a truncated file, a damaged one, and bytes after the end", async () => {
  const packed = gzipSync(text);
  await expect(gunzip(packed.subarray(0, 10), "f.gz", 1e6)).rejects.toThrow(
    "expected a gzip file of at least 18 bytes, got 10",
  );
  const cut = Buffer.concat([packed.subarray(0, packed.length / 2), packed.subarray(-4)]);
  await expect(gunzip(cut, "f.gz", 1e6)).rejects.toThrow("f.gz: the gzip stream is truncated or damaged after");
  const damaged = Buffer.from(packed);
  damaged[damaged.length - 6] ^= 1;
  await expect(gunzip(damaged, "f.gz", 1e6)).rejects.toThrow("f.gz: the gzip stream is truncated or damaged after");
  const size = packed.subarray(-4);
  await expect(gunzip(Buffer.concat([packed, Buffer.from("more"), size]), "f.gz", 1e6)).rejects.toThrow(
    "truncated or damaged",
  );
});
