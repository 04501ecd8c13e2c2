// WHEN, GUARD and THEN as sentences, each with its distance to the trigger.
import type { Schemas } from '../../api/client';
import { figure, NONE, type Unit } from '../../format/number';
import { S } from '../../strings';
import { Go } from '../../ui/Go';
import { Meter } from '../../ui/Meter';
import { Status, type StatusName } from '../../ui/Status';

type Clause = Schemas['Clause'];
const SIGNS: Record<string, string> = { '<': '<', '<=': '≤', '>': '>', '>=': '≥', '=': '=' };

const write = (value: Clause['value'], unit: Unit) => (unit === 'share' || unit === 'none' ? figure(value, 'none', 3) : figure(value, unit));

export function Clauses({ title, note, clauses }: { title: string; note: string; clauses: Clause[] }) {
  const trigger = title === S.policy.when;
  return (
    <section className="clause-block" aria-label={title}>
      <h2>
        {title} <span className="dim">{clauses.length ? note : S.policy.noClause}</span>
      </h2>
      <ul>
        {clauses.map((c) => (
          <li key={c.kind + c.text} className={`clause ${c.state}`}>
            <Status status={mark(c, trigger)} word={false} />
            {c.link ? (
              <Go className="clause-text" href={c.link.url}>
                {c.text}
              </Go>
            ) : (
              <span className="clause-text">{c.text}</span>
            )}
            <span className="clause-meter">{c.limit !== null && <Meter value={c.value} limit={c.limit} direction={c.comparison.startsWith('<') && trigger ? 'below' : 'above'} status={mark(c, trigger)} fraction={c.fraction} />}</span>
            <span className="num clause-value">
              {c.value === null ? (c.limit === null ? '' : NONE) : write(c.value, c.unit)}
              {c.limit !== null && (
                <span className="dim">
                  {' '}
                  {trigger ? S.policy.fires : S.policy.of} {SIGNS[c.comparison]} {write(c.limit, c.unit)}
                </span>
              )}
            </span>
            <span className="dim clause-note">{c.note}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}

// A trigger that is met asks for something; a guard that is met lets it pass.
function mark(c: Clause, trigger: boolean): StatusName {
  if (c.state === 'unknown') return 'none';
  if (trigger) return c.state === 'met' ? 'warn' : 'ok';
  return c.state === 'met' ? 'ok' : 'wait';
}

const STEP: Record<string, StatusName> = { done: 'ok', now: 'run', next: 'wait', failed: 'crit', idle: 'none' };

export function Then({ steps }: { steps: Schemas['ThenStep'][] }) {
  return (
    <section className="clause-block" aria-label={S.policy.then}>
      <h2>
        {S.policy.then} <span className="dim">{S.policy.thenNote}</span>
      </h2>
      <ol className="then">
        {steps.map((s, i) => (
          <li key={`${s.kind}${i}`} className={`then-${s.state}`}>
            <Status status={STEP[s.state] ?? 'none'} word={false} size={14} />
            <span>{s.text}</span>
          </li>
        ))}
      </ol>
    </section>
  );
}
