// What happened in this run?
import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { useMemo } from 'react';
import type { Schemas } from '../../api/client';
import { runQuery, seriesQuery } from '../../api/queries';
import { figure, grouped } from '../../format/number';
import { S } from '../../strings';
import { Empty, Loaded } from '../../ui/Feedback';
import { Status } from '../../ui/Status';
import { Strip } from '../../ui/Strip';
import { KeyValue, Table } from '../../ui/Table';
import { Ref } from '../../ui/Text';
import { BinNotice } from '../retention/BinNotice';
import { Gallery } from './files/Gallery';
import { RunFiles } from './files/RunFiles';
import { StepChart } from './StepChart';
import { Took } from './Took';
import { Children, ParentLink } from './Family';
import { telling } from './telling';

const LIVE_MS = 1500;

export function RunPage() {
  const { run: id = '' }: { run?: string } = useParams({ strict: false });
  const run = useQuery({ ...runQuery(id), refetchInterval: (q) => (q.state.data?.state === 'running' ? LIVE_MS : false) });
  const running = run.data?.state === 'running';
  const series = useQuery({ ...seriesQuery(id), refetchInterval: running ? LIVE_MS : false });
  return (
    <div className="page">
      <Loaded page query={run} height={160} lines={4}>
        {(r) => <Head run={r} />}
      </Loaded>
      {!run.error && (
        <Loaded query={series} height={260} lines={4}>
          {(set) => <Curves set={set} running={running} />}
        </Loaded>
      )}
      {run.data && (
        <>
          <Children run={run.data} />
          <Gallery run={run.data} />
          <Facts run={run.data} />
          <RunFiles run={run.data} />
        </>
      )}
    </div>
  );
}

function Head({ run }: { run: Schemas['Run'] }) {
  const took = run.started_at && run.ended_at ? Date.parse(run.ended_at) - Date.parse(run.started_at) : null;
  return (
    <header className="object-head">
      <h1>
        <Status status={run.status} word={false} size={20} />
        {run.name} {run.state}
        {took !== null && (
          <>
            {', '}
            <Took ms={took} />
          </>
        )}
      </h1>
      <p className="facts">
        <Ref link={run.experiment} />
        {run.user && <span>{run.user}</span>}
        <ParentLink run={run} />
      </p>
      {run.deleted && <BinNotice kind="run" id={run.id} name={run.name} />}
      <Strip links={run.origin} label={S.models.origin} />
    </header>
  );
}

function Curves({ set, running }: { set: Schemas['SeriesSet']; running: boolean }) {
  const curves = useMemo(() => set.series.filter((s) => s.last.filter((v) => v !== null).length > 1), [set]);
  if (curves.length === 0) return running ? <p className="quiet-fact">{S.runs.waiting}</p> : null;
  return (
    <div className="curves">
      {curves.map((s) => (
        <StepChart key={s.key} x={set.x} series={s} />
      ))}
    </div>
  );
}

function Facts({ run }: { run: Schemas['Run'] }) {
  return (
    <div className="two below">
      <section>
        <h2>{S.runs.metrics}</h2>
        {run.keys.length === 0 ? (
          <Empty text={S.runs.noMetrics} />
        ) : (
          <Table
            label={S.runs.metrics}
            rows={[...run.keys].sort((a, b) => telling(a.key) - telling(b.key))}
            rowKey={(k) => k.key}
            columns={[
              { head: S.runs.metric, wide: true, cell: (k) => <span className="mono">{k.key}</span> },
              { head: S.runs.lastValue, right: true, cell: (k) => figure(k.last) },
              { head: 'min', right: true, minor: true, cell: (k) => (k.points > 1 ? figure(k.min) : '') },
              { head: 'max', right: true, minor: true, cell: (k) => (k.points > 1 ? figure(k.max) : '') },
              { head: S.runs.points, right: true, cell: (k) => grouped(k.points) },
            ]}
          />
        )}
      </section>
      <div className="stack">
        {Object.keys(run.params).length > 0 && (
          <section>
            <h2>{S.runs.params}</h2>
            <KeyValue rows={Object.entries(run.params).map(([k, v]) => [k, <code key={k}>{v}</code>])} />
          </section>
        )}
        <section>
          <h2>{S.runs.tags}</h2>
          <KeyValue rows={Object.entries(run.tags).map(([k, v]) => [k, <span key={k}>{v}</span>])} />
        </section>
      </div>
    </div>
  );
}
