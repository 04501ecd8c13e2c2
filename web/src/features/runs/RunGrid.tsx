// Runs with the columns that were chosen; a click on a head sorts by it.
import { useInfiniteQuery } from '@tanstack/react-query';
import type { Schemas } from '../../api/client';
import { runTableQuery, type RunsWish } from '../../api/queries';
import { shortId } from '../../format/name';
import { duration, figure, type Figure } from '../../format/number';
import { S } from '../../strings';
import { Empty, ErrorPanel, Loaded } from '../../ui/Feedback';
import { Status } from '../../ui/Status';
import { Table, type Column } from '../../ui/Table';
import { Ago, Ref } from '../../ui/Text';
import { readSort, shortNames } from './values';

type Row = Schemas['RunTable']['rows'][number];
type Cell = Schemas['RunCell'];

interface Props {
  wish: RunsWish;
  columns: string[];
  optional: ReadonlySet<string>;  // left out where they tell no runs apart
  setSort: (sort: string | undefined) => void;
}

export function RunGrid({ wish, columns, optional, setSort }: Props) {
  const table = useInfiniteQuery(runTableQuery(wish, columns));
  return (
    <>
      {table.error && table.data && <ErrorPanel error={table.error} />}
      <Loaded query={table} height={320} lines={8}>
        {({ pages }) => {
          const rows = pages.flatMap((p) => p.rows);
          if (rows.length === 0) return <Empty text={wish.filter ? S.runs.noneMatch : S.runs.empty} command={wish.filter ? undefined : S.runs.emptyCommand} />;
          return (
            <>
              <Table label={S.runs.runs} rows={rows} rowKey={(r) => r.id} edge={(r) => r.status === 'crit'} columns={columnsOf(pages[0]?.columns ?? [], rows, wish, optional, setSort)} />
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

function columnsOf(columns: Schemas['RunColumn'][], rows: Row[], wish: RunsWish, optional: ReadonlySet<string>, setSort: Props['setSort']): Column<Row>[] {
  const sort = readSort(wish.sort);
  const chosen = columns.map((column, i) => ({ ...column, i })).filter(({ text, i }) => !optional.has(text) || rows.length < 2 || new Set(rows.map((r) => r.cells[i])).size > 1);
  const names = shortNames(chosen.map((c) => c.text));
  return [
    { head: S.runs.run, wide: true, cell: (r) => <Ref link={r} label={`${r.name} ${shortId(r.id)}`} /> },
    { head: S.models.state, cell: (r) => <Status status={r.status} word={r.state} /> },
    ...chosen.map(({ text, kind, i }, place): Column<Row> => ({
      head: text,
      short: names[place] ?? text,
      right: kind !== 'text',
      minor: optional.has(text),
      sorted: sort.by === text ? (sort.descending ? 'descending' : 'ascending') : undefined,
      // From the greatest, from the least, as they came.
      sort: () => setSort(sort.by !== text ? `${text} DESC` : sort.descending ? text : undefined),
      cell: (r) => <RunCell cell={r.cells[i] ?? null} kind={kind} />,
    })),
    { head: S.pipelines.started, right: true, minor: true, cell: (r) => <Ago at={r.started_at} /> },
  ];
}

export function RunCell({ cell, kind }: { cell: Cell; kind: Schemas['RunColumn']['kind'] }) {
  if (cell === null) return <span className="dim">—</span>;
  if (kind === 'time') return <Ago at={String(cell)} />;
  if (kind === 'duration') return <span className="num">{duration(Number(cell))}</span>;
  if (kind === 'number')
    return (
      <span className="num" data-tip={typeof cell === 'number' && String(cell) !== figure(cell) ? String(cell) : undefined}>
        {figure(cell as Figure)}
      </span>
    );
  return <span className="mono run-text">{cell}</span>;
}
