import { useQuery } from '@tanstack/react-query';
import { monitorsQuery } from '../../api/queries';
import { percent } from '../../format/number';
import { S } from '../../strings';
import { Empty, Loaded } from '../../ui/Feedback';
import { Go } from '../../ui/Go';
import { useProject } from '../../ui/Shell';
import { Sparkline } from '../../ui/Sparkline';
import { Status } from '../../ui/Status';
import { Ago } from '../../ui/Text';

export function MonitorsPage() {
  const project = useProject();
  const monitors = useQuery(monitorsQuery(project));
  return (
    <div className="page">
      <Loaded page query={monitors} height={160} lines={4}>
        {({ rows }) => (
          <>
            <h1>{headline(rows)}</h1>
            {rows.length === 0 && <Empty text="A monitor watches what an endpoint answers: drift of its columns, and quality as labels come." command="gyre pipe apply gyre.yaml" />}
            <ul className="objects">
              {rows.map((m) => (
                <li key={m.ref}>
                  <Go href={m.url} className="object">
                    <Status status={m.status} word={false} />
                    <b>{m.name}</b>
                    <span className="object-text">{m.sentence}</span>
                    <span className="object-spark">
                      <Sparkline values={m.spark} label={m.spark_label} status={m.status === 'warn' || m.status === 'crit' ? m.status : 'run'} height={28} />
                    </span>
                    <span className="dim object-fact">{m.coverage === null ? '' : `${S.monitor.coverage} ${percent(m.coverage)}`}</span>
                    <span className="object-age">
                      <Ago at={m.last_window_at} />
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

function headline(rows: { status: string }[]): string {
  if (rows.length === 0) return 'No monitor yet';
  const bad = rows.filter((r) => r.status === 'warn' || r.status === 'crit').length;
  if (bad && rows.length === 1) return 'The monitor has an open alert';
  return bad ? `${bad} of ${rows.length} monitors ${bad === 1 ? 'has' : 'have'} an open alert` : rows.length === 1 ? 'The monitor is quiet' : `All ${rows.length} monitors are quiet`;
}
