import { useQuery } from '@tanstack/react-query';
import { policiesQuery } from '../../api/queries';
import { S } from '../../strings';
import { Empty, Loaded } from '../../ui/Feedback';
import { Go } from '../../ui/Go';
import { useProject } from '../../ui/Shell';
import { Status } from '../../ui/Status';
import { Ago } from '../../ui/Text';

export function PoliciesPage() {
  const project = useProject();
  const policies = useQuery(policiesQuery(project));
  return (
    <div className="page">
      <Loaded page query={policies} height={160} lines={4}>
        {({ rows }) => (
          <>
            <h1>{rows.length === 0 ? 'No policy yet' : `${rows.length} ${rows.length === 1 ? 'policy decides' : 'policies decide'} when to retrain`}</h1>
            {rows.length === 0 && <Empty text={S.policy.empty} command={S.policy.emptyCommand} />}
            <ul className="objects">
              {rows.map((p) => (
                <li key={p.ref}>
                  <Go href={p.url} className="object">
                    <Status status={p.status} word={false} />
                    <b>{p.name}</b>
                    <span className="object-text">{p.sentence}</span>
                    <span className="dim object-fact">{S.policy.counts(p.counts.trained, p.counts.promoted, p.counts.refused)}</span>
                    <span className="object-age">
                      {p.next_check_at && (
                        <>
                          {S.home.nextCheck} <Ago at={p.next_check_at} />
                        </>
                      )}
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
