// Layered layout, left to right: a node stands right of all it depends on; rows are ordered by the middle of their neighbours.
export interface GraphNode {
  id: string;
  layer?: number;  // fixed, else the longest way from a root
}

export interface GraphEdge {
  from: string;
  to: string;
}

export interface Placed {
  layer: number;
  row: number;
}

const SWEEPS = 4;

export function layout(nodes: readonly GraphNode[], edges: readonly GraphEdge[]): Map<string, Placed> {
  const layerOf = layers(nodes, edges);
  const columns: string[][] = [];
  for (const node of nodes) (columns[layerOf.get(node.id) ?? 0] ??= []).push(node.id);
  const row = new Map<string, number>();
  const settle = () => columns.forEach((column) => column?.forEach((id, i) => row.set(id, i - (column.length - 1) / 2)));
  settle();
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    const forward = sweep % 2 === 0;
    for (const column of forward ? columns : [...columns].reverse()) {
      column?.sort((a, b) => middle(a, edges, row, forward) - middle(b, edges, row, forward));
      column?.forEach((id, i) => row.set(id, i - (column.length - 1) / 2));
    }
  }
  return new Map(nodes.map((n) => [n.id, { layer: layerOf.get(n.id) ?? 0, row: row.get(n.id) ?? 0 }]));
}

function layers(nodes: readonly GraphNode[], edges: readonly GraphEdge[]): Map<string, number> {
  const layer = new Map(nodes.map((n) => [n.id, n.layer ?? 0]));
  const free = new Set(nodes.filter((n) => n.layer === undefined).map((n) => n.id));
  for (let pass = 0; pass < nodes.length; pass++) {
    let moved = false;
    for (const { from, to } of edges) {
      const next = (layer.get(from) ?? 0) + 1;
      if (free.has(to) && layer.has(from) && (layer.get(to) ?? 0) < next && next <= nodes.length) {
        layer.set(to, next);
        moved = true;
      }
    }
    if (!moved) break;
  }
  const least = Math.min(0, ...layer.values());
  return new Map([...layer].map(([id, l]) => [id, l - least]));
}

function middle(id: string, edges: readonly GraphEdge[], row: Map<string, number>, forward: boolean): number {
  const near = edges.filter((e) => (forward ? e.to : e.from) === id).map((e) => row.get(forward ? e.from : e.to) ?? 0);
  return near.length ? near.reduce((a, b) => a + b, 0) / near.length : (row.get(id) ?? 0);
}
