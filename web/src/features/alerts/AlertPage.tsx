// What broke, since when, what was done?
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { useMemo } from 'react';
import { post, type Schemas } from '../../api/client';
import { useNow } from '../../api/clock';
import { alertQuery, driftQuery } from '../../api/queries';
import { fixed, grouped } from '../../format/number';
import { DAY_MS, day, duration } from '../../format/time';
import { S } from '../../strings';
import { Chart } from '../../ui/Chart';
import { ErrorPanel, Loaded } from '../../ui/Feedback';
import { useProject } from '../../ui/Shell';
import { Status } from '../../ui/Status';
import { KeyValue } from '../../ui/Table';
import { Ref } from '../../ui/Text';
import { FlagRail, TimeAxis } from '../../ui/TimeAxis';
import { TimeStack } from '../../ui/TimeStack';
import { toast } from '../../ui/Toast';
import { useMiddles } from '../monitor/QualityStack';
import { alertStatus } from './AlertsPage';

const BEFORE_MS = 21 * DAY_MS;
const AFTER_MS = 14 * DAY_MS;
const MUTE_MS = 2 * DAY_MS;

export function AlertPage() {
  const project = useProject();
  const { alert: id = '' }: { alert?: string } = useParams({ strict: false });
  const alert = useQuery(alertQuery(id));
  return (
    <div className="page">
      <Loaded page query={alert} height={320} lines={6}>
        {(a) => (
          <>
            <Head a={a} />
            <Around a={a} project={project} />
          </>
        )}
      </Loaded>
    </div>
  );
}

function Head({ a }: { a: Schemas['Alert'] }) {
  const client = useQueryClient();
  const now = useNow();
  const act = useMutation({
    mutationFn: (action: 'ack' | 'unack' | 'mute' | 'unmute') => post('/api/v1/alerts/{alert}', { path: { alert: a.id } }, { action, until: action === 'mute' ? new Date(now + MUTE_MS).toISOString() : undefined }),
    onSuccess: (done, action) => {
      const back = action === 'ack' ? 'unack' : action === 'mute' ? 'unmute' : null;
      toast(done.text, back ? () => act.mutate(back) : undefined);
      void client.invalidateQueries();
    },
  });
  const onset = Date.parse(a.onset);
  return (
    <header className="object-head">
      {a.state !== 'resolved' && (
        <div className="head-actions">
          <button type="button" className="button" disabled={act.isPending} onClick={() => act.mutate(a.acknowledged_at ? 'unack' : 'ack')}>
            {a.acknowledged_at ? S.alerts.unack : S.alerts.ack}
          </button>
          <button type="button" className="button" disabled={act.isPending} onClick={() => act.mutate(a.muted_until ? 'unmute' : 'mute')}>
            {a.muted_until ? S.alerts.unmute : S.alerts.mute}
          </button>
        </div>
      )}
      <h1>
        <Status status={alertStatus(a)} word={false} size={20} />
        {a.rule} {fixed(a.value, 3)} {a.direction === 'above' ? S.alerts.over : S.alerts.under} {fixed(a.limit, 3)} {a.resolved_at ? S.alerts.for(duration(Date.parse(a.resolved_at) - onset)) : S.alerts.since(day(onset))}
      </h1>
      <p className="facts">
        <Ref link={a.monitor} />
        {a.version && <Ref link={a.version} />}
        {a.answer && <Ref link={a.answer} label={S.alerts.decision} />}
      </p>
      <KeyValue
        rows={[
          [S.monitor.rule, a.text],
          ['n', grouped(a.n)],
          [S.policy.onset, day(onset, true)],
          [S.alerts.opened, a.opened_at ? day(Date.parse(a.opened_at), true) : '—'],
          [S.alerts.resolved, a.resolved_at ? day(Date.parse(a.resolved_at), true) : '—'],
          [S.alerts.acknowledged, a.acknowledged_at ? `${a.acknowledged_by}, ${day(Date.parse(a.acknowledged_at), true)}` : '—'],
        ]}
      />
      {act.error && <ErrorPanel error={act.error} />}
    </header>
  );
}

// The rule's signal from three weeks before the onset on.
function Around({ a, project }: { a: Schemas['Alert']; project: string }) {
  const now = useNow();
  const onset = Date.parse(a.onset);
  const to = Math.min(now, (a.resolved_at ? Date.parse(a.resolved_at) : now) + AFTER_MS);
  const day0 = (ms: number) => new Date(Math.floor(ms / DAY_MS) * DAY_MS).toISOString();
  const drift = useQuery(driftQuery(project, a.monitor.name, { from: day0(onset - BEFORE_MS), to: day0(to + DAY_MS) }));
  return (
    <Loaded query={drift} height={240} lines={4}>
      {(map) => <Signal map={map} a={a} />}
    </Loaded>
  );
}

function Signal({ map, a }: { map: Schemas['DriftMap']; a: Schemas['Alert'] }) {
  const signal = map.signals.find((s) => s.rule === a.rule);
  const times = useMiddles(map.windows);
  const lines = useMemo(() => (signal ? [{ name: signal.rule, values: signal.values, colour: 'text', width: 1.75 }] : []), [signal]);
  const first = map.windows[0];
  const last = map.windows.at(-1);
  if (!signal || !first || !last) return null;
  return (
    <section className="card below" aria-label={a.rule}>
      <h2>{a.text}</h2>
      <TimeStack from={Date.parse(first.from)} to={Date.parse(last.to)} left={48} right={72}>
        <FlagRail flags={map.flags} name="" />
        <Chart times={times} lines={lines} limits={[{ value: signal.limit, status: a.severity === 'critical' ? 'crit' : 'warn', label: `limit ${fixed(signal.limit, 3)}`, side: signal.direction }]} height={200} decimals={3} label={a.text} floor={signal.direction === 'above' ? 0 : undefined} />
        <TimeAxis />
      </TimeStack>
    </section>
  );
}
