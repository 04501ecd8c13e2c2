import { useQuery } from '@tanstack/react-query';
import type { Schemas } from '../../api/client';
import { pipelineRunsQuery, pipelinesQuery } from '../../api/queries';
import { duration, figure, percent } from '../../format/number';
import { S } from '../../strings';
import { Empty, Loaded } from '../../ui/Feedback';
import { Go } from '../../ui/Go';
import { useProject } from '../../ui/Shell';
import { Status } from '../../ui/Status';
import { Table } from '../../ui/Table';
import { Ago, Ref } from '../../ui/Text';

export function PipelinesPage() {
  const project = useProject();
  const pipelines = useQuery(pipelinesQuery(project));
  const runs = useQuery(pipelineRunsQuery(project));
  return (
    <div className="page">
      <Loaded page query={pipelines} height={160} lines={4}>
        {({ rows, total }) => (
          <>
            <h1>{S.pipelines.title(total)}</h1>
            {rows.length === 0 && <Empty text={S.pipelines.empty} command={S.pipelines.emptyCommand} />}
            {rows.length > 0 && (
              <Table
                label={S.rooms.pipelines}
                rows={rows}
                rowKey={(p) => p.ref}
                columns={[
                  { head: S.pipelines.pipeline, cell: (p) => <Ref link={p} /> },
                  { head: S.pipelines.trigger, wide: true, cell: (p) => <span className="dim">{p.trigger}</span> },
                  { head: S.pipelines.recent, minor: true, cell: (p) => <Bars bars={p.recent} /> },
                  { head: S.pipelines.success, right: true, cell: (p) => percent(p.success_share) },
                  { head: S.pipelines.p50, right: true, cell: (p) => figure(p.duration_p50_ms, 'ms') },
                  { head: S.pipelines.next, right: true, cell: (p) => <Ago at={p.next_at} /> },
                ]}
              />
            )}
          </>
        )}
      </Loaded>
      <Loaded query={runs} height={240} lines={6}>
        {({ rows, total }) =>
          rows.length > 0 && (
            <section className="below">
              <h2>{S.pipelines.runs(total)}</h2>
              <RunTable rows={rows} />
            </section>
          )
        }
      </Loaded>
    </div>
  );
}

const BAR_PX = 22;

// Height is duration, the mark under it the status.
function Bars({ bars }: { bars: Schemas['RunBar'][] }) {
  const most = Math.max(1, ...bars.map((b) => b.duration_ms ?? 0));
  return (
    <span className="run-bars">
      {bars.map((b) => (
        <Go key={b.url} href={b.url} className={`bar-${b.status}`} data-tip={`${b.name} · ${b.duration_ms === null ? '' : duration(b.duration_ms)}`} aria-label={`${b.name}: ${S.statusWord[b.status]}`}>
          <i style={{ height: Math.max(3, ((b.duration_ms ?? 0) / most) * BAR_PX) }} />
        </Go>
      ))}
    </span>
  );
}

export function RunTable({ rows }: { rows: Schemas['PipelineRunRow'][] }) {
  return (
    <Table
      label={S.pipelines.runs(rows.length)}
      rows={rows}
      rowKey={(r) => r.id}
      edge={(r) => r.status === 'crit'}
      columns={[
        { head: S.pipelines.run, cell: (r) => <Ref link={r} /> },
        { head: S.models.state, cell: (r) => <Status status={r.status} word={r.state} /> },
        { head: S.pipelines.trigger, wide: true, cell: (r) => <span className="dim">{r.trigger}</span> },
        { head: S.pipelines.steps, right: true, minor: true, cell: (r) => `${r.steps_done} of ${r.steps_total}` },
        { head: S.pipelines.took, right: true, cell: (r) => figure(r.duration_ms, 'ms') },
        { head: S.models.versions, minor: true, cell: (r) => r.versions.map((v) => <Ref key={v.ref} link={v} />) },
        { head: S.pipelines.started, right: true, cell: (r) => <Ago at={r.started_at} /> },
      ]}
    />
  );
}
