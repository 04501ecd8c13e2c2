// Is every model healthy, and where is the loop stuck?
import { useQuery } from '@tanstack/react-query';
import type { Schemas } from '../../api/client';
import { latestRunsQuery, loopQuery } from '../../api/queries';
import { duration, NONE } from '../../format/number';
import { S } from '../../strings';
import { Loaded } from '../../ui/Feedback';
import { Go } from '../../ui/Go';
import { useProject } from '../../ui/Shell';
import { FirstRun } from './FirstRun';
import { Happened } from './Happened';
import { HomeDrift, HomeQuality } from './HomeCharts';
import { Latest, LogARun } from './Latest';
import { LoopPicture } from './LoopPicture';
import { NeedsYou } from './NeedsYou';

export function HomePage() {
  const project = useProject();
  const loop = useQuery(loopQuery(project));
  return (
    <div className="page home">
      <Loaded page query={loop} height={260} lines={5}>
        {(data) => <Picture loop={data} project={project} />}
      </Loaded>
    </div>
  );
}

function Picture({ loop, project }: { loop: Schemas['Loop']; project: string }) {
  const fresh = loop.setup.some((s) => !s.done) && !loop.monitor;
  const latest = useQuery({ ...latestRunsQuery, enabled: fresh }).data;
  const logged = fresh ? (latest?.total ?? 0) : 0;
  const nothing = loop.stations.every((s) => s.status === 'none');
  return (
    <>
      <header className="lead">
        <h1>{logged > 0 && nothing ? S.home.logged(logged) : loop.headline}</h1>
        <Lap lap={loop.lap} />
      </header>
      {logged > 0 && latest && <Latest runs={latest} />}
      {fresh && latest && logged === 0 && <LogARun />}
      <LoopPicture loop={loop} />
      {fresh ? (
        <>
          {logged > 0 && <LogARun />}
          <FirstRun steps={loop.setup} />
        </>
      ) : (
        <div className="two">
          <div className="stack">
            <NeedsYou project={project} />
            <Happened project={project} />
          </div>
          <div className="stack">
            <HomeDrift project={project} monitor={loop.monitor} />
            <HomeQuality project={project} monitor={loop.monitor} />
          </div>
        </div>
      )}
    </>
  );
}

function Lap({ lap }: { lap: Schemas['Lap'] }) {
  if (!lap.count) return <span className="lead-note">{S.home.lapNone}</span>;
  const text = S.home.lap(lap.last_ms === null ? NONE : duration(lap.last_ms), lap.median_ms === null ? NONE : duration(lap.median_ms), lap.count);
  return (
    <Go className="lead-note" href={lap.url}>
      {text}
    </Go>
  );
}
