// Which runs are good, and why?
import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { experimentsQuery, runCountQuery } from '../../api/queries';
import { S } from '../../strings';
import { Skeleton } from '../../ui/Feedback';
import { useMedia } from '../../ui/measure';
import { useProject } from '../../ui/Shell';
import { Split } from '../../ui/Split';
import { BinNotice } from '../retention/BinNotice';
import { FieldPicker } from './FieldPicker';
import { FilterBar } from './FilterBar';
import { GroupView } from './GroupView';
import { HoverBus } from './hover';
import { PanelGrid } from './panels/PanelGrid';
import { RunGrid } from './RunGrid';
import { useColours, useDrawn, type Drawn } from './shown';
import { useUsual } from './usual';
import { useWorkspace } from './useWorkspace';
import { readSort } from './values';

const NOTHING: Drawn[] = [];

export function RunsPage() {
  const project = useProject();
  const { experiment = '' }: { experiment?: string } = useParams({ strict: false });
  const { workspace, patch } = useWorkspace();
  const { filter, sort, columns, group: by } = workspace;
  const usual = useUsual(experiment);
  const experiments = useQuery(experimentsQuery(project));
  const own = experiments.data?.rows.find((e) => e.id === experiment);
  const matching = useQuery(runCountQuery({ experiment, filter }));
  const wide = useMedia('(min-width: 1280px)');
  const [bus] = useState(() => new HoverBus());
  const shown = columns ?? [...(usual?.metrics ?? []), ...(usual?.params ?? [])];
  const wish = useMemo(() => ({ experiment, filter, sort }), [experiment, filter, sort]);
  const tableWish = sort && by.length > 0 && !sorts(sort, by, figuresOf(shown)) ? { ...wish, sort: undefined } : wish;
  const drawn = useColours(experiment, useDrawn(wish, workspace) ?? NOTHING, workspace.base);
  const setSort = (next: string | undefined) => patch({ sort: next });
  const table = (
    <>
      <div className="pickers">
        <FieldPicker label={S.runs.groupBy} addLabel={S.runs.addGroup} placeholder={S.runs.groupPlaceholder} experiment={experiment} values={by} setValues={(values) => patch({ group: values }, 'push')} />
        <FieldPicker
          label={S.runs.columns}
          addLabel={S.runs.addColumn}
          placeholder={S.runs.addPlaceholder}
          experiment={experiment}
          values={columns || by.length > 0 ? (by.length > 0 ? figuresOf(shown) : shown) : []}
          setValues={(values) => patch({ columns: columns || by.length > 0 ? values : [...shown, ...values] })}
        />
      </div>
      {usual === null ? (
        <Skeleton height={320} lines={8} />
      ) : by.length > 0 ? (
        <GroupView wish={tableWish} by={by} figures={figuresOf(shown)} setSort={setSort} show={(of) => patch({ filter: filter ? `(${filter}) AND ${of}` : of, group: [], sort: undefined }, 'push')} />
      ) : (
        <RunGrid wish={tableWish} columns={shown} optional={new Set(columns ? [] : usual.params)} setSort={setSort} />
      )}
    </>
  );
  const panels = PanelGrid && <PanelGrid experiment={experiment} wish={wish} shown={drawn} group={by} bus={bus} />;
  return (
    <div className="page runs-page">
      <h1>{S.runs.counted(own?.name ?? experiment, matching.data ?? null, filter ? (own?.runs_total ?? null) : null)}</h1>
      {experiments.data && !own && <BinNotice kind="experiment" id={experiment} />}
      <FilterBar experiment={experiment} filter={filter} setFilter={(next) => patch({ filter: next }, 'push')} />
      {panels && wide ? (
        <Split name="runs" label={S.runs.splitLine} usual={0.5} left={table} right={panels} />
      ) : (
        <>
          {table}
          {panels}
        </>
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
