// Groups of runs: of each figure the mean with its confidence interval, on one axis for all groups.
import { useQuery } from '@tanstack/react-query';
import type { Schemas } from '../../api/client';
import { runGroupsQuery, type RunsWish } from '../../api/queries';
import { count, figure, finite, plain } from '../../format/number';
import { S } from '../../strings';
import { Empty, ErrorPanel, Loaded } from '../../ui/Feedback';
import { Table, type Column } from '../../ui/Table';
import { RunCell } from './RunGrid';
import { readSort } from './values';

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
              <Table label={S.runs.groupBy} rows={data.rows} rowKey={(r) => JSON.stringify(r.keys)} columns={columnsOf(data, wish, setSort, show)} />
            </>
          )
        }
      </Loaded>
    </>
  );
}

const bare = (text: string) => text.replace(/^(metrics|params|tags)\./, '').replaceAll('`', '');

function columnsOf(data: Schemas['RunGroups'], wish: RunsWish, setSort: Props['setSort'], show: Props['show']): Column<Row>[] {
  const sort = readSort(wish.sort);
  const sorting = (text: string, first = `${text} DESC`): Pick<Column<Row>, 'sort' | 'sorted'> => ({
    sorted: sort.by === text ? (sort.descending ? 'descending' : 'ascending') : undefined,
    sort: () => setSort(sort.by !== text ? first : first === text ? `${text} DESC` : sort.descending ? text : undefined),
  });
  return [
    ...data.by.map(({ text, kind }, i): Column<Row> => ({
      head: text,
      short: bare(text),
      ...sorting(text, text),
      cell: (r) => {
        const cell = r.keys[i] ?? null;
        const shown = cell === null ? <span className="dim">{S.runs.noValue}</span> : <RunCell cell={cell} kind={kind} />;
        const { filter } = r;
        if (i > 0 || filter === null) return shown;
        return (
          <button type="button" className="group-key" data-tip={S.runs.showGroup} onClick={() => show(filter)}>
            {shown}
          </button>
        );
      },
    })),
    { head: S.runs.runs, right: true, ...sorting('runs'), cell: (r) => count(r.runs) },
    ...data.figures.map((text, i): Column<Row> => {
      const axis = axisOf(data.rows.map((r) => r.figures[i]));
      return { head: text, short: bare(text), figure: true, ...sorting(text), note: axis && <Ends axis={axis} />, cell: (r) => <Mean told={r.figures[i]} axis={axis} /> };
    }),
  ];
}

interface Axis {
  least: number;
  most: number;
}

function axisOf(told: (Told | undefined)[]): Axis | null {
  const ends = told.flatMap((t) => [t?.low, t?.high, t?.mean]).map((v) => finite(v)).filter((v) => v !== null);
  if (ends.length === 0) return null;
  const [least, most] = [Math.min(...ends), Math.max(...ends)];
  const room = (most - least) * 0.04 || Math.abs(least) * 0.1 || 1;
  return { least: least - room, most: most + room };
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

function Mean({ told, axis }: { told: Told | undefined; axis: Axis | null }) {
  const mean = finite(told?.mean);
  if (!told || told.n + told.nan === 0) return <span className="dim">—</span>;
  const [low, high] = [finite(told.low), finite(told.high)];
  const x = (v: number) => (axis ? `${(((v - axis.least) / (axis.most - axis.least)) * 100).toFixed(2)}%` : '0');
  const full = [`n ${told.n}`, told.deviation !== null && `sd ${figure(told.deviation)}`, told.min !== null && `${figure(told.min)} … ${figure(told.max)}`].filter(Boolean).join(' · ');
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
      </span>
      <span className="num dim group-n">
        {S.runs.of(told.n)}
        {told.nan > 0 && `, ${S.runs.andNan(told.nan)}`}
      </span>
    </span>
  );
}
