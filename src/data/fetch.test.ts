import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { sha256 } from "./content-hash.ts";
import { fetchDataset } from "./fetch.ts";
import { fetchSet } from "./files/fetch-set.ts";
import { datasetInfo } from "./info.ts";
import { loadDataset } from "./load.ts";
import type { PublishedSet } from "./sources/published.ts";

let server: Server;
let base = "";
let root = "";
let requests: string[] = [];
/** What the loopback server has, by path; a function answers as it likes. */
const served = new Map<string, Uint8Array>();

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "gradientflow-fetch-"));
  server = createServer((request, response) => {
    requests.push(request.url ?? "");
    const body = served.get(request.url ?? "");
    if (body === undefined) response.writeHead(404).end();
    else if (request.url?.startsWith("/broken")) {
      response.writeHead(200, { "content-length": body.length + 100 });
      response.write(body, () => response.destroy());
    } else response.writeHead(200, { "content-length": body.length }).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  base = typeof address === "object" && address !== null ? `http://127.0.0.1:${address.port}` : "";
});
afterAll(async () => {
  server.close();
  await rm(root, { recursive: true });
});
beforeEach(() => {
  requests = [];
  served.clear();
});

const content = new TextEncoder().encode("one two three four five six seven eight");

async function gzSet(bases: string[]): Promise<PublishedSet> {
  return {
    name: "own",
    files: [{ name: "a.bin", sizeBytes: content.length, sha256: await sha256(content) }],
    download: { kind: "gz-files", bases },
    parse: () => {
      throw new Error("not parsed here");
    },
  };
}

/** An archive with one file inside/a.bin. */
function tar(name: string, body: Uint8Array): Buffer {
  const header = Buffer.alloc(512);
  header.write(name);
  header.write(body.length.toString(8).padStart(11, "0"), 124);
  header.write("        ", 148);
  header.write("0", 156);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return Buffer.concat([header, body, Buffer.alloc(512 - (body.length % 512) + 1024)]);
}

async function archiveSet(archive: Uint8Array, inside: string): Promise<PublishedSet> {
  const set = await gzSet([]);
  const url = `${base}/set.tar.gz`;
  return {
    ...set,
    download: { kind: "archive", url, sizeBytes: archive.length, sha256: await sha256(archive), inside },
  };
}

describe("single files", () => {
  test("a file comes whole under its name, with progress; the second time nothing is asked for", async () => {
    const folder = await mkdtemp(join(root, "a-"));
    served.set("/a.bin.gz", gzipSync(content));
    const seen: number[] = [];
    const set = await gzSet([base]);
    const first = await fetchSet(set, { folder, onProgress: ({ receivedBytes }) => seen.push(receivedBytes) });
    expect(first).toEqual({
      name: "own",
      folder: join(folder, "own"),
      files: [{ name: "a.bin", action: "fetched", sizeBytes: content.length }],
    });
    expect(seen.at(-1)).toBe(gzipSync(content).length);
    expect(await readdir(join(folder, "own"))).toEqual(["a.bin.gz"]);
    expect((await fetchSet(set, { folder })).files[0].action).toBe("kept");
    expect(requests).toEqual(["/a.bin.gz"]);
  });

  test("where the first address fails the second is used, and a damaged file already there is replaced", async () => {
    const folder = await mkdtemp(join(root, "b-"));
    served.set("/good/a.bin.gz", gzipSync(content));
    await mkdir(join(folder, "own"));
    await writeFile(join(folder, "own", "a.bin.gz"), "damaged");
    await fetchSet(await gzSet([`${base}/bad`, `${base}/good/`]), { folder });
    expect(requests).toEqual(["/bad/a.bin.gz", "/good/a.bin.gz"]);
    expect(new Uint8Array(await readFile(join(folder, "own", "a.bin.gz")))).toEqual(new Uint8Array(gzipSync(content)));
  });

  const wrong: [string, () => void, string | RegExp][] = [
    [
      "other content",
      () => served.set("/a.bin.gz", gzipSync(content.toReversed())),
      /must be the published a.bin of 39 bytes .* got SHA-256/,
    ],
    ["no gzip", () => served.set("/a.bin.gz", content), "expected a gzip file"],
    ["404", () => undefined, "/a.bin.gz: answered 404 Not Found"],
    ["more than can be", () => served.set("/a.bin.gz", new Uint8Array(1e6)), "sent more than the 65576 bytes expected"],
    ["a bomb", () => served.set("/a.bin.gz", gzipSync(new Uint8Array(3e7))), "must unpack to at most 39 bytes"],
  ];
  test.each(wrong)(
    "%s is refused, says how to get the file otherwise, and leaves no file behind",
    async (_, serve, message) => {
      const folder = await mkdtemp(join(root, "c-"));
      serve();
      const promise = fetchSet(await gzSet([base]), { folder });
      await expect(promise).rejects.toThrow(message);
      await expect(promise).rejects.toThrow(`By hand: put a.bin.gz from ${base} into ${folder}/own.`);
      await expect(promise).rejects.toMatchObject({ name: "EnvironmentError" });
      expect(await readdir(join(folder, "own"))).toEqual([]);
    },
  );

  test("a connection that breaks off is refused with the bytes that came", async () => {
    const folder = await mkdtemp(join(root, "d-"));
    served.set("/broken/a.bin.gz", gzipSync(content));
    await expect(fetchSet(await gzSet([`${base}/broken`]), { folder })).rejects.toThrow(/broke off after \d+ bytes/);
    expect(await readdir(join(folder, "own"))).toEqual([]);
  });

  test("a folder that cannot be made is said before anything is fetched", async () => {
    const file = join(root, "file");
    await writeFile(file, "");
    await expect(fetchSet(await gzSet([base]), { folder: file })).rejects.toThrow(
      `${file}/own: cannot make this folder`,
    );
    expect(requests).toEqual([]);
  });

  test("an aborted fetch stops with the signal's reason", async () => {
    const folder = await mkdtemp(join(root, "e-"));
    await expect(fetchSet(await gzSet([base]), { folder, signal: AbortSignal.abort() })).rejects.toMatchObject({
      name: "AbortError",
    });
  });
});

