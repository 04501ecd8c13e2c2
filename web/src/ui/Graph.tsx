// A layered graph in SVG with HTML nodes: links stay links, text stays text.
import { useLayoutEffect, useMemo, useRef, type ReactNode } from 'react';
import { layout, type GraphEdge, type GraphNode } from './graph';

interface Props<T extends GraphNode> {
  nodes: readonly T[];
  edges: readonly (GraphEdge & { dotted?: boolean })[];
  label: string;
  nodeWidth: number;
  nodeHeight: number;
  focus?: string;  // a node that is in sight, however wide the graph is
  children: (node: T) => ReactNode;
}

const GAP_X = 44;
const GAP_Y = 14;

export function Graph<T extends GraphNode>({ nodes, edges, label, nodeWidth, nodeHeight, focus, children }: Props<T>) {
  const placed = useMemo(() => layout(nodes, edges), [nodes, edges]);
  const rows = [...placed.values()].map((p) => p.row);
  const top = Math.min(0, ...rows);
  const x = (id: string) => (placed.get(id)?.layer ?? 0) * (nodeWidth + GAP_X);
  const y = (id: string) => ((placed.get(id)?.row ?? 0) - top) * (nodeHeight + GAP_Y);
  const width = Math.max(0, ...nodes.map((n) => x(n.id))) + nodeWidth;
  const height = Math.max(0, ...nodes.map((n) => y(n.id))) + nodeHeight;
  const box = useRef<HTMLDivElement>(null);
  const middle = focus !== undefined && placed.has(focus) ? x(focus) + nodeWidth / 2 : null;
  useLayoutEffect(() => {
    if (box.current && middle !== null) box.current.scrollLeft = middle - box.current.clientWidth / 2;
  }, [middle]);
  return (
    <div ref={box} className="graph-box" tabIndex={0} role="group" aria-label={label}>
      <div className="graph" style={{ width, height }}>
        <svg width={width} height={height} aria-hidden="true">
          {edges.map((e) => {
            const x1 = x(e.from) + nodeWidth;
            const x2 = x(e.to);
            const y1 = y(e.from) + nodeHeight / 2;
            const y2 = y(e.to) + nodeHeight / 2;
            const bend = Math.max(20, (x2 - x1) / 2);
            return <path key={`${e.from}>${e.to}`} className={e.dotted ? 'dotted' : undefined} d={`M${x1} ${y1}C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2 - 5} ${y2}M${x2 - 9} ${y2 - 4}l5 4l-5 4`} />;
          })}
        </svg>
        {nodes.map((n) => (
          <div key={n.id} className="graph-node" style={{ left: x(n.id), top: y(n.id), width: nodeWidth, height: nodeHeight }}>
            {children(n)}
          </div>
        ))}
      </div>
    </div>
  );
}
