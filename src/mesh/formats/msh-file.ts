/** A Gmsh file while it is read: its numbers, as text or binary, and what the sections have given so far. */

import { type DataArray, nodesPerElement } from "../mesh.ts";
import { CellCollector, type ReadOptions, refuseCell } from "./cell-collector.ts";
import { type GmshType, gmshTypes } from "./msh-elements.ts";
import type { NodeTags } from "./node-tags.ts";
import type { Scanner } from "./scanner.ts";

export interface PhysicalGroup {
  readonly dimension: 0 | 1 | 2 | 3;
  readonly tag: number;
  readonly name: string;
}

export class MshFile {
  readonly scanner: Scanner;
  readonly options: ReadOptions;
  readonly binary: boolean;
  /** Bytes of a size_t in binary files: 4 or 8. */
  readonly sizeBytes: number;
  readonly version: 2 | 4;
  readonly names: PhysicalGroup[] = [];
  /** Physical tags of entities, by "dimension:tag"; MSH 4 only. */
  readonly entities = new Map<string, readonly number[]>();
  points: Float64Array | undefined;
  nodeTags: Float64Array | undefined;
  nodes: NodeTags | undefined;
  dimTags: Int32Array | undefined;
  readonly collector = new CellCollector();
  readonly elementTags: number[] = [];
  readonly geometrical: number[] = [];
  /** Physical tags of each element: one in MSH 2, those of its entity in MSH 4. */
  readonly physical: (readonly number[])[] = [];
  readonly pointData: DataArray[] = [];
  readonly cellData: DataArray[] = [];

  constructor(
    scanner: Scanner,
    options: ReadOptions,
    { binary, sizeBytes, version }: { binary: boolean; sizeBytes: number; version: 2 | 4 },
  ) {
    this.scanner = scanner;
    this.options = options;
    this.binary = binary;
    this.sizeBytes = sizeBytes;
    this.version = version;
  }

  int(what: string, least = -(2 ** 31), most = 2 ** 31 - 1): number {
    if (!this.binary) return this.scanner.integer(what, least, most);
    return this.inRange(this.scanner.int32(what), what, least, most, 4);
  }

  size(what: string, most = Number.MAX_SAFE_INTEGER): number {
    if (!this.binary) return this.scanner.integer(what, 0, most);
    const value = this.sizeBytes === 4 ? this.scanner.int32(what) >>> 0 : this.scanner.uint64(what);
    return this.inRange(value, what, 0, most, this.sizeBytes);
  }

  double(what: string): number {
    return this.binary ? this.scanner.float64(what) : this.scanner.number(what);
  }

  /** A finite double. */
  coordinate(what: string): number {
    if (!this.binary) return this.scanner.coordinate(what);
    const value = this.scanner.float64(what);
    if (Number.isFinite(value)) return value;
    throw this.scanner.error(
      `${what} must be finite, got ${value}; mend it in the program that wrote the file`,
      this.scanner.at - 8,
    );
  }

  /** A size_t that counts things of at least this many bytes in text and in binary. */
  count(what: string, textBytes: number, binaryBytes: number): number {
    const start = this.scanner.next;
    const value = this.size(what);
    this.scanner.believe(what, value, this.binary ? binaryBytes : textBytes, start);
    return value;
  }

  /** Number of a node or element: an int in MSH 2, a size_t in MSH 4. */
  tag(what: string): number {
    return this.version === 2 ? this.int(what, 0) : this.size(what);
  }

  elementType(code: number, at: number): GmshType {
    const { scanner, options } = this;
    const type = gmshTypes.get(code);
    if (type !== undefined && (type.linear || options.linearise === true)) return type;
    const where = `${scanner.file}: ${scanner.place(at)}`;
    if (type === undefined) throw refuseCell(where, `element of type ${code}`, false);
    throw refuseCell(where, `quadratic ${type.kind} (type ${code}, ${type.nodes} nodes)`, true);
  }

  /** Reads the nodes of an element into `nodes` as indices of points. */
  readElementNodes(type: GmshType, element: number, nodes: number[]): void {
    const { scanner } = this;
    for (let i = 0; i < type.nodes; i++) {
      const at = scanner.next;
      const tag = this.tag("a node of an element");
      nodes[i] = this.nodes?.get(tag) ?? -1;
      if (nodes[i] < 0) {
        throw scanner.error(
          `element ${element} (${type.kind}) names node ${tag}, which $Nodes does not have; the file is damaged: write it again`,
          at,
        );
      }
    }
    this.collector.add(type.kind, nodes);
    if (!type.linear) this.collector.drop(nodes, nodesPerElement[type.kind], type.nodes);
  }

  private inRange(value: number, what: string, least: number, most: number, bytes: number): number {
    if (value >= least && value <= most) return value;
    throw this.scanner.error(
      `${what} must be a whole number from ${least} to ${most}, got ${value}; the file is damaged: write it again`,
      this.scanner.at - bytes,
    );
  }
}
