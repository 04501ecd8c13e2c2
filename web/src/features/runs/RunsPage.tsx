// Which runs are good, and why?
import { useQuery } from '@tanstack/react-query';
import { useParams, useSearch } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import type { Schemas } from '../../api/client';
import { runsQuery } from '../../api/queries';
import { shortId } from '../../format/name';
import { figure } from '../../format/number';
import { S } from '../../strings';
import { Empty, ErrorPanel, Loaded } from '../../ui/Feedback';
import { usePatchSearch } from '../../ui/range';
import { useProject } from '../../ui/Shell';
import { Status } from '../../ui/Status';
import { Table } from '../../ui/Table';
import { Ago, Ref } from '../../ui/Text';
import { telling } from './telling';

const METRICS = 4;
const PARAMS = 3;
const WAIT_MS = 300;

export function RunsPage() {
  const project = useProject();
  const { experiment = '' }: { experiment?: string } = useParams({ strict: false });
  const search: { filter?: string } = useSearch({ strict: false });
  const patch = usePatchSearch();
  const [text, setText] = useState(search.filter ?? '');
  useEffect(() => {
    const timer = setTimeout(() => patch({ filter: text || undefined }), WAIT_MS);
    return () => clearTimeout(timer);
    // Only what is typed moves the address.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [text]);
  const runs = useQuery(runsQuery(project, experiment, search.filter));
  const name = runs.data?.rows[0]?.experiment.name ?? experiment;
  return (
    <div className="page">
      <h1>{runs.data ? S.runs.drawn(name, runs.data.rows.length, runs.data.total) : name}</h1>
      <input className="filter" data-filter value={text} placeholder={S.runs.filter} aria-label={S.runs.filterLabel} onChange={(e) => setText(e.target.value)} />
      {runs.error && runs.data && <ErrorPanel error={runs.error} />}
      <Loaded query={runs} height={320} lines={8}>
        {({ rows }) => (rows.length === 0 ? <Empty text={search.filter ? S.runs.noneMatch : S.runs.empty} command={search.filter ? undefined : S.runs.emptyCommand} /> : <RunGrid rows={rows} />)}
      </Loaded>
    </div>
  );
}

function RunGrid({ rows }: { rows: Schemas['RunRow'][] }) {
  const metrics = [...new Set(rows.flatMap((r) => Object.keys(r.metrics)))].sort((a, b) => telling(a) - telling(b)).slice(0, METRICS);
  const params = differing(rows).slice(0, PARAMS);
  return (
    <Table
      label={S.runs.runs}
      rows={rows}
      rowKey={(r) => r.id}
      edge={(r) => r.status === 'crit'}
      columns={[
        { head: S.runs.run, wide: true, cell: (r) => <Ref link={r} label={`${r.name} ${shortId(r.id)}`} /> },
        { head: S.models.state, cell: (r) => <Status status={r.status} word={r.state} /> },
        ...metrics.map((m) => ({ head: m, right: true, cell: (r: Schemas['RunRow']) => figure(r.metrics[m]) })),
        ...params.map((p) => ({ head: p, right: true, minor: true, cell: (r: Schemas['RunRow']) => <span className="mono">{r.params[p] ?? '—'}</span> })),
        { head: S.pipelines.started, right: true, cell: (r) => <Ago at={r.started_at} /> },
      ]}
    />
  );
}

// Parameters that tell the runs apart come first; what all share says nothing.
function differing(rows: Schemas['RunRow'][]): string[] {
  const names = [...new Set(rows.flatMap((r) => Object.keys(r.params)))];
  return names.filter((n) => new Set(rows.map((r) => r.params[n])).size > 1);
}
