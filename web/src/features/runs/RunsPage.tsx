// Which runs are good, and why?
import { useQuery } from '@tanstack/react-query';
import { useParams, useSearch } from '@tanstack/react-router';
import { experimentsQuery, runCountQuery } from '../../api/queries';
import { S } from '../../strings';
import { Skeleton } from '../../ui/Feedback';
import { usePatchSearch } from '../../ui/range';
import { useProject } from '../../ui/Shell';
import { BinNotice } from '../retention/BinNotice';
import { FieldPicker } from './FieldPicker';
import { FilterBar } from './FilterBar';
import { GroupView } from './GroupView';
import { RunGrid } from './RunGrid';
import { useUsual } from './usual';
import { joinValues, readSort, splitValues } from './values';

interface Search {
  filter?: string;
  sort?: string;
  columns?: string;
  group?: string;
}

export function RunsPage() {
  const project = useProject();
  const { experiment = '' }: { experiment?: string } = useParams({ strict: false });
  const { filter, sort, columns, group }: Search = useSearch({ strict: false });
  const patch = usePatchSearch();
  const usual = useUsual(experiment);
  const experiments = useQuery(experimentsQuery(project));
  const own = experiments.data?.rows.find((e) => e.id === experiment);
  const matching = useQuery(runCountQuery({ experiment, filter }));
  const by = splitValues(group);
  const chosen = splitValues(columns);
  const shown = columns ? chosen : [...(usual?.metrics ?? []), ...(usual?.params ?? [])];
  const wish = { experiment, filter, sort: sort && (by.length === 0 || sorts(sort, by, figuresOf(shown))) ? sort : undefined };
  const setSort = (next: string | undefined) => patch({ sort: next });
  return (
    <div className="page runs-page">
      <h1>{S.runs.counted(own?.name ?? experiment, matching.data ?? null, filter ? (own?.runs_total ?? null) : null)}</h1>
      {experiments.data && !own && <BinNotice kind="experiment" id={experiment} />}
      <FilterBar experiment={experiment} filter={filter} setFilter={(next) => patch({ filter: next }, 'push')} />
      <div className="pickers">
        <FieldPicker label={S.runs.groupBy} addLabel={S.runs.addGroup} placeholder={S.runs.groupPlaceholder} experiment={experiment} values={by} setValues={(values) => patch({ group: joinValues(values) }, 'push')} />
        <FieldPicker
          label={S.runs.columns}
          addLabel={S.runs.addColumn}
          placeholder={S.runs.addPlaceholder}
          experiment={experiment}
          values={columns || by.length > 0 ? (by.length > 0 ? figuresOf(shown) : chosen) : []}
          setValues={(values) => patch({ columns: joinValues(columns || by.length > 0 ? values : [...shown, ...values]) })}
        />
      </div>
      {usual === null ? (
        <Skeleton height={320} lines={8} />
      ) : by.length > 0 ? (
        <GroupView wish={wish} by={by} figures={figuresOf(shown)} setSort={setSort} show={(of) => patch({ filter: filter ? `(${filter}) AND ${of}` : of, group: undefined, sort: undefined }, 'push')} />
      ) : (
        <RunGrid wish={wish} columns={shown} optional={new Set(columns ? [] : usual.params)} setSort={setSort} />
      )}
    </div>
  );
}

// What has a mean. The server refuses what has none; here texts that are never numbers are left out.
function figuresOf(columns: string[]): string[] {
  return columns.filter((c) => /^(metrics\.|duration)|[-+*/] /.test(c));
}

function sorts(sort: string, by: string[], figures: string[]): boolean {
  const key = readSort(sort).by;
  return key === 'runs' || by.includes(key) || figures.includes(key);
}
