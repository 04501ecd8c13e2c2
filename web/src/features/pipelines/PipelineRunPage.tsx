// Why is it slow or red?
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useParams, useSearch } from '@tanstack/react-router';
import { post, type Schemas } from '../../api/client';
import { pipelineRunQuery } from '../../api/queries';
import { bytes, duration, figure } from '../../format/number';
import { S } from '../../strings';
import { Loaded } from '../../ui/Feedback';
import { Graph } from '../../ui/Graph';
import { usePatchSearch } from '../../ui/range';
import { Status } from '../../ui/Status';
import { KeyValue, Table } from '../../ui/Table';
import { Ago, Ref } from '../../ui/Text';
import { toast } from '../../ui/Toast';
import { StepLog } from './StepLog';

type Run = Schemas['PipelineRun'];
type Step = Schemas['Step'];
const LIVE_MS = 1000;

export function PipelineRunPage() {
  const { run: id = '' }: { run?: string } = useParams({ strict: false });
  const search: { step?: string } = useSearch({ strict: false });
  const run = useQuery({ ...pipelineRunQuery(id), refetchInterval: (q) => (q.state.data?.state === 'running' ? LIVE_MS : false) });
  return (
    <div className="page">
      <Loaded page query={run} height={360} lines={8}>
        {(r) => {
          const step = r.steps.find((s) => s.name === search.step) ?? r.steps.find((s) => s.state === 'failed') ?? r.steps.find((s) => s.state === 'running') ?? r.steps.at(-1);
          return (
            <>
              <Head run={r} />
              <StepGraph run={r} chosen={step?.name} />
              <Gantt run={r} chosen={step?.name} />
              {step && <StepDetail key={step.name} run={r} step={step} />}
            </>
          );
        }}
      </Loaded>
    </div>
  );
}

function Head({ run }: { run: Run }) {
  const client = useQueryClient();
  const stop = useMutation({
    mutationFn: () => post('/api/v1/pipeline-runs/{run}', { path: { run: run.id } }, { action: 'stop' }),
    onSuccess: (done) => {
      toast(done.text);
      void client.invalidateQueries({ queryKey: ['pipeline-run'] });
    },
  });
  return (
    <header className="object-head">
      {run.can.some((c) => c.verb === 'stop' && c.allowed) && (
        <div className="head-actions">
          <button type="button" className="button" disabled={stop.isPending} onClick={() => stop.mutate()}>
            {S.pipelines.stop}
          </button>
        </div>
      )}
      <h1>
        <Status status={run.status} word={false} size={20} />
        {run.pipeline} {run.state}
        {run.duration_ms !== null && `, ${duration(run.duration_ms)}`}
      </h1>
      <p className="facts">
        <span>{run.trigger}</span>
        {run.commit && <Ref link={run.commit} />}
        {run.versions.map((v) => (
          <Ref key={v.ref} link={v} />
        ))}
        <Ago at={run.started_at} />
        {Object.entries(run.parameters).map(([k, v]) => (
          <span key={k} className="mono">
            {k}={v}
          </span>
        ))}
      </p>
      {run.cause && <p className="cause">{run.cause}</p>}
    </header>
  );
}

function StepGraph({ run, chosen }: { run: Run; chosen?: string }) {
  const patch = usePatchSearch();
  return (
    <Graph nodes={run.steps.map((s) => ({ id: s.name, step: s }))} edges={run.edges.map((e) => ({ ...e, dotted: run.steps.find((s) => s.name === e.to)?.state === 'cached' }))} label={S.pipelines.graph} nodeWidth={164} nodeHeight={44}>
      {({ step }) => (
        <button type="button" className={step.name === chosen ? 'step-node on' : 'step-node'} aria-pressed={step.name === chosen} onClick={() => patch({ step: step.name })}>
          <Status status={step.status} word={false} />
          <b className="clip">{step.name}</b>
          <span className="dim">{step.state === 'cached' ? S.pipelines.cached : figure(step.duration_ms, 'ms')}</span>
        </button>
      )}
    </Graph>
  );
}

// When each step waited and ran, by the machine's clock.
function Gantt({ run, chosen }: { run: Run; chosen?: string }) {
  const total = Math.max(1, run.duration_ms ?? 0, ...run.steps.map((s) => (s.offset_ms ?? 0) + (s.duration_ms ?? 0)));
  const at = (ms: number) => `${((ms / total) * 100).toFixed(3)}%`;
  return (
    <div className="gantt" role="img" aria-label={run.steps.map((s) => `${s.name} ${figure(s.duration_ms, 'ms')}`).join(', ')}>
      {run.steps.map((s) => (
        <div key={s.name} className={s.name === chosen ? 'gantt-row on' : 'gantt-row'}>
          <span className="clip">{s.name}</span>
          <span className="gantt-track">
            {s.waited_ms !== null && s.offset_ms !== null && <i className="waited" style={{ left: at(Math.max(0, s.offset_ms - s.waited_ms)), width: at(s.waited_ms) }} />}
            {s.offset_ms !== null && <i className={`ran ran-${s.status}`} style={{ left: at(s.offset_ms), width: at(s.duration_ms ?? total - s.offset_ms) }} />}
          </span>
          <span className="num">{figure(s.duration_ms, 'ms')}</span>
        </div>
      ))}
    </div>
  );
}

function StepDetail({ run, step }: { run: Run; step: Step }) {
  return (
    <div className="step-detail">
      <section className="card">
        <h2>
          <Status status={step.status} word={false} /> {step.name}
          <span className="dim">
            {S.pipelines.attempt(step.attempt, step.attempts)} {step.exit}
          </span>
        </h2>
        {step.cause && <p className="cause">{step.cause}</p>}
        <StepLog run={run.id} step={step.name} live={step.state === 'running'} />
      </section>
      <section>
        <h2>{S.pipelines.facts}</h2>
        <KeyValue
          rows={[
            [S.pipelines.command, <code key="c">{step.command}</code>],
            [S.pipelines.took, figure(step.duration_ms, 'ms')],
            [S.pipelines.waited, figure(step.waited_ms, 'ms')],
            ['CPU', figure(step.cpu_ms, 'ms')],
            [S.pipelines.memory, figure(step.memory_bytes, 'bytes')],
            [S.models.run, step.run ? <Ref key="r" link={step.run} /> : '—'],
          ]}
        />
        <Artefacts head={S.pipelines.inputs} list={step.inputs} />
        <Artefacts head={S.pipelines.outputs} list={step.outputs} />
      </section>
    </div>
  );
}

function Artefacts({ head, list }: { head: string; list: Schemas['Artefact'][] }) {
  if (list.length === 0) return null;
  return (
    <Table
      label={head}
      rows={list}
      rowKey={(a) => a.name}
      columns={[
        { head, wide: true, cell: (a) => <span className="mono">{a.from ? `${a.name} ← ${a.from}` : a.name}</span> },
        { head: S.models.size, right: true, cell: (a) => (a.bytes === null ? '—' : bytes(a.bytes)) },
        { head: 'SHA-256', cell: (a) => <span className="mono">{a.sha256.slice(0, 8)}</span> },
      ]}
    />
  );
}
