// The loop as one picture: five stations, what last crossed between them, and the policy on the way back.
import type { Schemas } from '../../api/client';
import { S } from '../../strings';
import { Go } from '../../ui/Go';
import { Icon, type IconName } from '../../ui/Icon';
import { Sparkline } from '../../ui/Sparkline';
import { Status } from '../../ui/Status';
import { Ago } from '../../ui/Text';

const LONG = 13;  // Characters that fit at full size.
const ICONS: Record<string, IconName> = { data: 'data', train: 'experiments', model: 'models', serve: 'endpoints', monitor: 'monitors' };

export function LoopPicture({ loop }: { loop: Schemas['Loop'] }) {
  const edge = (from: string) => loop.edges.find((e) => e.from === from);
  return (
    <figure className="loop" aria-label={loop.headline}>
      <div className="stations">
        {loop.stations.map((station, i) => (
          <div className="leg" key={station.station}>
            <StationCard station={station} />
            {i < loop.stations.length - 1 && <Crossing edge={edge(station.station)} />}
          </div>
        ))}
      </div>
      <WayBack loop={loop} edge={edge('monitor')} />
      <figcaption className="hidden" aria-live="polite">
        {loop.headline} {loop.stations.map((s) => `${S.stations[s.station]}: ${S.statusWord[s.status]}, ${s.headline}, ${s.detail}.`).join(' ')}
      </figcaption>
    </figure>
  );
}

function StationCard({ station: s }: { station: Schemas['Station'] }) {
  return (
    <Go href={s.url} className={`station edge-${s.status}`}>
      <span className="station-head">
        <Status status={s.status} word={false} />
        <Icon name={ICONS[s.station] ?? 'data'} size={14} />
        <b>{S.stations[s.station]}</b>
        <span className="station-age">{s.note || <Ago at={s.at} />}</span>
      </span>
      <span className={s.reference ? 'station-big mono' : s.headline.length > LONG ? 'station-big long' : 'station-big'}>{s.headline}</span>
      <span className="station-detail">{s.waits_for || s.detail}</span>
      <Sparkline values={s.spark} label={s.spark_label} status={s.status === 'warn' || s.status === 'crit' ? s.status : 'run'} height={34} />
    </Go>
  );
}

// The dot stands where the last artefact is: it has crossed, so near the arrow's head.
function Crossing({ edge }: { edge: Schemas['Edge'] | undefined }) {
  const artefact = edge?.artefact ?? null;
  const line = (
    <svg viewBox="0 0 48 12" width="48" height="12" aria-hidden="true">
      <path d="M1 6h44M40.5 1.5 45.5 6l-5 4.5" fill="none" stroke="currentColor" strokeWidth="1.2" />
      {artefact && <circle className={edge?.count ? 'token moving' : 'token'} cx={edge?.count ? 14 : 26} cy="6" r="3.5" />}
    </svg>
  );
  if (!artefact || !edge) return <span className="crossing">{line}</span>;
  return (
    <Go className="crossing" href={`/p/${artefact.url.split('/')[2]}/lineage?focus=${encodeURIComponent(artefact.ref)}`} data-tip={`${artefact.ref}${edge.count ? ` · ${edge.count} in 24 h` : ''}`} aria-label={S.home.crossed(artefact.name, edge.from, edge.to)}>
      {line}
      <span className="crossing-name">{artefact.name}</span>
    </Go>
  );
}

function WayBack({ loop, edge }: { loop: Schemas['Loop']; edge: Schemas['Edge'] | undefined }) {
  const line = loop.policy;
  return (
    <div className={`way-back ${line?.status === 'run' ? 'active' : ''}`}>
      <svg className="way-head" viewBox="0 0 12 8" width="12" height="8" aria-hidden="true">
        <path d="M1 7 6 1.5 11 7" fill="none" stroke="currentColor" strokeWidth="1.2" />
      </svg>
      {line ? (
        <Go href={line.policy.url} className="pill" data-tip={edge?.artefact ? edge.artefact.ref : undefined}>
          <Icon name="policies" size={14} />
          <b>{line.policy.name}</b>
          <span className="pill-text">{line.text}</span>
          {line.next_check_at && (
            <span className="pill-next">
              {S.home.nextCheck} <Ago at={line.next_check_at} />
            </span>
          )}
        </Go>
      ) : (
        <span className="pill hollow">
          <Icon name="policies" size={14} />
          <span>{S.home.noPolicy}</span>
        </span>
      )}
    </div>
  );
}
