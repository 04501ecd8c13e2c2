import { useQuery } from '@tanstack/react-query';
import { endpointsQuery } from '../../api/queries';
import { count } from '../../format/number';
import { S } from '../../strings';
import { Empty, Loaded } from '../../ui/Feedback';
import { Go } from '../../ui/Go';
import { useProject } from '../../ui/Shell';
import { Sparkline } from '../../ui/Sparkline';
import { Status } from '../../ui/Status';
import { Ago } from '../../ui/Text';

export function EndpointsPage() {
  const project = useProject();
  const endpoints = useQuery(endpointsQuery(project));
  return (
    <div className="page">
      <Loaded page query={endpoints} height={160} lines={4}>
        {({ rows, total }) => (
          <>
            <h1>{S.endpoints.title(total)}</h1>
            {rows.length === 0 && <Empty text={S.endpoints.empty} command={S.endpoints.emptyCommand} />}
            <ul className="objects">
              {rows.map((e) => (
                <li key={e.ref}>
                  <Go href={e.url} className="object">
                    <Status status={e.status} word={false} />
                    <b>{e.name}</b>
                    <span className="object-text">{e.sentence}</span>
                    <span className="object-spark">
                      <Sparkline values={e.spark} label={e.spark_label} height={28} />
                    </span>
                    <span className="dim object-fact">{count(e.rows_total)} {S.monitor.rows}</span>
                    <span className="object-age">
                      <Ago at={e.revised_at} />
                    </span>
                  </Go>
                </li>
              ))}
            </ul>
          </>
        )}
      </Loaded>
    </div>
  );
}
