// The columns of the table of runs, from what the server read and what the reader chose.
import type { Schemas } from '../../../api/client';
import { foldNames } from '../../../format/foldNames';
import { S } from '../../../strings';
import { Ago } from '../../../ui/Text';
import type { GridColumn } from '../../../ui/grid/types';
import type { RunRow } from '../../../api/runTable';
import type { Shown } from '../shown';
import { readSort, shortNames } from '../values';
import { EyeCell, MarkCell, MeanCell, NameCell, StateCell, ValueCell } from './Cells';
import { Spark } from './Spark';
import { groupId, isGroup, type Lines, type TableRow } from './useLines';
import { decimalsOf, looksNumeric, lowIsBetter, metricOfSpark, toldOf } from './wanted';

export interface ColumnWish {
  texts: string[];                            // in the order they stand in, small curves among them
  server: Schemas['RunColumn'][];             // what was read, in its order
  sparks: string[];                           // metrics whose curves were read
  sample: readonly RunRow[];                  // of the rows, to fit widths and decimals to
  lines: Lines;
  neighbours: (place: number) => readonly RunRow[];
  children: ReadonlyMap<string, number> | null;  // null: nothing is known of families, or none is shown
  figures: string[];                          // of groups, in their order
  by: Schemas['RunColumn'][];
  shown: ReadonlyMap<string, Shown>;
  marked: ReadonlySet<string>;
  widths: Readonly<Record<string, number>>;
  pinned: ReadonlySet<string>;
  sort: string | undefined;
  setSort: (sort: string | undefined) => void;
  toggleShown: (row: TableRow) => void;
  mark: (place: number, range: boolean) => void;
  menu: (text: string, close: () => void) => React.ReactNode;
}

const NAME_PX = 252;
const CHARACTER_PX = 7.3;   // of the monospace face at 12 px
const NAME_FRAME_PX = 22;
const WIDTHS = { number: 84, text: 92, time: 92, duration: 84 } as const;
const SPARK_PX = 88;
const DEPTH_PX = 16;
const HEAD_CHARACTER_PX = 7;
const MOST_HEAD_PX = 140;
const headWidth = (head: string) => Math.min(MOST_HEAD_PX, head.length * HEAD_CHARACTER_PX + 26);

