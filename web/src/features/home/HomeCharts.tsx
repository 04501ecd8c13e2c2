// The two small pictures of home: drift, and quality with and without labels.
import { useQuery } from '@tanstack/react-query';
import { useRouter } from '@tanstack/react-router';
import type { Schemas } from '../../api/client';
import { driftQuery, performanceQuery } from '../../api/queries';
import { S } from '../../strings';
import { Loaded } from '../../ui/Feedback';
import { Go } from '../../ui/Go';
import { useRange } from '../../ui/range';
import { DriftStack } from '../monitor/DriftStack';
import { QualityLegend, QualityStack } from '../monitor/QualityStack';

const ROWS = 7;

export function HomeDrift({ project, monitor }: { project: string; monitor: Schemas['MaybeLink'] }) {
  const drift = useQuery(driftQuery(project, monitor?.name ?? '', useRange()));
  const router = useRouter();
  return (
    <section aria-labelledby="drift-title">
      <h2 id="drift-title">
        {S.home.drift}
        {monitor && (
          <Go className="head-link" href={monitor.url}>
            {S.home.openMonitor}
          </Go>
        )}
      </h2>
      {monitor ? (
        <Loaded query={drift} height={200} lines={7}>
          {(map) => <DriftStack map={map} rows={ROWS} left={104} right={8} onPick={(feature) => router.history.push(`${monitor.url}?feature=${encodeURIComponent(feature)}`)} />}
        </Loaded>
      ) : (
        <p className="quiet-fact">{S.home.driftNone}</p>
      )}
    </section>
  );
}

export function HomeQuality({ project, monitor }: { project: string; monitor: Schemas['MaybeLink'] }) {
  const quality = useQuery(performanceQuery(project, monitor?.name ?? '', useRange()));
  if (!monitor) return null;
  return (
    <section className="card" aria-labelledby="quality-title">
      <h2 id="quality-title">
        {S.home.quality(S.metrics.auc ?? '')}
        <Go className="head-link" href={monitor.url}>
          {S.home.openMonitor}
        </Go>
      </h2>
      <Loaded query={quality} height={230}>
        {(data) => (
          <>
            <p className="sentence">{data.sentence}</p>
            <QualityStack data={data} height={196} left={40} right={56} flags />
            <QualityLegend data={data} />
          </>
        )}
      </Loaded>
    </section>
  );
}
