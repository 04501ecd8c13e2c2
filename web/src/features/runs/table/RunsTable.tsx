// The table of runs: a window on all of them, in which they are found, selected, drawn and opened.
import { useQuery } from '@tanstack/react-query';
import { useRouter } from '@tanstack/react-router';
import { useCallback, useEffect, useMemo, useRef, useState, type KeyboardEvent, type ReactNode, type Ref } from 'react';
import type { Schemas } from '../../../api/client';
import { seenRunsQuery, type RunRow } from '../../../api/runTable';
import type { RunsWish } from '../../../api/queries';
import { useLater } from '../../../ui/later';
import { DataGrid } from '../../../ui/grid/DataGrid';
import type { GridHandle, LineLook, Place } from '../../../ui/grid/types';
import { copyText } from '../../../ui/Feedback';
import { S } from '../../../strings';
import { toast } from '../../../ui/Toast';
import type { HoverBus } from '../hover';
import type { Source } from '../lines';
import { RunPages } from '../pages';
import type { Shown } from '../shown';
import { columnsOf } from './runColumns';
import { groupId, isGroup, useLines, type TableRow } from './useLines';
import type { Marks } from './useMarks';
import { useMarks } from './useMarks';
import { useWidths } from './useWidths';
import type { Wanted } from './wanted';

export interface TableActs {
  toggleShown: (row: TableRow) => void;
  setSort: (sort: string | undefined) => void;
  moveColumn: (id: string, before: string | null) => void;
  compare: (ids: string[]) => void;
  editColumns: () => void;
  menu: (text: string, close: () => void) => ReactNode;
}

interface Props {
  source: Source<TableRow>;
  version: number;
  wish: RunsWish;
  wanted: Wanted;
  texts: string[];
  server: Schemas['RunColumn'][];
  sample: readonly RunRow[];
  children: ReadonlyMap<string, number> | null;
  by: Schemas['RunColumn'][];
  figures: string[];
  shown: ReadonlyMap<string, Shown>;
  pinned: readonly string[];
  sort: string | undefined;
  bus: HoverBus;
  acts: TableActs;
  handle: Ref<GridHandle>;
  bar: (marks: Marks) => ReactNode;
}

const ROW_PX = 28;
const STILL_MS = 150;
const MOST_SEEN = 120;

