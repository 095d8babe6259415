import { readFileSync } from "node:fs";
import { join } from "node:path";
import { deflateSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { readMesh, writeMesh } from "./formats.ts";

const fixture = (name: string) => readFileSync(join(import.meta.dirname, "fixtures", name));
const read = (text: string | Uint8Array, notes: string[] = []) =>
  readMesh(Buffer.from(text as string), { name: "f", onNote: (note) => notes.push(note) });

/** A piece of one triangle at height z, with one array on its points. */
function piece(z: number, data = `<DataArray type="Int32" Name="n" format="ascii">${z} ${z} ${z}</DataArray>`): string {
  return `<Piece NumberOfPoints="3" NumberOfCells="1">
<PointData>${data}</PointData>
<Points><DataArray type="Float32" NumberOfComponents="3" format="ascii">0 0 ${z} 1 0 ${z} 0 1 ${z}</DataArray></Points>
<Cells>
<DataArray type="Int32" Name="connectivity" format="ascii">0 1 2</DataArray>
<DataArray type="Int32" Name="offsets" format="ascii">3</DataArray>
<DataArray type="UInt8" Name="types" format="ascii">5</DataArray>
</Cells>
</Piece>`;
}

function file(inside: string, attributes = ""): string {
  return `<VTKFile type="UnstructuredGrid" byte_order="LittleEndian"${attributes}><UnstructuredGrid>${inside}</UnstructuredGrid></VTKFile>`;
}

/** A file whose three points are the given run of base64. */
function withPoints(base64: string, attributes = ""): string {
  return file(piece(0, "").replace(/format="ascii">0 0 0 1.*?</, `format="binary">${base64}<`), attributes);
}

const triangle = Float32Array.of(0, 0, 5, 1, 0, 5, 0, 1, 5);
const raw = Buffer.from(triangle.buffer);
const uint32 = (...values: number[]) => Buffer.from(Uint32Array.from(values).buffer);

describe("pieces", () => {
  test("two pieces of a triangle are 6 points, 2 cells and their data one after the other", async () => {
    const mesh = await read(file(piece(0) + piece(7)));
    expect(mesh.points.length).toBe(18);
    expect(mesh.cells).toEqual([{ kind: "triangle", nodes: Int32Array.of(0, 1, 2, 3, 4, 5) }]);
    expect(mesh.fields.pointData).toEqual([{ name: "n", components: 1, values: Int32Array.of(0, 0, 0, 7, 7, 7) }]);
  });

  test("data that one piece has in another type are left out, and the caller is told", async () => {
    const notes: string[] = [];
    const other = '<DataArray type="Int64" Name="n" format="ascii">1 2 3</DataArray>';
    const mesh = await read(file(piece(0) + piece(7, other)), notes);
    expect(mesh.fields.pointData).toEqual([]);
    expect(notes).toEqual(['"n" is not kept: not every piece has it with 1 components of Int32']);
  });

  test("a grid of no piece, and a piece of nothing, are meshes of nothing", async () => {
    expect((await read(file(""))).points.length).toBe(0);
    expect((await read(file('<Piece NumberOfPoints="0" NumberOfCells="0"/>'))).cells).toEqual([]);
  });
});

describe("ways to keep numbers", () => {
  test("size and values in one run of base64, or the size in a run of its own", async () => {
    for (const runs of [
      Buffer.concat([uint32(36), raw]).toString("base64"),
      uint32(36).toString("base64") + raw.toString("base64"),
      ` ${uint32(36).toString("base64")}\n ${raw.toString("base64").replace(/(.{16})/g, "$1\n")} `,
    ]) {
      expect([...(await read(withPoints(runs))).points]).toEqual([...triangle]);
    }
  });

  test("zlib in blocks of 16 bytes, the last of 4; and in whole blocks, whose last size is 0", async () => {
    const zlib = ' compressor="vtkZLibDataCompressor"';
    for (const [size, last] of [
      [16, 4],
      [12, 0],
      [36, 0],
    ]) {
      const count = Math.ceil(36 / size);
      const blocks = Array.from({ length: count }, (_, i) => deflateSync(raw.subarray(i * size, (i + 1) * size)));
      const sizes = uint32(count, size, last, ...blocks.map(({ length }) => length));
      const text = sizes.toString("base64") + Buffer.concat(blocks).toString("base64");
      expect([...(await read(withPoints(text, zlib))).points]).toEqual([...triangle]);
    }
  });

  test("writing packs a zlib block per MiB and says UInt64 sizes", async () => {
    const points = Float64Array.from({ length: 3 * 50_000 }, (_, i) => i % 1000);
    const mesh = { points, cells: [], fields: { pointData: [], cellData: [], groups: [] } };
    const bytes = await writeMesh(mesh, { format: "vtu", binary: true, compress: true });
    const text = new TextDecoder().decode(bytes);
    expect(text).toContain('header_type="UInt64" compressor="vtkZLibDataCompressor"');
    const header = Buffer.from(/Name="Points".*>\n(.{44})/.exec(text)?.[1] ?? "", "base64");
    // 1,200,000 bytes: a whole block and the rest.
    expect([header.readBigUInt64LE(0), header.readBigUInt64LE(8), header.readBigUInt64LE(16)]).toEqual([
      2n,
      1048576n,
      151424n,
    ]);
    expect(bytes.length).toBeLessThan(30_000);
    expect((await readMesh(bytes, { name: "f" })).points).toEqual(points);
  });
});

describe("refusals name the line, the rule, the value and the cure", () => {
  const zlib = ' compressor="vtkZLibDataCompressor"';
  const packed = deflateSync(raw);
  const bomb = deflateSync(Buffer.alloc(10 ** 6));
  const runs = (header: Buffer, body: Buffer) => header.toString("base64") + body.toString("base64");
  test.each([
    [
      "a surface",
      file("").replace("UnstructuredGrid", "PolyData"),
      'f: line 1: the file must be a VTKFile of type UnstructuredGrid, got <VTKFile> of type "PolyData"; convert it',
    ],
    [
      "a size beyond the data",
      withPoints(runs(uint32(37), raw)),
      'f: line 3: DataArray "without a name": states 37 bytes and holds fewer; the file is damaged',
    ],
    ["a size of 4 GiB", withPoints(runs(uint32(2 ** 32 - 1), raw)), "states 4294967295 bytes and holds fewer"],
    [
      "a size that is no whole number of values",
      withPoints(runs(uint32(35), raw)),
      "must hold whole Float32 of 4 bytes, got 35 bytes",
    ],
    ["too few values", withPoints(runs(uint32(32), raw)), "must hold 3 x 3 numbers, got 8"],
    ["no base64", withPoints("!!!!"), "must begin with its size in bytes"],
    [
      "4 billion blocks",
      withPoints(runs(uint32(2 ** 32 - 1, 36, 0, 5), packed), zlib),
      "states 4294967295 blocks and holds the sizes of fewer",
    ],
    [
      "blocks larger than packed ones can be",
      withPoints(runs(uint32(1, 2 ** 31, 0, packed.length), packed), zlib),
      "states 2147483648 bytes, which its blocks cannot hold",
    ],
    [
      "a block that holds more than stated",
      withPoints(runs(uint32(1, 36, 0, bomb.length), bomb), zlib),
      "block 0 of 1: it holds more than the 36 bytes stated",
    ],
    [
      "a block that holds less than stated",
      withPoints(runs(uint32(1, 40, 0, packed.length), packed), zlib),
      "block 0 of 1: it holds 36 of the 40 bytes stated",
    ],
    [
      "a block that is no zlib",
      withPoints(runs(uint32(1, 36, 0, 36), raw), zlib),
      "block 0 of 1: it is damaged after 0 bytes",
    ],
    [
      "a point that is not there",
      file(piece(0).replace("0 1 2<", "0 1 3<")),
      "f: line 1: cell 0 (triangle) names point 3; points are 0 to 2",
    ],
    [
      "offsets that fall",
      file(piece(0).replace(">3<", ">-3<")),
      "connectivity must be the -3 whole numbers that offsets end at, got 3 numbers",
    ],
    [
      "infinite coordinates",
      file(piece(0).replace("1 0 0", "inf 0 0")),
      "f: line 3: coordinates must be finite, point 1 has Infinity",
    ],
    [
      "a count that is none",
      file(piece(0).replace('"3"', '"1e9"')),
      'f: line 1: NumberOfPoints must be a count below 2^31, got "1e9"',
    ],
    [
      "no cells",
      file(piece(0).replace('"offsets"', '"ofsets"')),
      "f: line 1: Cells must have a DataArray named offsets",
    ],
    [
      "an unknown type",
      file(piece(0).replace('"Float32"', '"Float16"')),
      'f: line 3: a DataArray\'s type must be one of Float64, Float32, Int64, UInt64, Int32, UInt32, Int16, UInt16, Int8, UInt8, got "Float16"',
    ],
    [
      "appended data that are not there",
      file(piece(0).replace('format="ascii">0 0 0', 'format="appended" offset="0">0 0 0')),
      'must have an offset into AppendedData, got "0"',
    ],
    [
      "an offset beyond the file",
      fixture("vtk97-appended-raw.vtu").toString("latin1").replace('offset="268"', 'offset="99999"'),
      'must have an offset into AppendedData, got "99999"',
    ],
  ])("%s", async (_, text, message) => {
    await expect(readMesh(Buffer.from(text, "latin1"), { name: "f" })).rejects.toThrow(message);
  });

  test("data packed with LZ4, as VTK can be told to", async () => {
    await expect(readMesh(fixture("vtk97-lz4.vtu"), { name: "f" })).rejects.toThrow(
      'f: line 2: compressor must be none or vtkZLibDataCompressor, got "vtkLZ4DataCompressor"; write the file so',
    );
  });
});
