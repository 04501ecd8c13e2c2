import { useQuery } from '@tanstack/react-query';
import { useNow } from '../../api/clock';
import { timelineQuery } from '../../api/queries';
import { dayAt, weekday } from '../../format/time';
import { S } from '../../strings';
import { Loaded } from '../../ui/Feedback';
import { Go } from '../../ui/Go';
import { useRange } from '../../ui/range';
import { FlagMark } from '../../ui/Status';

const SHOWN = 15;
const isOtherYear = (at: string, now: number) => new Date(at).getUTCFullYear() !== new Date(now).getUTCFullYear();

// The story so far, newest first, each line a way to the thing it is about.
export function Happened({ project }: { project: string }) {
  const now = useNow();
  const timeline = useQuery(timelineQuery(project, useRange(), undefined, SHOWN));
  return (
    <section aria-labelledby="happened-title">
      <h2 id="happened-title">{S.home.happened}</h2>
      <Loaded query={timeline} height={280} lines={8}>
        {({ rows }) =>
          rows.length === 0 ? (
            <p className="quiet-fact">{S.home.happenedNone}</p>
          ) : (
            <ol className={rows.some((flag) => isOtherYear(flag.at, now)) ? 'rows story years' : 'rows story'}>
              {rows.slice(0, SHOWN).map((flag) => (
                <li key={flag.id} className="row wraps">
                  <time dateTime={flag.at}>
                    <span className="dim">{weekday(Date.parse(flag.at))}</span> {dayAt(Date.parse(flag.at), now)}
                  </time>
                  <FlagMark kind={flag.kind} status={flag.status} />
                  <Go className="row-text" href={flag.link.url}>
                    {flag.text}
                  </Go>
                  <span className="hidden">{S.flag[flag.kind]}</span>
                </li>
              ))}
            </ol>
          )
        }
      </Loaded>
    </section>
  );
}
