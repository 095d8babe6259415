/**
 * Which entity of a model each cell and node of a mesh is written to, MSH 4.1.
 *
 * There a cell has its physical groups by its entity. Cells of one entity but different groups therefore go to different
 * entities: the first set of groups keeps the entity's tag, further ones get tags that are free.
 */

import { cellCount, dimensionOf, type Mesh, nodesPerElement } from "../mesh.ts";
import { asNumbers, integersOf } from "./data-values.ts";
import { gmshNames } from "./msh-elements.ts";

export interface Entity {
  readonly dimension: number;
  readonly tag: number;
  readonly physical: readonly number[];
  /** Least x, y, z and largest x, y, z of its nodes; not finite while there is none. */
  readonly box: number[];
}

export interface Classified {
  /** By dimension and tag, rising. */
  readonly entities: readonly Entity[];
  /** [cells] */
  readonly cellEntity: Int32Array;
  /** [points, 2]: dimension and tag. */
  readonly nodeEntity: ArrayLike<number>;
}

/**
 * Names of the arrays that are written as physical groups: "gmsh:physical", "gmsh:physical:2", ..., or those of the
 * groups of a mesh that comes from another format.
 */
export function physicalNames({ fields }: Mesh): string[] {
  const isTag = (name: string) => integersOf(fields.cellData.find((array) => array.name === name)) !== undefined;
  const layers = fields.cellData.flatMap(({ name }) =>
    /^gmsh:physical(:\d+)?$/.test(name) && isTag(name) ? [name] : [],
  );
  return layers.length > 0 ? layers : [...new Set(fields.groups.map(({ data }) => data))].filter(isTag);
}

/** The arrays of `physicalNames`. */
export function physicalArrays(mesh: Mesh): ArrayLike<number>[] {
  return physicalNames(mesh).map(
    (name) => integersOf(mesh.fields.cellData.find((array) => array.name === name)) as ArrayLike<number>,
  );
}

export function classify(mesh: Mesh): Classified {
  const layers = physicalArrays(mesh);
  const geometrical = integersOf(mesh.fields.cellData.find(({ name }) => name === gmshNames.geometrical));
  const entities = new Map<string, Entity>();
  const chosen = new Map<string, Entity>();
  let free = 2;
  for (let i = 0; i < (geometrical?.length ?? 0); i++) free = Math.max(free, (geometrical?.[i] ?? 0) + 1);
  const open = (dimension: number, tag: number, physical: readonly number[]) => {
    const entity: Entity = {
      dimension,
      tag,
      physical,
      box: [...Array(3).fill(Number.POSITIVE_INFINITY), ...Array(3).fill(Number.NEGATIVE_INFINITY)],
    };
    entities.set(`${dimension}:${tag}`, entity);
    return entity;
  };
  const cellEntity = new Int32Array(cellCount(mesh));
  let cell = 0;
  for (const { kind, nodes } of mesh.cells) {
    const dimension = dimensionOf[kind];
    for (let at = 0; at < nodes.length; at += nodesPerElement[kind], cell++) {
      const wanted = geometrical?.[cell] ?? 1;
      let key = `${dimension}:${wanted}`;
      for (const layer of layers) key += `:${layer[cell]}`;
      let entity = chosen.get(key);
      if (entity === undefined) {
        const physical = layers.map((layer) => Math.abs(layer[cell])).filter((tag) => tag !== 0);
        const taken = wanted <= 0 || entities.has(`${dimension}:${wanted}`);
        entity = open(dimension, taken ? free++ : wanted, [...new Set(physical)]);
        chosen.set(key, entity);
      }
      cellEntity[cell] = entity.tag;
      for (let i = at; i < at + nodesPerElement[kind]; i++) widen(entity.box, mesh.points, nodes[i]);
    }
  }
  const nodeEntity = nodeEntities(mesh, entities, open);
  const sorted = [...entities.values()].sort((a, b) => a.dimension - b.dimension || a.tag - b.tag);
  return { entities: sorted, cellEntity, nodeEntity };
}

/** Entities of the nodes as the mesh says, or one of the highest dimension for all of them. */
function nodeEntities(
  mesh: Mesh,
  entities: ReadonlyMap<string, Entity>,
  open: (dimension: number, tag: number, physical: readonly number[]) => Entity,
): ArrayLike<number> {
  const count = mesh.points.length / 3;
  const said = mesh.fields.pointData.find(({ name }) => name === gmshNames.dimTags);
  const values = said?.components === 2 ? asNumbers(said.values) : undefined;
  const fit = values?.every((value, i) => Number.isInteger(value) && value >= 0 && value < (i % 2 === 0 ? 4 : 2 ** 31));
  if (values === undefined || fit !== true) {
    let highest: Entity | undefined;
    for (const entity of entities.values()) if (entity.dimension > (highest?.dimension ?? -1)) highest = entity;
    const { dimension, tag, box } = highest ?? open(3, 1, []);
    for (let i = 0; i < count; i++) widen(box, mesh.points, i);
    return Int32Array.from({ length: 2 * count }, (_, i) => (i % 2 === 0 ? dimension : tag));
  }
  for (let i = 0; i < count; i++) {
    const [dimension, tag] = [values[2 * i], values[2 * i + 1]];
    widen((entities.get(`${dimension}:${tag}`) ?? open(dimension, tag, [])).box, mesh.points, i);
  }
  return values;
}

function widen(box: number[], points: Float64Array, node: number): void {
  for (let axis = 0; axis < 3; axis++) {
    const x = points[3 * node + axis];
    if (x < box[axis]) box[axis] = x;
    if (x > box[axis + 3]) box[axis + 3] = x;
  }
}
