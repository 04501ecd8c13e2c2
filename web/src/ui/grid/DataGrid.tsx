// A grid of any number of rows: only those in the window are drawn, and of them only the columns in the window. One stop of the Tab key; the
// focus stays on the grid and names the cell, so that a row that is scrolled away takes no focus with it.
import { useCallback, useEffect, useId, useImperativeHandle, useMemo, useState, type KeyboardEvent, type PointerEvent, type ReactNode, type Ref } from 'react';
import { lettersOff } from '../keys';
import { useLatest } from '../measure';
import { layoutOf, scrollTo } from './geometry';
import { GridHead } from './GridHead';
import { GridRow } from './GridRow';
import { go } from './gridKeys';
import type { GridColumn, GridHandle, LineLook, Place } from './types';
import { hideTip, tipFor } from './tip';
import { useScroll } from './useScroll';

interface Props<L> {
  label: string;
  total: number;
  at: (index: number) => L | undefined;
  look: (line: L, index: number) => LineLook;
  columns: readonly GridColumn<L>[];
  rowHeight: number;
  bare?: boolean;                                         // without heads
  selects?: boolean;                                      // rows can be selected
  tree?: boolean;
  need: (first: number, last: number) => void;            // these rows are in the window
  setWidth?: (id: string, width: number | null) => void;
  move?: (id: string, before: string | null) => void;
  hover?: (id: string | null) => void;
  press?: (event: KeyboardEvent, place: Place) => boolean;  // true: the key is used up
  handle?: Ref<GridHandle>;
  foot?: ReactNode;
}

const HEAD_PX = 30;
const MOST_PX = 14_000_000;  // that browsers lay out in one element

export function DataGrid<L>({ label, total, at, look, columns, rowHeight, bare, selects, tree, need, setWidth, move, hover, press, handle, foot }: Props<L>) {
  const id = useId();
  const headHeight = bare ? 0 : HEAD_PX;
  const layout = useMemo(() => layoutOf(columns.map((c) => c.width), columns.findLastIndex((c) => c.pinned) + 1), [columns]);
  const rows = Math.min(total, Math.floor(MOST_PX / rowHeight));
  const { box, size, window, look: lookAgain } = useScroll(layout, rowHeight, headHeight, rows);
  const [place, setPlace] = useState<Place>({ row: 0, column: Math.max(0, columns.findIndex((c) => !c.bare)) });
  const [focused, setFocused] = useState(false);
  const [openMenu, setOpenMenu] = useState<string | null>(null);
  const now = useLatest({ place, layout, columns, rows, need });
  const { first, last } = window.rows;
  useEffect(() => now.current.need(first, last), [first, last, rows, now]);

  const reveal = useCallback((row: number, column: number) => {
    const node = box.current;
    if (!node) return;
    const { layout: lay } = now.current;
    if (row >= 0) node.scrollTop = scrollTo(row, rowHeight, node.scrollTop, size.current.height - headHeight);
    const stays = lay.lefts[lay.pinned] ?? lay.total;
    if (column >= lay.pinned) {
      const [left, right] = [(lay.lefts[column] ?? 0) - stays, (lay.lefts[column] ?? 0) + (lay.widths[column] ?? 0)];
      if (left < node.scrollLeft) node.scrollLeft = left;
      else if (right > node.scrollLeft + size.current.width) node.scrollLeft = right - size.current.width;
    }
    lookAgain();
  }, [box, size, now, rowHeight, headHeight, lookAgain]);

  useImperativeHandle(handle, () => ({
    focus: () => box.current?.focus(),
    show: (row) => {
      setPlace((old) => ({ ...old, row }));
      reveal(row, -1);
    },
    place: () => now.current.place,
    rows: () => window.rows,
  }), [box, now, reveal, window.rows]);

  const key = (event: KeyboardEvent<HTMLDivElement>) => {
    if (event.target !== box.current || openMenu) return;
    const column = columns[place.column];
    if (place.row < 0 && event.key === 'Enter' && column) {
      event.preventDefault();
      if (column.menu && (event.altKey || !column.sort)) return setOpenMenu(column.id);
      return column.sort?.();
    }
    if (place.row < 0 && event.key === 'ArrowDown' && event.altKey && column?.menu) {
      event.preventDefault();
      return setOpenMenu(column.id);
    }
    if (press?.(event, place)) return event.preventDefault();
    if (event.altKey) return;
    const letters = !lettersOff() && !event.ctrlKey && !event.metaKey;
    const to = go(event.key, { ctrl: event.ctrlKey || event.metaKey, letters }, place, { rows, columns: columns.length, page: Math.max(1, Math.floor((size.current.height - headHeight) / rowHeight) - 1) });
    if (!to || (bare && to.row < 0)) return;
    event.preventDefault();
    setPlace(to);
    reveal(to.row, to.column);
  };
  const idOf = (event: PointerEvent) => (event.target as Element).closest<HTMLElement>('[data-id]')?.dataset.id ?? null;
  const pool = 2 ** Math.ceil(Math.log2(last - first + 2));
  const drawn = Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => first + i);
  const there = place.row < 0 ? !bare : place.row >= first && place.row <= last;
  return (
    <div
      ref={box}
      className="data-grid"
      role={tree ? 'treegrid' : 'grid'}
      aria-label={label}
      aria-rowcount={total + 1}
      aria-colcount={columns.length}
      aria-multiselectable={selects ? true : undefined}
      aria-activedescendant={focused && there ? `${id}-at` : undefined}
      tabIndex={0}
      onScroll={() => {
        hideTip();
        lookAgain();
      }}
      onKeyDown={key}
      onFocus={() => setFocused(true)}
      onBlur={() => setFocused(false)}
      onPointerOver={(event) => {
        if (event.pointerType === 'mouse') tipFor(event.target as Element);
        hover?.(idOf(event));
      }}
      onPointerLeave={() => {
        hideTip();
        hover?.(null);
      }}
      onPointerDown={(event) => {
        const row = (event.target as Element).closest<HTMLElement>('[data-row]');
        const cell = (event.target as Element).closest<HTMLElement>('[aria-colindex]');
        if (row) setPlace({ row: Number(row.dataset.row), column: cell ? Number(cell.getAttribute('aria-colindex')) - 1 : place.column });
      }}
    >
      {!bare && (
        <GridHead
          grid={id} columns={columns} layout={layout} span={window.columns} active={place.row < 0 ? place.column : -1} openMenu={openMenu} setOpenMenu={setOpenMenu} move={move}
          drawWidth={(i, width) => box.current?.style.setProperty(`--w${i}`, `${width}px`)}
          setWidth={(column, width) => {
            box.current?.style.removeProperty(`--w${columns.findIndex((c) => c.id === column)}`);
            setWidth?.(column, width);
          }}
        />
      )}
      <div role="rowgroup" className="grid-body" style={{ height: rows * rowHeight, width: layout.total }}>
        {drawn.map((index) => {
          const line = at(index);
          // A place in the window is used for the next row that comes into it: scrolling changes texts, it builds nothing.
          return <GridRow key={index % pool} grid={id} line={line} index={index} look={line === undefined ? undefined : look(line, index)} columns={columns} layout={layout} span={window.columns} rowHeight={rowHeight} active={focused && index === place.row ? place.column : -1} />;
        })}
      </div>
      {foot}
    </div>
  );
}
