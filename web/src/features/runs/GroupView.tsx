// Groups of runs: of each figure the mean with its confidence interval, on one axis for all groups.
import { useQuery } from '@tanstack/react-query';
import type { Schemas } from '../../api/client';
import { runGroupsQuery, type RunsWish } from '../../api/queries';
import { count, figure, finite, plain } from '../../format/number';
import { S } from '../../strings';
import { Empty, ErrorPanel, Loaded } from '../../ui/Feedback';
import { useMedia } from '../../ui/measure';
import { Table, type Column } from '../../ui/Table';
import { RunCell } from './RunGrid';
import { readSort, shortNames } from './values';

type Row = Schemas['RunGroups']['rows'][number];
type Told = Schemas['GroupFigure'];
const FEW = 30;

interface Props {
  wish: RunsWish;
  by: string[];
  figures: string[];
  setSort: (sort: string | undefined) => void;
  show: (filter: string) => void;  // the runs of one group
}

export function GroupView({ wish, by, figures, setSort, show }: Props) {
  const groups = useQuery(runGroupsQuery(wish, by, figures));
  const narrow = useMedia('(max-width: 799px)');
  return (
    <>
      {groups.error && groups.data && <ErrorPanel error={groups.error} />}
      <Loaded query={groups} height={320} lines={8}>
        {(data) =>
          data.rows.length === 0 ? (
            <Empty text={S.runs.noneMatch} />
          ) : (
            <>
              <p className="group-sum">
                <b>{S.runs.groups(data.rows.length, data.total, data.runs)}</b> <span className="dim">{figures.length ? S.runs.groupNote : S.runs.addFigure}</span>
              </p>
              <Table label={S.runs.groupBy} rows={data.rows} rowKey={(r) => JSON.stringify(r.keys)} columns={columnsOf(data, wish, narrow, setSort, show)} />
            </>
          )
        }
      </Loaded>
    </>
  );
}

// On a narrow screen the keys and how many runs they have share a column.
function columnsOf(data: Schemas['RunGroups'], wish: RunsWish, narrow: boolean, setSort: Props['setSort'], show: Props['show']): Column<Row>[] {
  const sort = readSort(wish.sort);
  const sorting = (text: string, first = `${text} DESC`): Pick<Column<Row>, 'sort' | 'sorted'> => ({
    sorted: sort.by === text ? (sort.descending ? 'descending' : 'ascending') : undefined,
    sort: () => setSort(sort.by !== text ? first : first === text ? `${text} DESC` : sort.descending ? text : undefined),
  });
  const names = shortNames([...data.by.map((b) => b.text), ...data.figures]);
  const runs: Column<Row> = { head: S.runs.runs, right: true, ...sorting('runs'), cell: (r) => count(r.runs) };
  const keys = data.by.map(({ text }, i): Column<Row> => ({ head: text, short: names[i] ?? text, ...sorting(text, text), cell: (r) => (i === 0 ? <Keys row={r} by={data.by} only={0} show={show} /> : <Key cell={r.keys[i] ?? null} kind={data.by[i]?.kind ?? 'text'} />) }));
  const together: Column<Row> = {
    head: S.runs.group,
    cell: (r) => (
      <span className="group-keys">
        <Keys row={r} by={data.by} show={show} />
        <span className="dim num">{S.runs.runsOf(r.runs)}</span>
      </span>
    ),
  };
  return [
    ...(narrow ? [together] : [...keys, runs]),
    ...data.figures.map((text, i): Column<Row> => {
      const axis = axisOf(data.rows.map((r) => r.figures[i]));
      return { head: text, short: names[data.by.length + i] ?? text, figure: true, ...sorting(text), note: axis && !axis.flat && <Ends axis={axis} />, cell: (r) => <Mean told={r.figures[i]} runs={r.runs} axis={axis} /> };
    }),
  ];
}

function Key({ cell, kind }: { cell: Row['keys'][number]; kind: Schemas['RunColumn']['kind'] }) {
  return cell === null ? <span className="dim">{S.runs.noValue}</span> : <RunCell cell={cell} kind={kind} />;
}

// A click shows the group's runs, where a filter tells them from the others.
function Keys({ row, by, only, show }: { row: Row; by: Schemas['RunColumn'][]; only?: number; show: Props['show'] }) {
  const { filter } = row;
  const keys = row.keys.map((cell, i) => ({ cell, kind: by[i]?.kind ?? ('text' as const), i })).filter(({ i }) => only === undefined || i === only);
  const shown = keys.map(({ cell, kind, i }) => (
    <span key={i}>
      {i > 0 && <span className="dim"> · </span>}
      <Key cell={cell} kind={kind} />
    </span>
  ));
  if (filter === null) return <>{shown}</>;
  return (
    <button type="button" className="group-key" data-tip={S.runs.showGroup} onClick={() => show(filter)}>
      {shown}
    </button>
  );
}

interface Axis {
  least: number;
  most: number;
  flat: boolean;  // all are the same: it has no ends to tell
}

function axisOf(told: (Told | undefined)[]): Axis | null {
  const ends = told.flatMap((t) => [t?.low, t?.high, t?.mean]).map((v) => finite(v)).filter((v) => v !== null);
  if (ends.length === 0) return null;
  const [least, most] = [Math.min(...ends), Math.max(...ends)];
  const room = (most - least) * 0.04 || Math.abs(least) * 0.1 || 1;
  return { least: least - room, most: most + room, flat: least === most };
}

function Ends({ axis }: { axis: Axis }) {
  return (
    <span className="axis-ends num" aria-hidden="true">
      <span>{figure(axis.least, 'none', 3)}</span>
      <span>{figure(axis.most, 'none', 3)}</span>
    </span>
  );
}

// "± .004" with as many digits as tell it from nothing.
const half = (width: number) => (width === 0 ? '0' : plain(width, Math.min(8, Math.max(2, 1 - Math.floor(Math.log10(width))))));

function Mean({ told, runs, axis }: { told: Told | undefined; runs: number; axis: Axis | null }) {
  const mean = finite(told?.mean);
  if (!told || told.n + told.nan === 0) return <span className="dim">—</span>;
  const [low, high] = [finite(told.low), finite(told.high)];
  const x = (v: number) => (axis ? `${(((v - axis.least) / (axis.most - axis.least)) * 100).toFixed(2)}%` : '0');
  const full = [S.runs.of(told.n), told.deviation !== null && S.runs.deviation(figure(told.deviation)), told.min !== null && S.runs.fromTo(figure(told.min), figure(told.max))].filter(Boolean).join(' · ');
  return (
    <span className="group-mean">
      <svg className="group-dot" width="100%" height="20" aria-hidden="true">
        <line className="group-base" x1="0" x2="100%" y1="10" y2="10" />
        {low !== null && high !== null && <line className="group-range" x1={x(low)} x2={x(high)} y1="10" y2="10" />}
        {mean !== null && <circle className={told.n < FEW ? 'group-few' : 'group-many'} cx={x(mean)} cy="10" r="4" />}
      </svg>
      <span className="num group-text" data-tip={full}>
        {figure(told.mean)}
        {low !== null && high !== null && <span className="dim"> ± {half((high - low) / 2)}</span>}
        {told.n !== runs && (
          <span className="dim group-n">
            {' '}
            {S.runs.of(told.n)}
            {told.nan > 0 && `, ${S.runs.andNan(told.nan)}`}
          </span>
        )}
      </span>
    </span>
  );
}
