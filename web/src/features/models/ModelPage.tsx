// What may serve, what serves, what served when?
import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import type { Schemas } from '../../api/client';
import { useNow } from '../../api/clock';
import { modelQuery } from '../../api/queries';
import { shortId } from '../../format/name';
import { figure } from '../../format/number';
import { day, storyEnd } from '../../format/time';
import { S } from '../../strings';
import { Loaded } from '../../ui/Feedback';
import { Go } from '../../ui/Go';
import { useProject } from '../../ui/Shell';
import { Status, type StatusName } from '../../ui/Status';
import { Table } from '../../ui/Table';
import { Ago, Ref } from '../../ui/Text';
import { TimeAxis } from '../../ui/TimeAxis';
import { TimeStack, useFrame } from '../../ui/TimeStack';
import { versionColour } from '../monitor/QualityStack';

export function ModelPage() {
  const project = useProject();
  const { model: name = '' }: { model?: string } = useParams({ strict: false });
  const model = useQuery(modelQuery(project, name));
  return (
    <div className="page">
      <Loaded page query={model} height={320} lines={8}>
        {(m) => (
          <>
            <header className="object-head">
              <h1>{m.champion ? S.models.serves(m.champion.name) : S.models.nothingServes}</h1>
              <p className="facts">
                {m.endpoints.map((e) => (
                  <Ref key={e.ref} link={e} />
                ))}
                <span>{S.models.count(m.versions_total)}</span>
              </p>
            </header>
            <Served model={m} />
            <Versions model={m} />
          </>
        )}
      </Loaded>
    </div>
  );
}

function Served({ model }: { model: Schemas['Model'] }) {
  const clock = useNow();
  const first = model.served[0];
  if (!first) return null;
  const starts = model.served.map((s) => Date.parse(s.from));
  const now = storyEnd(Math.min(...starts), Math.max(...starts, ...model.served.map((s) => (s.to ? Date.parse(s.to) : 0))), clock);
  const lanes = [...new Set(model.served.map((s) => s.lane))];
  return (
    <section className="card">
      <h2>{S.models.servedWhen}</h2>
      <TimeStack from={Math.min(...starts)} to={now} left={160} right={16}>
        {lanes.map((lane) => (
          <Lane key={lane} lane={lane} model={model} now={now} />
        ))}
        <TimeAxis />
      </TimeStack>
    </section>
  );
}

function Lane({ lane, model, now }: { lane: string; model: Schemas['Model']; now: number }) {
  const frame = useFrame();
  return (
    <div className="served-lane">
      <span className="gutter-name mono">{frame.narrow ? lane.split('@')[0] : lane}</span>
      {model.served
        .filter((s) => s.lane === lane)
        .map((s) => {
          const from = Date.parse(s.from);
          const to = s.to ? Date.parse(s.to) : now;
          const words = `v${s.version}, ${day(from)} – ${s.to ? day(to) : S.monitor.now}`;
          return (
            <Go key={s.from + s.version} href={`${model.url}/v/${s.version}`} className="served-bar" data-tip={words} style={{ left: frame.x(from), width: Math.max(4, frame.x(to) - frame.x(from) - 1), borderColor: `var(--g-${versionColour(`@${s.version}`)})` }}>
              <span className="clip">v{s.version}</span>
              <span className="hidden">{words}</span>
            </Go>
          );
        })}
    </div>
  );
}

const GATE: Record<string, StatusName> = { pass: 'ok', warn: 'warn', fail: 'crit', undecided: 'wait', skipped: 'none' };
const SHOWN_METRICS = 3;

export function GateStrip({ gates }: { gates: readonly string[] }) {
  const passed = gates.filter((g) => g === 'pass').length;
  return (
    <span className="gate-strip" role="img" aria-label={S.policy.checks(passed, gates.length)}>
      {gates.map((g, i) => (
        <Status key={i} status={GATE[g] ?? 'none'} word={false} size={12} />
      ))}
    </span>
  );
}

function Versions({ model }: { model: Schemas['Model'] }) {
  const metrics = [...new Set(model.versions.flatMap((v) => Object.keys(v.metrics)))].slice(0, SHOWN_METRICS);
  return (
    <section className="below">
      <h2>{S.models.versions}</h2>
      <Table
        label={S.models.versions}
        rows={model.versions}
        rowKey={(v) => v.version}
        edge={(v) => v.status === 'crit'}
        columns={[
          { head: S.models.version, cell: (v) => <Ref link={v} icon={false} /> },
          { head: S.models.state, cell: (v) => <Status status={v.status} word={v.state} /> },
          { head: S.models.gates, minor: true, cell: (v) => <GateStrip gates={v.gates} /> },
          ...metrics.map((name) => ({ head: S.metrics[name] ?? name, right: true, cell: (v: Schemas['VersionRow']) => figure(v.metrics[name]) })),
          { head: S.models.run, minor: true, wide: true, cell: (v) => (v.run ? <Ref link={v.run} label={`${v.run.name} ${shortId(v.run.url)}`} /> : '—') },
          { head: S.models.made, right: true, cell: (v) => <Ago at={v.created_at} /> },
        ]}
      />
    </section>
  );
}