const guess = (text: string): Schemas['RunColumn']['kind'] => (/^(params|tags)\./.test(text) ? 'text' : text === 'duration' ? 'duration' : /_time$/.test(text) ? 'time' : /^(metrics\.|min\(|max\(|count\()|[-+*/] /.test(text) ? 'number' : 'text');

// "val/auc max", "lr": what stands above a column.
export function headsOf(texts: readonly string[]): string[] {
  const bare = shortNames(texts.map((t) => toldOf(t)?.metric ?? metricOfSpark(t) ?? t));
  const clean = (t: string) => t.replace(/^(metrics|params|tags)\./, '').replaceAll('`', '');
  return texts.map((text, i) => {
    const told = toldOf(text);
    if (told && told.statistic !== 'last') return `${clean(told.metric)} ${S.runs.statistics[told.statistic]}`;
    if (metricOfSpark(text)) return clean(metricOfSpark(text) ?? '');
    return bare[i] ?? text;
  });
}

export function columnsOf(w: ColumnWish): GridColumn<TableRow>[] {
  const heads = headsOf(w.texts);
  const values = w.texts.map((text, i): GridColumn<TableRow> => (metricOfSpark(text) ? sparkColumn(w, text, heads[i] ?? text) : valueColumn(w, text, heads[i] ?? text)));
  const stay = values.filter((c) => w.pinned.has(c.id)).map((c) => ({ ...c, pinned: true }));
  const go = values.filter((c) => !w.pinned.has(c.id));
  return [markColumn(w), eyeColumn(w), nameColumn(w), ...stay, stateColumn(w), ...go, startedColumn(w)];
}

function markColumn(w: ColumnWish): GridColumn<TableRow> {
  return { id: 'mark', head: S.runs.marks, width: 26, fixed: true, bare: true, pinned: true, cell: (row, place) => (isGroup(row) ? null : <MarkCell name={row.name} marked={w.marked.has(row.id)} mark={(range) => w.mark(place, range)} />) };
}

function eyeColumn(w: ColumnWish): GridColumn<TableRow> {
  return {
    id: 'eye', head: S.runs.drawn, width: 32, fixed: true, bare: true, pinned: true,
    cell: (row, place) => {
      const line = w.lines.line(place);
      if (w.by.length > 0 && line && line.depth > 0) return null;  // it is drawn as a part of its group
      return <EyeCell name={isGroup(row) ? groupName(row) : row.name} shown={w.shown.get(isGroup(row) ? groupId(row) : row.id)} toggle={() => w.toggleShown(row)} />;
    },
  };
}

export const groupName = (row: { keys: Schemas['RunCell'][] }): string => row.keys.map((key) => (key === null ? S.runs.noValue : String(key))).join(' · ');

function nameColumn(w: ColumnWish): GridColumn<TableRow> {
  const width = w.widths.name ?? NAME_PX;
  const folded = new WeakMap<readonly RunRow[], Map<string, string>>();
  const room = Math.floor((width - NAME_FRAME_PX) / CHARACTER_PX);
  const textOf = (row: RunRow, place: number, depth: number, fold: boolean) => {
    const all = w.neighbours(place);
    const less = Math.ceil(((fold ? DEPTH_PX + 6 : 0) + depth * DEPTH_PX) / CHARACTER_PX);
    if (row.name.length <= room - less) return row.name;
    if (less > 0 || !all.includes(row)) return foldNames([row.name, ...all.map((r) => r.name)], room - less)[0] ?? row.name;
    let names = folded.get(all);
    if (!names) {
      const short = foldNames(all.map((r) => r.name), room);
      names = new Map(all.map((r, i) => [r.id, short[i] ?? r.name]));
      folded.set(all, names);
    }
    return names.get(row.id) ?? row.name;
  };
  return {
    id: 'name', head: w.by.length > 0 ? S.runs.group : S.runs.run, width, least: 120, pinned: true, fixed: false,
    cell: (row, place) => {
      const line = w.lines.line(place);
      const open = w.lines.isOpen(place);
      if (isGroup(row)) return <GroupName row={row} open={open} fold={() => w.lines.toggle(place)} />;
      const depth = line?.depth ?? 0;
      const children = w.children?.get(row.id) ?? 0;
      const folds = w.children !== null && children > 0;
      return <NameCell row={row} text={textOf(row, place, depth, w.children !== null)} depth={depth} children={children} open={open} fold={folds ? () => w.lines.toggle(place) : undefined} />;
    },
  };
}

function GroupName({ row, open, fold }: { row: Extract<TableRow, { keys: unknown }>; open: boolean; fold: () => void }) {
  return (
    <button type="button" tabIndex={-1} className="group-name" aria-expanded={open} onClick={fold}>
      <span className={open ? 'fold-mark open' : 'fold-mark'} aria-hidden="true">▸</span>
      <span className="mono clip">{groupName(row)}</span>
      <span className="dim num">{S.runs.runsOf(row.runs)}</span>
    </button>
  );
}

function stateColumn(w: ColumnWish): GridColumn<TableRow> {
  const metrics = w.server.map((c, i) => (toldOf(c.text) ? i : -1)).filter((i) => i >= 0);
  return { id: 'state', head: S.models.state, width: w.widths.state ?? 86, fixed: true, cell: (row) => (isGroup(row) ? null : <StateCell row={row} nan={metrics.some((i) => row.cells[i] === 'NaN')} />) };
}

function sorting(w: ColumnWish, text: string): Pick<GridColumn<TableRow>, 'sort' | 'sorted'> {
  const sort = readSort(w.sort);
  const told = toldOf(text);
  const first = told && lowIsBetter(told.metric) ? text : `${text} DESC`;
  const second = first === text ? `${text} DESC` : text;
  const now = sort.by === text ? (sort.descending ? `${text} DESC` : text) : undefined;
  if (told && told.statistic !== 'last' && w.by.length === 0) return {};  // the language sorts runs by last values
  return { sorted: now === undefined ? undefined : sort.descending ? 'descending' : 'ascending', sort: () => w.setSort(now === undefined ? first : now === first ? second : undefined) };
}

function valueColumn(w: ColumnWish, text: string, head: string): GridColumn<TableRow> {
  const i = w.server.findIndex((c) => c.text === text);
  const kind = w.server[i]?.kind ?? guess(text);
  const seen = w.sample.map((r) => r.cells[i]);
  const decimals = decimalsOf(seen);
  const figure = w.figures.indexOf(text);
  return {
    id: text, head, full: text, width: w.widths[text] ?? (w.by.length > 0 && figure >= 0 ? 148 : Math.max(WIDTHS[kind], headWidth(head))), right: kind !== 'text' || looksNumeric(seen), pinned: w.pinned.has(text), ...sorting(w, text),
    menu: (close) => w.menu(text, close),
    cell: (row) => (isGroup(row) ? figure >= 0 ? <MeanCell told={row.figures[figure]} runs={row.runs} /> : null : <ValueCell cell={row.cells[i]} kind={kind} decimals={decimals} />),
  };
}

function sparkColumn(w: ColumnWish, text: string, head: string): GridColumn<TableRow> {
  const at = w.sparks.indexOf(metricOfSpark(text) ?? '');
  return {
    id: text, head, full: text, width: w.widths[text] ?? Math.max(SPARK_PX, headWidth(head)), menu: (close) => w.menu(text, close),
    cell: (row) => {
      const points = isGroup(row) ? null : (row.sparks?.[at] ?? null);
      return points && !isGroup(row) ? <Spark points={points} colour={w.shown.get(row.id)?.colour ?? 'text3'} /> : null;
    },
  };
}

function startedColumn(w: ColumnWish): GridColumn<TableRow> {
  return { id: 'started', head: S.pipelines.started, width: w.widths.started ?? 88, right: true, fixed: true, ...(w.by.length > 0 ? {} : sorting(w, 'start_time')), cell: (row) => (isGroup(row) ? null : <Ago at={row.started_at} />) };
}
