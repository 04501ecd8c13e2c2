// Runs with the columns that were chosen; a click on a head sorts by it.
import { useInfiniteQuery } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import type { Schemas } from '../../api/client';
import { ownUrl } from '../../api/prefix';
import { runTableQuery, type RunsWish } from '../../api/queries';
import { shortId } from '../../format/name';
import { figure, type Figure } from '../../format/number';
import { S } from '../../strings';
import { Empty, ErrorPanel, Loaded } from '../../ui/Feedback';
import { Status } from '../../ui/Status';
import { Icon } from '../../ui/Icon';
import { Table, type Column } from '../../ui/Table';
import { Ago, Ref } from '../../ui/Text';
import { Took } from './Took';
import { nest, type Nested } from './nest';
import { readSort, shortNames } from './values';

type Row = Schemas['RunTable']['rows'][number];
type Cell = Schemas['RunCell'];
type Line = Nested<Row>;

const PARENT = 'parent_run_id';  // asked for beside the columns that are shown
const MOST_COLUMNS = 64;
const DEEPEST = 4;  // that is drawn

interface Props {
  wish: RunsWish;
  columns: string[];
  optional: ReadonlySet<string>;  // left out where they tell no runs apart
  setSort: (sort: string | undefined) => void;
}

export function RunGrid({ wish, columns, optional, setSort }: Props) {
  // Sorted by anything but their start, runs stand as that tells, and not below their parents.
  const nested = !wish.sort && columns.length < MOST_COLUMNS;
  const table = useInfiniteQuery(runTableQuery(wish, nested ? [...columns, PARENT] : columns));
  const [folded, setFolded] = useState<ReadonlySet<string>>(new Set());
  const fold = (id: string) => setFolded((old) => (old.has(id) ? new Set([...old].filter((one) => one !== id)) : new Set([...old, id])));
  return (
    <>
      {table.error && table.data && <ErrorPanel error={table.error} />}
      <Loaded query={table} height={320} lines={8}>
        {({ pages }) => {
          const rows = pages.flatMap((p) => p.rows);
          if (rows.length === 0) return <Empty text={wish.filter ? S.runs.noneMatch : S.runs.empty} command={wish.filter ? undefined : S.runs.logCommand(ownUrl())} />;
          const all = pages[0]?.columns ?? [];
          const at = nested ? all.findLastIndex((c) => c.text === PARENT) : -1;
          const lines = nest(rows, (r) => r.id, (r) => (at < 0 ? null : (r.cells[at] as string | null)), folded);
          const any = lines.some((l) => l.depth > 0 || l.children > 0);
          const name = (line: Line) => <Name line={line} any={any} open={!folded.has(line.row.id)} fold={fold} />;
          return (
            <>
              <Table
                label={S.runs.runs}
                rows={lines}
                rowKey={({ row }) => row.id}
                edge={({ row }) => row.status === 'crit'}
                columns={columnsOf(at < 0 ? all : all.slice(0, at), rows, wish, optional, setSort, name)}
              />
              {table.hasNextPage && (
                <button type="button" className="button more-runs" disabled={table.isFetchingNextPage} onClick={() => void table.fetchNextPage()}>
                  {S.runs.moreRuns}
                </button>
              )}
            </>
          );
        }}
      </Loaded>
    </>
  );
}

function columnsOf(columns: Schemas['RunColumn'][], rows: Row[], wish: RunsWish, optional: ReadonlySet<string>, setSort: Props['setSort'], name: (line: Line) => ReactNode): Column<Line>[] {
  const sort = readSort(wish.sort);
  const chosen = columns.map((column, i) => ({ ...column, i })).filter(({ text, i }) => !optional.has(text) || rows.length < 2 || new Set(rows.map((r) => r.cells[i])).size > 1);
  const names = shortNames(chosen.map((c) => c.text));
  return [
    { head: S.runs.run, wide: true, cell: name },
    { head: S.models.state, cell: ({ row }) => <Status status={row.status} word={row.state} /> },
    ...chosen.map(({ text, kind, i }, place): Column<Line> => ({
      head: text,
      short: names[place] ?? text,
      right: kind !== 'text',
      minor: optional.has(text),
      sorted: sort.by === text ? (sort.descending ? 'descending' : 'ascending') : undefined,
      // From the greatest, from the least, as they came.
      sort: () => setSort(sort.by !== text ? `${text} DESC` : sort.descending ? text : undefined),
      cell: ({ row }) => <RunCell cell={row.cells[i] ?? null} kind={kind} />,
    })),
    { head: S.pipelines.started, right: true, minor: true, cell: ({ row }) => <Ago at={row.started_at} /> },
  ];
}

// `any`: there are children in the table, so that names stand behind the place of the fold.
function Name({ line: { row, depth, children }, any, open, fold }: { line: Line; any: boolean; open: boolean; fold: (id: string) => void }) {
  const link = <Ref link={row} label={`${row.name} ${shortId(row.id)}`} />;
  if (!any) return link;
  return (
    <span className={`nest nest-${Math.min(depth, DEEPEST)}`}>
      {children === 0 ? (
        <span className="nest-none" />
      ) : (
        <button type="button" className="nest-fold num" aria-expanded={open} aria-label={S.runs.childrenOf(row.name, children)} onClick={() => fold(row.id)}>
          <Icon name={open ? 'chevron' : 'right'} size={12} />
          {!open && children}
        </button>
      )}
      {link}
    </span>
  );
}

export function RunCell({ cell, kind }: { cell: Cell; kind: Schemas['RunColumn']['kind'] }) {
  if (cell === null) return <span className="dim">—</span>;
  if (kind === 'time') return <Ago at={String(cell)} />;
  if (kind === 'duration') return <Took ms={Number(cell)} />;
  if (kind === 'number')
    return (
      <span className="num" data-tip={typeof cell === 'number' && String(cell) !== figure(cell) ? String(cell) : undefined}>
        {figure(cell as Figure)}
      </span>
    );
  return <span className="mono run-text">{cell}</span>;
}
