// Where the page stands: project, room, and the names of what is open. The tab's title says the same, the nearest first.
import { useQuery } from '@tanstack/react-query';
import { useRouterState } from '@tanstack/react-router';
import { useEffect } from 'react';
import { experimentsQuery, runQuery } from '../api/queries';
import { ASIDE, ROOMS } from '../features/rooms';
import { shortId } from '../format/name';
import { S } from '../strings';
import { Go } from './Go';

export interface Crumb {
  name: string;
  url?: string;
}

const OF_EXPERIMENTS = ['e', 'r', 'compare'];
const BETWEEN = ['v', 'runs', 'decisions'];  // words of a path that name nothing

export function Crumbs({ project }: { project: string }) {
  const path = useRouterState({ select: (s) => s.location.pathname });
  const parts = path.split('/').slice(3).filter(Boolean).map(decodeURIComponent);
  const first = OF_EXPERIMENTS.includes(parts[0] ?? '') ? 'experiments' : (parts[0] ?? '');
  const room = [...ROOMS, ...ASIDE].find((r) => r.path === `/${first}`);
  const trail: Crumb[] = [{ name: project, url: `/p/${project}` }];
  if (room && parts.length > 0) trail.push({ name: S.rooms[room.id], url: `/p/${project}${room.path}` });
  trail.push(...useOpen(project, parts));
  useTitle(trail.slice(1).map((c) => c.name));
  return (
    <nav className="crumbs" aria-label={S.crumbs}>
      {trail.map((crumb, i) => (
        <span key={`${crumb.name}${i}`}>
          {i > 0 && <i aria-hidden="true">/</i>}
          {crumb.url && (i < trail.length - 1 || i < 2) ? (
            <Go href={crumb.url} className={i === 0 ? 'crumb-project' : undefined}>
              {crumb.name}
            </Go>
          ) : (
            <span className={i === trail.length - 1 ? 'here' : undefined} data-tip={crumb.name}>
              {crumb.name}
            </span>
          )}
        </span>
      ))}
    </nav>
  );
}

// By name where the page that is open has asked for it; nothing is asked for here.
function useOpen(project: string, parts: string[]): Crumb[] {
  const [kind = '', id = ''] = parts;
  const experiments = useQuery({ ...experimentsQuery(project), enabled: false }).data;
  const run = useQuery({ ...runQuery(id), enabled: false }).data;
  if (kind === 'e' && id) return [{ name: experiments?.rows.find((e) => e.id === id)?.name ?? id }];
  if (kind === 'r' && id) return run?.id === id ? [{ name: run.experiment.name, url: run.experiment.url }, { name: run.name }] : [{ name: shortId(id) }];
  return parts.slice(1).filter((p) => !BETWEEN.includes(p)).map((name) => ({ name: shortId(name) }));
}

function useTitle(names: string[]): void {
  const title = [...names].reverse().concat(S.product).join(' · ');
  useEffect(() => {
    document.title = title;
  }, [title]);
}
