// One decision with all that made it: checks with value, limit, n and interval, and what it looked at.
import { useQuery } from '@tanstack/react-query';
import type { Schemas } from '../../api/client';
import { decisionQuery } from '../../api/queries';
import { dayClock } from '../../format/time';
import { S } from '../../strings';
import { Loaded } from '../../ui/Feedback';
import { Status } from '../../ui/Status';
import { Ref } from '../../ui/Text';
import { Checks } from '../evidence/Checks';

export function DecisionEvidence({ id }: { id: string }) {
  const decision = useQuery(decisionQuery(id));
  if (!id) return <aside className="evidence card dim">{S.policy.pick}</aside>;
  return (
    <aside className="evidence card" aria-label={S.policy.evidence}>
      <Loaded query={decision} height={320} lines={6}>
        {(d) => <Evidence d={d} />}
      </Loaded>
    </aside>
  );
}

function Evidence({ d }: { d: Schemas['Decision'] }) {
  return (
    <>
      <p className="evidence-head">
        <Status status={d.status} word={S.verdict[d.verdict] ?? d.verdict} />
        <time dateTime={d.at}>{dayClock(Date.parse(d.at))} UTC</time>
      </p>
      <h2>{d.text}</h2>
      <p className="dim">{d.reason}</p>
      {d.checked > 0 && <h3>{S.policy.checks(d.passed, d.checked)}</h3>}
      <Checks checks={d.checks} />
      {d.links.length > 0 && (
        <>
          <h3>{S.policy.looked}</h3>
          <p className="links">
            {d.links.map((link) => (
              <Ref key={link.ref} link={link} />
            ))}
          </p>
        </>
      )}
      <details className="source">
        <summary>{S.policy.raw}</summary>
        <pre className="mono">{JSON.stringify(d.evidence, null, 2)}</pre>
      </details>
    </>
  );
}
