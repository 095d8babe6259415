import { gunzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { readTar } from "./tar.ts";

/** Made by Python's tarfile in pax format: a folder, readme.html of "hello" with a pax header, data.bin of 700 bytes. */
const byPython = gunzipSync(
  Buffer.from(
    "H4sIAAAAAAACA0vOTEss0jU00E1KLEnOSC3WTcrM02egLjAAAjMTEzANBOg0JtvQ0MTIkEHBlIEOoLS4JLEIaD3DyAR6+nr6DgGJFR6piSmpRbSxA0e8I+Lc0Awt/g2MDI0YFCpG45/mwNBEITk/Nzc1r8T28EouhlEwwkAytvK/CFgY5KbqZZTk5tCn/DdFy//GpibA/G8wmv9pDjJSc3LyR7PBiAV6+lhLgJTEkkQ9IIMe7T9DI3MT9PxvaG4wmv/pAhiZmFlY2dg5OLm4eXj5+AUEhYRFRMXEJSSlpGVk5eQVFJWUVVTV1DU0tbR1dPX0gbFlbGJqZm5haWVtY2tn7+Do5Ozi6ubu4enl7ePr5x8QGBQcEhoWHhEZFR0TGxefkJiUnJKalp6RmZWdk5uXX1BYVFxSWlZeUVlVXVNbV9/Q2NTc0trW3tHZ1d3T29c/YeKkyVOmTps+Y+as2XPmzpu/YOGixUuWLlu+YuWq1WvWrlu/YeOmzVu2btu+Y+eu3Xv27tt/4OChw0eOHjt+4uSp02fOnjt/4eKly1euXrt+4+at23fu3rv/4OGjx0+ePnv+4uWr12/evnv/4eOnz1++fvv+4+ev33/+/vs/4v0/CkbBKBgFo2AUjIJRMApGwSgYBaNgFIyCUTAKRsEoGAWjYBSMglEwCoYVAADtK395ACgAAA==",
    "base64",
  ),
);

/** One ustar header with a right checksum. */
function tarHeader(name: string, size: number | string, type = "0"): Buffer {
  const header = Buffer.alloc(512);
  header.write(name, 0, "latin1");
  header.write(typeof size === "string" ? size : size.toString(8).padStart(11, "0"), 124, "latin1");
  header.write("        ", 148);
  header.write(type, 156);
  header.write("ustar\0" + "00", 257);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return header;
}

const end = Buffer.alloc(1024);

test("reads the files of an archive that Python wrote, past folders and pax headers", () => {
  const files = readTar(byPython, "a.tar");
  expect([...files.keys()]).toEqual(["cifar-10-batches-bin/readme.html", "cifar-10-batches-bin/data.bin"]);
  expect(Buffer.from(files.get("cifar-10-batches-bin/readme.html") ?? []).toString()).toBe("hello");
  expect(files.get("cifar-10-batches-bin/data.bin")).toHaveLength(700);
  expect(files.get("cifar-10-batches-bin/data.bin")?.[511]).toBe(255);
});

test.each(["../evil", "/etc/passwd", "a/../../evil", "a\\..\\evil", "C:evil"])("refuses the name %s", (name) => {
  expect(() => readTar(Buffer.concat([tarHeader(name, 0), end]), "a.tar")).toThrow(
    `a.tar: byte 0: names must stay inside the archive, got ${JSON.stringify(name)}`,
  );
});

test.each(["1", "2", "3", "4", "6", "L", "S"])("refuses an entry of type %s (links, devices, extensions)", (type) => {
  expect(() => readTar(Buffer.concat([tarHeader("a", 0, type), end]), "a.tar")).toThrow(
    `a must be a regular file or a folder, got tar type "${type}"`,
  );
});

test("refuses a size beyond the archive, one that is not octal, a wrong checksum and a missing end", () => {
  expect(() => readTar(Buffer.concat([tarHeader("a", 8 ** 11 - 1), end]), "a.tar")).toThrow(
    "a.tar: byte 0: a claims 8589934591 bytes, 1024 are left",
  );
  expect(() => readTar(Buffer.concat([tarHeader("a", "\x80\0\0\x01"), end]), "a.tar")).toThrow(
    "the size must be octal digits",
  );
  const broken = tarHeader("a", 0);
  broken[0] = 98;
  expect(() => readTar(Buffer.concat([broken, end]), "a.tar")).toThrow("the header's checksum must be");
  expect(() => readTar(tarHeader("a", 0), "a.tar")).toThrow("byte 512: the archive ends without its closing block");
});
