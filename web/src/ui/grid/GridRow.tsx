// One row: the columns that stay, then those of the window. It is rendered again only when its line, its look or the columns change.
import { memo, useLayoutEffect, useRef, type CSSProperties, type ReactNode } from 'react';
import type { Layout, Span } from './geometry';
import type { GridColumn, LineLook } from './types';

interface Props<L> {
  grid: string;             // id of the grid
  line: L | undefined;
  index: number;
  look: LineLook | undefined;
  columns: readonly GridColumn<L>[];
  layout: Layout;
  span: Span;
  rowHeight: number;
  active: number;           // column of the cell that has the focus; -1: none in this row
}

const sameLook = (a: LineLook | undefined, b: LineLook | undefined) => a === b || (a !== undefined && b !== undefined && a.id === b.id && a.selected === b.selected && a.className === b.className && a.level === b.level && a.expanded === b.expanded && a.label === b.label);

function Row<L>({ grid, line, index, look, columns, layout, span, rowHeight, active }: Props<L>) {
  const node = useRef<HTMLDivElement>(null);
  // What was written by hand belongs to the line that was here before.
  useLayoutEffect(() => node.current?.removeAttribute('data-lit'), [look?.id]);
  const cells: ReactNode[] = [];
  const put = (i: number) => {
    const column = columns[i];
    if (!column) return;
    const style: CSSProperties = { width: `var(--w${i}, ${layout.widths[i] ?? 0}px)` };
    if (i < layout.pinned) style.left = layout.lefts[i];
    const marks = ['cell', column.right && 'right', i < layout.pinned && 'stays', i === active && 'active'].filter(Boolean).join(' ');
    cells.push(
      <div key={i} id={i === active ? `${grid}-at` : undefined} role="gridcell" aria-colindex={i + 1} className={marks} style={style}>
        {line === undefined ? column.bare ? null : <i className="cell-none" /> : column.cell(line, index)}
      </div>,
    );
  };
  for (let i = 0; i < layout.pinned; i++) put(i);
  const gap = (layout.lefts[span.first] ?? 0) - (layout.lefts[layout.pinned] ?? layout.total);
  if (gap > 0) cells.push(<div key="gap" role="presentation" style={{ width: gap }} />);
  for (let i = span.first; i <= span.last; i++) put(i);
  return (
    <div
      ref={node}
      role="row"
      aria-rowindex={index + 2}
      aria-selected={look?.selected ?? false}
      aria-level={look?.level}
      aria-expanded={look?.expanded}
      aria-label={look?.label}
      data-id={look?.id}
      data-row={index}
      className={look?.className ? `grid-row ${look.className}` : 'grid-row'}
      style={{ transform: `translateY(${index * rowHeight}px)`, height: rowHeight, width: layout.total }}
    >
      {cells}
    </div>
  );
}

export const GridRow = memo(Row, (a, b) => a.line === b.line && a.index === b.index && sameLook(a.look, b.look) && a.columns === b.columns && a.layout === b.layout && a.span.first === b.span.first && a.span.last === b.span.last && a.rowHeight === b.rowHeight && a.active === b.active) as typeof Row;