export function RunsTable(props: Props) {
  const { source, version, wish, wanted, texts, server, sample, children, by, figures, shown, pinned, sort, bus, acts, handle, bar } = props;
  const router = useRouter();
  const lines = useLines(source, version, wish, wanted);
  const marks = useMarks(lines);
  const [widths, setWidth] = useWidths();
  const [seen, setSeen] = useState({ first: 0, last: 0 });
  useRefresh(wish, wanted, lines.at, seen, source);
  useLit(bus);

  const neighbours = useCallback((place: number) => {
    const line = lines.line(place);
    const from = line?.branch.source;
    return from instanceof RunPages ? (from.pageOf(line?.index ?? 0) as RunRow[]) : [];
  }, [lines]);
  const columns = useMemo(
    () => columnsOf({ texts, server, sparks: wanted.sparks, sample, lines, neighbours, children, figures, by, shown, marked: marks.ids, widths, pinned: new Set(pinned), sort, setSort: acts.setSort, toggleShown: acts.toggleShown, mark: marks.mark, menu: acts.menu }),
    [texts, server, wanted, sample, lines, neighbours, children, figures, by, shown, marks.ids, marks.mark, widths, pinned, sort, acts],
  );
  const look = useCallback((row: TableRow, place: number): LineLook => {
    const depth = lines.line(place)?.depth ?? 0;
    const tree = children !== null || by.length > 0;
    if (isGroup(row)) return { id: groupId(row), level: 1, expanded: lines.isOpen(place), className: 'group-row' };
    const kids = children?.get(row.id) ?? 0;
    return { id: row.id, selected: marks.ids.has(row.id), level: tree ? depth + 1 : undefined, expanded: kids > 0 ? lines.isOpen(place) : undefined, className: [row.status === 'crit' && 'edge', marks.ids.has(row.id) && 'marked'].filter(Boolean).join(' ') || undefined };
  }, [lines, marks.ids, children, by.length]);
  const need = useCallback((first: number, last: number) => {
    lines.root.need(first, last);
    setSeen((old) => (old.first === first && old.last === last ? old : { first, last }));
  }, [lines.root]);
  // Rows that have moved because a line was opened are asked for too.
  useEffect(() => lines.root.need(seen.first, seen.last), [lines, seen]);

  const press = (event: KeyboardEvent, { row: place, column }: Place): boolean => {
    const row = place >= 0 ? lines.at(place) : undefined;
    if (event.ctrlKey || event.metaKey || event.altKey) return false;
    if (event.key === 'Escape' && marks.ids.size > 0) {
      marks.clear();
      return true;
    }
    if (!row) return false;
    const folds = isGroup(row) || (children?.get(row.id) ?? 0) > 0;
    const name = columns[column]?.id === 'name';
    switch (event.key) {
      case 'Enter':
        if (isGroup(row)) lines.toggle(place);
        else router.history.push(row.url);
        return true;
      case ' ':
        acts.toggleShown(row);
        return true;
      case 'x':
        marks.mark(place, false);
        return true;
      case 'X':
        marks.mark(place, true);
        return true;
      case 'ArrowRight':
      case 'ArrowLeft': {
        const opens = event.key === 'ArrowRight';
        if (!name || !folds || lines.isOpen(place) === opens) return false;
        lines.toggle(place);
        return true;
      }
      case 'c':
        acts.compare(marks.ids.size > 1 ? [...marks.ids] : []);
        return true;
      case 'y':
        if (!isGroup(row)) void copyText(row.id).then(() => toast(S.runs.copiedId(row.name)));
        return true;
      default:
        return false;
    }
  };
  const pages = source instanceof RunPages ? source : null;
  return (
    <div className="runs-table">
      <DataGrid
        handle={handle} label={S.runs.runs} total={lines.root.size} at={lines.at} look={look} columns={columns} rowHeight={ROW_PX} selects tree={children !== null || by.length > 0}
        need={need} setWidth={setWidth} move={acts.moveColumn} hover={(id) => bus.set(id)} press={press}
      />
      {pages?.error && pages.known && <p className="table-note wrong" role="alert">{pages.error.message}</p>}
      {bar(marks)}
    </div>
  );
}

// What the window shows is asked again when something happens to runs, and written into its places.
function useRefresh(wish: RunsWish, wanted: Wanted, at: (place: number) => TableRow | undefined, seen: { first: number; last: number }, source: Source<TableRow>) {
  const still = useLater(seen, STILL_MS);
  const rows = Array.from({ length: Math.min(MOST_SEEN, Math.max(0, still.last - still.first + 1)) }, (_, i) => at(still.first + i)).filter((row): row is RunRow => row !== undefined && !isGroup(row));
  const running = rows.some((row) => row.status === 'run');
  const ids = useMemo(() => rows.map((row) => row.id).sort(), [rows.map((row) => row.id).join()]);  // eslint-disable-line react-hooks/exhaustive-deps
  const newer = useQuery(seenRunsQuery(wish.experiment, running ? ids : [], wanted.columns, wanted.sparks, running));
  const pages = useRef(source);
  pages.current = source;
  useEffect(() => {
    if (newer.data && pages.current instanceof RunPages) pages.current.patch(newer.data);
  }, [newer.data]);
}

// The row of the run that is lit anywhere on the page.
function useLit(bus: HoverBus) {
  useEffect(() => bus.watch((id, before) => {
    for (const [run, lit] of [[before, false], [id, true]] as const)
      if (run !== null) for (const row of document.querySelectorAll<HTMLElement>(`.data-grid [data-id="${CSS.escape(run)}"]`)) row.toggleAttribute('data-lit', lit);
  }), [bus]);
}
