// Is serving healthy; is the canary better?
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { useMemo } from 'react';
import { post, type Schemas } from '../../api/client';
import { endpointMetricsQuery, endpointQuery } from '../../api/queries';
import { count, figure, percent } from '../../format/number';
import { S } from '../../strings';
import { Chart, type Line } from '../../ui/Chart';
import { Command, ErrorPanel, Loaded } from '../../ui/Feedback';
import { useRange } from '../../ui/range';
import { useProject } from '../../ui/Shell';
import { Status } from '../../ui/Status';
import { Table } from '../../ui/Table';
import { Ref } from '../../ui/Text';
import { FlagLegend, FlagRail, TimeAxis } from '../../ui/TimeAxis';
import { TimeStack } from '../../ui/TimeStack';
import { toast } from '../../ui/Toast';
import { Checks } from '../evidence/Checks';
import { History } from '../models/VersionPage';
import { versionColour } from '../monitor/QualityStack';

const BUCKETS = 180;
const RECENT = 2;  // Buckets; a version that ended before has no label at the end.

export function EndpointPage() {
  const project = useProject();
  const { endpoint: name = '' }: { endpoint?: string } = useParams({ strict: false });
  const endpoint = useQuery(endpointQuery(project, name));
  const metrics = useQuery(endpointMetricsQuery(project, name, useRange(), BUCKETS));
  return (
    <div className="page">
      <Loaded page query={endpoint} height={280} lines={6}>
        {(e) => (
          <>
            <Head e={e} project={project} />
            <Traffic routes={e.routes} />
            {e.rollout && <Rollout rollout={e.rollout} />}
          </>
        )}
      </Loaded>
      <Loaded query={metrics} height={380} lines={6}>
        {(m) => <Curves m={m} />}
      </Loaded>
      {endpoint.data && (
        <div className="two below">
          <History history={endpoint.data.revisions} />
          <Refused e={endpoint.data} />
        </div>
      )}
    </div>
  );
}

const VERBS = ['hold', 'resume', 'advance', 'rollback'] as const;

function Head({ e, project }: { e: Schemas['Endpoint']; project: string }) {
  const client = useQueryClient();
  const act = useMutation({
    mutationFn: (action: (typeof VERBS)[number]) => post('/api/v1/endpoints/{endpoint}', { path: { endpoint: e.name }, query: { project } }, { action }),
    onSuccess: (done) => {
      toast(done.text);
      void client.invalidateQueries();
    },
  });
  const shown = e.can.filter((c) => c.allowed || c.verb === 'rollback');
  return (
    <header className="object-head">
      <div className="head-actions">
        {VERBS.filter((verb) => shown.some((c) => c.verb === verb)).map((verb) => {
          const can = shown.find((c) => c.verb === verb);
          return (
            <button key={verb} type="button" className="button" disabled={act.isPending || !can?.allowed} data-tip={can?.why || undefined} onClick={() => act.mutate(verb)}>
              {S.endpoints.verbs[verb]}
            </button>
          );
        })}
      </div>
      <h1>
        <Status status={e.status} word={false} size={20} />
        {e.sentence}
      </h1>
      <p className="facts">
        <Ref link={e.model} />
        <span>{S.endpoints.revision(e.revision)}</span>
        <span>{count(e.rows_total)} {S.endpoints.scored}</span>
      </p>
      <Command text={e.example} />
      {act.error && <ErrorPanel error={act.error} />}
    </header>
  );
}

function Traffic({ routes }: { routes: Schemas['Route'][] }) {
  const primary = routes.filter((r) => r.role === 'primary' && r.weight > 0);
  return (
    <section>
      {primary.length > 1 && (
      <div className="traffic" role="img" aria-label={primary.map((r) => `${r.version.name} ${percent(r.weight)}`).join(', ')}>
        {primary.map((r) => (
          <span key={r.version.ref} style={{ flexGrow: r.weight, borderColor: `var(--g-${versionColour(r.version.ref)})` }}>
            {r.version.name} {percent(r.weight)}
          </span>
        ))}
      </div>
      )}
      <Table
        fit
        label={S.endpoints.routes}
        rows={routes}
        rowKey={(r) => r.version.ref + r.role}
        columns={[
          { head: S.models.version, cell: (r) => <Ref link={r.version} /> },
          { head: S.endpoints.traffic, cell: (r) => (r.role === 'shadow' ? 'shadow' : percent(r.weight)) },
          { head: S.endpoints.rows, right: true, cell: (r) => count(r.rows) },
          { head: S.endpoints.errors, right: true, cell: (r) => count(r.errors) },
          { head: 'p50', right: true, cell: (r) => figure(r.latency_p50_ms, 'ms') },
          { head: 'p95', right: true, cell: (r) => figure(r.latency_p95_ms, 'ms') },
          { head: 'p99', right: true, cell: (r) => figure(r.latency_p99_ms, 'ms') },
        ]}
      />
    </section>
  );
}

