// The heads of columns: a click sorts, the right edge is drawn to a width, the head is dragged to another place, and a menu tells what else.
import { useRef, useState, type PointerEvent } from 'react';
import { S } from '../../strings';
import { Icon } from '../Icon';
import { Popover } from '../Popover';
import { dropPlace, type Layout, type Span } from './geometry';
import type { GridColumn } from './types';

interface Props<L> {
  grid: string;
  columns: readonly GridColumn<L>[];
  layout: Layout;
  span: Span;
  active: number;
  openMenu: string | null;
  setOpenMenu: (id: string | null) => void;
  drawWidth: (index: number, width: number) => void;   // while it is drawn
  setWidth: (id: string, width: number | null) => void;  // null: the usual one
  move?: ((id: string, before: string | null) => void) | undefined;
}

const DRAG_PX = 5;
const LEAST_PX = 48;

export function GridHead<L>(props: Props<L>) {
  const { columns, layout, span } = props;
  const row = useRef<HTMLDivElement>(null);
  const [drop, setDrop] = useState<number | null>(null);
  const fixed = columns.findIndex((c) => !c.fixed);
  const shown = [...Array.from({ length: layout.pinned }, (_, i) => i), ...Array.from({ length: Math.max(0, span.last - span.first + 1) }, (_, i) => span.first + i)];
  const gap = (layout.lefts[span.first] ?? 0) - (layout.lefts[layout.pinned] ?? layout.total);
  // Where the pointer is in the grid's own length: pinned columns are under it whatever is scrolled away.
  const place = (event: PointerEvent) => {
    const x = event.clientX - (row.current?.getBoundingClientRect().left ?? 0);
    return dropPlace(layout, x, fixed);
  };
  return (
    <div className="grid-head" role="rowgroup">
      <div className="grid-row" role="row" aria-rowindex={1} ref={row} style={{ width: layout.total }}>
        {shown.flatMap((i) => [
          i === span.first && gap > 0 ? <div key="gap" role="presentation" style={{ width: gap }} /> : null,
          columns[i] && <HeadCell key={columns[i].id} {...props} index={i} column={columns[i]} place={place} drop={drop} setDrop={setDrop} />,
        ])}
      </div>
    </div>
  );
}

interface CellProps<L> extends Props<L> {
  index: number;
  column: GridColumn<L>;
  place: (event: PointerEvent) => number;
  drop: number | null;
  setDrop: (place: number | null) => void;
}

function HeadCell<L>({ grid, columns, column, index, layout, active, openMenu, setOpenMenu, drawWidth, setWidth, move, place, drop, setDrop }: CellProps<L>) {
  const moved = useRef(false);
  const stays = index < layout.pinned;
  const grab = (event: PointerEvent<HTMLElement>) => {
    if (!move || column.fixed || event.button !== 0) return;
    const from = event.clientX;
    moved.current = false;
    const go = (e: globalThis.PointerEvent) => {
      if (!moved.current && Math.abs(e.clientX - from) < DRAG_PX) return;
      moved.current = true;
      setDrop(place(e as unknown as PointerEvent));
    };
    const end = (e: globalThis.PointerEvent) => {
      removeEventListener('pointermove', go);
      setDrop(null);
      if (!moved.current) return;
      const to = place(e as unknown as PointerEvent);
      if (to !== index && to !== index + 1) move(column.id, columns[to]?.id ?? null);
    };
    addEventListener('pointermove', go);
    addEventListener('pointerup', end, { once: true });
  };
  const draw = (event: PointerEvent<HTMLElement>) => {
    event.stopPropagation();
    event.preventDefault();
    const [from, first] = [event.clientX, layout.widths[index] ?? 0];
    let width = first;
    const go = (e: globalThis.PointerEvent) => {
      width = Math.max(column.least ?? LEAST_PX, first + e.clientX - from);
      drawWidth(index, width);
    };
    const end = () => {
      removeEventListener('pointermove', go);
      setWidth(column.id, width);
    };
    addEventListener('pointermove', go);
    addEventListener('pointerup', end, { once: true });
  };
  const marks = ['cell', column.right && 'right', stays && 'stays', index === active && 'active', drop === index && 'drop', drop === columns.length && index === columns.length - 1 && 'drop-end'].filter(Boolean).join(' ');
  const name = column.full ?? column.head;
  return (
    <div id={index === active ? `${grid}-at` : undefined} role="columnheader" aria-colindex={index + 1} aria-sort={column.sorted} className={marks} style={{ width: `var(--w${index}, ${layout.widths[index] ?? 0}px)`, ...(stays ? { left: layout.lefts[index] } : {}) }} onPointerDown={grab}>
      {column.bare ? (
        <span className="hidden">{column.head}</span>
      ) : column.sort ? (
        <button type="button" tabIndex={-1} className="head-sort" aria-label={S.runs.sortBy(name)} data-tip={name !== column.head ? name : undefined} onClick={() => !moved.current && column.sort?.()}>
          <span className="clip">{column.head}</span>
          <span className="head-arrow" aria-hidden="true">{column.sorted === 'descending' ? '↓' : column.sorted === 'ascending' ? '↑' : ''}</span>
        </button>
      ) : (
        <span className="clip">{column.head}</span>
      )}
      {column.menu && (
        <Popover label={S.grid.menu(name)} className="head-menu" quiet tabIndex={-1} open={openMenu === column.id} setOpen={(open) => setOpenMenu(open ? column.id : null)} button={<Icon name="chevron" size={12} />}>
          {column.menu(() => setOpenMenu(null))}
        </Popover>
      )}
      {!column.fixed && <span className="head-edge" aria-hidden="true" onPointerDown={draw} onDoubleClick={() => setWidth(column.id, null)} />}
    </div>
  );
}
