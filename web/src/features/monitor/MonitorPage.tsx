// Has the world moved, and is quality falling?
import { useQuery } from '@tanstack/react-query';
import { useParams, useSearch } from '@tanstack/react-router';
import type { Schemas } from '../../api/client';
import { driftQuery, monitorQuery, performanceQuery } from '../../api/queries';
import { duration, grouped, percent } from '../../format/number';
import { DAY_MS, day, millis, span } from '../../format/time';
import { S } from '../../strings';
import { Command, Loaded } from '../../ui/Feedback';
import { usePatchSearch, useRange } from '../../ui/range';
import { useProject } from '../../ui/Shell';
import { Segmented } from '../../ui/Segmented';
import { Status } from '../../ui/Status';
import { Ref } from '../../ui/Text';
import { DistributionPanel } from './DistributionPanel';
import { AlertList, RuleList } from './RuleList';
import { Score } from './Score';

const DRIFT = ['js', 'psi', 'ks', 'missing', 'unseen', 'out_of_range'] as const;
const QUALITY = ['auc', 'skill', 'log_loss', 'ece'] as const;
const pick = <T extends string>(list: readonly T[], value: string | undefined): T => list.find((v) => v === value) ?? (list[0] as T);

export function MonitorPage() {
  const project = useProject();
  const { monitor: name = '' }: { monitor?: string } = useParams({ strict: false });
  const monitor = useQuery(monitorQuery(project, name));
  return (
    <div className="page monitor">
      <Loaded page query={monitor} height={420} lines={8}>
        {(data) => (
          <>
            <Head monitor={data} />
            {data.setup.some((s) => !s.done) && !data.range.from ? <Setup steps={data.setup} /> : <Body project={project} monitor={data} />}
          </>
        )}
      </Loaded>
    </div>
  );
}

function Head({ monitor }: { monitor: Schemas['Monitor'] }) {
  const { reference, labels } = monitor;
  const from = millis(reference?.from);
  const to = millis(reference?.to);
  const through = millis(labels.labelled_through);
  return (
    <header className="object-head">
      <h1>
        <Status status={monitor.status} word={false} size={20} />
        {monitor.sentence}
      </h1>
      <p className="facts">
        <Ref link={monitor.endpoint} />
        {reference && (
          <span>
            {S.monitor.reference} <Ref link={reference.version} icon={false} /> {from !== null && to !== null && span(from, to)}, {grouped(reference.rows)} {S.monitor.rows}
          </span>
        )}
        <span>
          {S.monitor.window} {monitor.window_ms === DAY_MS ? '1 d' : duration(monitor.window_ms)}
        </span>
        <span>
          {labels.predictions > 0 && `${S.monitor.coverage} ${percent(labels.labelled / labels.predictions, 1)} of ${grouped(labels.predictions)}`}
          {through !== null && `, through ${day(through - 1)}`}
        </span>
      </p>
    </header>
  );
}

function Setup({ steps }: { steps: Schemas['MonitorSetup'][] }) {
  return (
    <section className="first-run">
      <h2>{S.monitor.setup}</h2>
      <ol>
        {steps.map((s, i) => (
          <li key={s.text}>
            {s.done ? <Status status="ok" word={false} /> : <span className="step-number">{i + 1}</span>}
            <span className="step-text">{s.text}</span>
            <Command text={s.command} />
          </li>
        ))}
      </ol>
    </section>
  );
}

interface MonitorSearch {
  feature?: string;
  metric?: string;
  quality?: string;
  wfrom?: string;
  wto?: string;
}

function Body({ project, monitor }: { project: string; monitor: Schemas['Monitor'] }) {
  const search: MonitorSearch = useSearch({ strict: false });
  const patch = usePatchSearch();
  const range = useRange();
  const metric = pick(DRIFT, search.metric);
  const quality = pick(QUALITY, search.quality);
  const drift = useQuery(driftQuery(project, monitor.name, range, metric));
  const performance = useQuery(performanceQuery(project, monitor.name, range, quality));
  const feature = search.feature ?? drift.data?.features[0]?.name ?? '';
  const chosen = search.wfrom && search.wto ? { from: search.wfrom, to: search.wto } : null;
  // With nothing chosen it is the newest window: the one whose values stand under "now".
  const newest = drift.data?.windows.at(-1);
  const shown = chosen ?? (newest ? { from: newest.from, to: newest.to } : null);
  const choose = (name: string, from: string, to: string) => patch({ feature: name, wfrom: from || search.wfrom, wto: to || search.wto });
  const options = <T extends string>(list: readonly T[]) => list.map((value) => ({ value, text: S.metrics[value] ?? value }));
  return (
    <div className="monitor-grid">
      <div className="monitor-main">
        <div className="toolbar">
          <Segmented label={S.monitor.drift} value={metric} options={options(DRIFT)} onChange={(value) => patch({ metric: value === 'js' ? undefined : value })} />
          <span className="grow" />
          <Segmented label={S.monitor.quality} value={quality} options={options(QUALITY)} onChange={(value) => patch({ quality: value === 'auc' ? undefined : value })} />
        </div>
        <Loaded query={drift} height={560} lines={12}>
          {(map) => (
            <Loaded query={performance} height={560} lines={12}>
              {(data) => <Score map={map} performance={data} feature={feature} chosen={chosen} onPick={choose} />}
            </Loaded>
          )}
        </Loaded>
      </div>
      <aside className="monitor-side">
        {shown && <DistributionPanel project={project} monitor={monitor.name} feature={feature} range={shown} newest={!chosen} clear={() => patch({ wfrom: undefined, wto: undefined })} />}
        <RuleList rules={monitor.rules} />
        <AlertList project={project} monitor={monitor.name} />
      </aside>
    </div>
  );
}