function Rollout({ rollout }: { rollout: Schemas['Rollout'] }) {
  return (
    <section className="card below">
      <h2>
        <Status status="canary" word={false} /> {rollout.candidate.name}: {rollout.stage}, {count(rollout.rows)} of {count(rollout.rows_needed)} {S.monitor.rows}
        {rollout.held && ` · ${S.endpoints.held}`}
      </h2>
      <p className="dim">{rollout.stages.map((s, i) => (i === rollout.index ? `▸ ${s}` : s)).join(' → ')}</p>
      <Checks checks={rollout.checks} />
    </section>
  );
}

function Curves({ m }: { m: Schemas['EndpointMetrics'] }) {
  const from = Date.parse(m.from);
  const times = useMemo(() => Array.from({ length: m.buckets }, (_, i) => from + (i + 0.5) * m.bucket_ms), [m, from]);
  const per = useMemo(() => rateOf(m), [m]);
  const lines = useMemo(() => {
    const of = (pick: (v: Schemas['EndpointMetrics']['versions'][number]) => Schemas['MaybeFigure'][]): Line[] =>
      m.versions.map((v) => ({ name: v.version.ref + v.role, values: pick(v), colour: versionColour(v.version.ref), dash: v.role === 'shadow' ? [5, 3] : undefined, endLabel: v.role === 'primary' && v.rows.slice(-RECENT).some((n) => n > 0) ? v.version.name : undefined }));
    return {
      rows: of((v) => v.rows.map((n, i) => (v.requests[i] ? (n * per.ms) / m.bucket_ms : null))),
      errors: of((v) => v.errors.map((n, i) => (v.requests[i] ? n : null))),
      latency: of((v) => v.latency_p95_ms),
    };
  }, [m, per]);
  const slowest = Math.max(0, ...m.versions.flatMap((v) => v.latency_p95_ms.filter((ms) => typeof ms === 'number')));
  const failed = m.versions.reduce((sum, v) => sum + v.errors.reduce((a, b) => a + b, 0), 0);
  if (m.buckets === 0 || m.versions.length === 0) return null;
  return (
    <section className="card below" aria-label={S.endpoints.curves}>
      <TimeStack from={from} to={from + m.buckets * m.bucket_ms} left={64} right={56}>
        <FlagRail flags={m.flags} name="" />
        <h2>{S.endpoints.rowsPer(per.name)}</h2>
        <Chart times={times} lines={lines.rows} height={120} floor={0} decimals={0} label={S.endpoints.rowsPer(per.name)} />
        <h2>{S.endpoints.p95}</h2>
        <Chart times={times} lines={lines.latency} height={120} floor={0} decimals={slowest < 3 ? 1 : 0} label={S.endpoints.p95} />
        {failed > 0 && (
          <>
            <h2>{S.endpoints.errors}</h2>
            <Chart times={times} lines={lines.errors} height={80} floor={0} decimals={0} label={S.endpoints.errors} />
          </>
        )}
        <TimeAxis />
      </TimeStack>
      <p className="legend below-small">
        {failed === 0 && <span>{S.endpoints.noErrors}</span>}
        <FlagLegend flags={m.flags} />
      </p>
    </section>
  );
}

const RATES = [{ ms: 1000, name: 'second' }, { ms: 60_000, name: 'minute' }, { ms: 3_600_000, name: 'hour' }, { ms: 86_400_000, name: 'day' }] as const;

// The shortest unit in which the busiest bucket has some ten rows.
function rateOf(m: Schemas['EndpointMetrics']): (typeof RATES)[number] {
  const most = Math.max(0, ...m.versions.flatMap((v) => v.rows)) / m.bucket_ms;
  return RATES.find((r) => most * r.ms >= 10) ?? RATES[3];
}

function Refused({ e }: { e: Schemas['Endpoint'] }) {
  return (
    <section>
      <h2>{S.endpoints.refused}</h2>
      {e.refused.length === 0 ? (
        <p className="quiet-fact">{S.endpoints.refusedNone}</p>
      ) : (
        <Table
          label={S.endpoints.refused}
          rows={e.refused}
          rowKey={(r) => r.reason}
          fit
          columns={[
            { head: S.endpoints.reason, cell: (r) => r.reason },
            { head: S.endpoints.requests, right: true, cell: (r) => count(r.requests) },
            { head: S.endpoints.rows, right: true, cell: (r) => count(r.rows) },
          ]}
        />
      )}
    </section>
  );
}