describe("archives", () => {
  test("the wanted files are unpacked, the archive is not kept", async () => {
    const folder = await mkdtemp(join(root, "f-"));
    const archive = gzipSync(tar("inside/a.bin", content));
    served.set("/set.tar.gz", archive);
    await fetchSet(await archiveSet(archive, "inside"), { folder });
    expect(await readdir(join(folder, "own"))).toEqual(["a.bin"]);
    expect(new Uint8Array(await readFile(join(folder, "own", "a.bin")))).toEqual(content);
  });

  test("another archive of the same length, one without the file, and one with a name that leads out are refused", async () => {
    const folder = await mkdtemp(join(root, "g-"));
    const archive = gzipSync(tar("inside/a.bin", content));
    served.set("/set.tar.gz", Uint8Array.from(archive).reverse());
    await expect(fetchSet(await archiveSet(archive, "inside"), { folder })).rejects.toThrow(
      /must have SHA-256 [0-9a-f]{64}, got/,
    );
    served.set("/set.tar.gz", archive);
    await expect(fetchSet(await archiveSet(archive, "other"), { folder })).rejects.toThrow(
      "must hold other/a.bin, got inside/a.bin",
    );
    const evil = gzipSync(tar("../a.bin", content));
    served.set("/set.tar.gz", evil);
    await expect(fetchSet(await archiveSet(evil, ".."), { folder })).rejects.toThrow(
      "names must stay inside the archive",
    );
    await expect(stat(join(folder, "a.bin"))).rejects.toThrow("ENOENT");
  });
});

describe("fetchDataset", () => {
  test("without a network it is the surroundings' fault, and Debian's package is offered", async () => {
    const fetch = (): Promise<Response> =>
      Promise.reject(new TypeError("fetch failed", { cause: new Error("ENOTFOUND") }));
    const promise = fetchDataset("fashion-mnist", { folder: root, fetch });
    await expect(promise).rejects.toMatchObject({ name: "EnvironmentError" });
    await expect(promise).rejects.toThrow("could not be reached (ENOTFOUND)");
    await expect(promise).rejects.toThrow("On Debian or Ubuntu: apt-get install dataset-fashion-mnist.");
  });

  test("loading with fetchMissing fetches what is not there, and only then", async () => {
    const asked: string[] = [];
    const fetch = (url: unknown): Promise<Response> => {
      asked.push(String(url));
      return Promise.resolve(new Response("gone", { status: 410 }));
    };
    const folder = await mkdtemp(join(root, "i-"));
    await expect(loadDataset("mnist", { folder })).rejects.toThrow("none has them");
    expect(asked).toEqual([]);
    await expect(loadDataset("mnist", { folder, fetchMissing: { fetch } })).rejects.toThrow("answered 410");
    expect(asked).toEqual([
      "https://storage.googleapis.com/cvdf-datasets/mnist/train-images-idx3-ubyte.gz",
      "https://ossci-datasets.s3.amazonaws.com/mnist/train-images-idx3-ubyte.gz",
    ]);
  });

  test("sets that need no fetching are refused, and unknown ones", async () => {
    await expect(fetchDataset("digits")).rejects.toThrow(
      "fetchDataset: digits needs no fetching; sets to fetch are fashion-mnist, mnist, cifar-10, cifar-100",
    );
    await expect(fetchDataset("mnis")).rejects.toThrow("Did you mean mnist?");
  });

  const debian = "/usr/share/datasets/fashion-mnist";
  test("Debian's Fashion-MNIST files, served from loopback, are accepted by content, found and loaded", async (context) => {
    if ((await datasetInfo("fashion-mnist")).folder !== debian)
      context.skip("the package dataset-fashion-mnist is not installed");
    const cache = await mkdtemp(join(root, "h-"));
    vi.stubEnv("GRADIENTFLOW_DATA", cache);
    for (const name of await readdir(debian)) served.set(`/${name}`, await readFile(join(debian, name)));
    const report = await fetchDataset("fashion-mnist", { mirror: base });
    expect(report.files.map(({ action }) => action)).toEqual(["fetched", "fetched", "fetched", "fetched"]);
    expect((await fetchDataset("fashion-mnist", { mirror: base })).files.map(({ action }) => action)).toEqual(
      new Array(4).fill("kept"),
    );
    expect((await datasetInfo("fashion-mnist")).folder).toBe(join(cache, "fashion-mnist"));
    const set = await loadDataset("fashion-mnist");
    expect(set.sha256).toBe("688e9088cb711d925238d54773962e84feaf866e23071d01faeb6b24a613aac6");
    vi.unstubAllEnvs();
  });
});
