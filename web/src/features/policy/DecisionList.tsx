// Every decision, also "not yet" and "no", by case; each opens its evidence.
import { useMemo } from 'react';
import { useSearch } from '@tanstack/react-router';
import type { Schemas } from '../../api/client';
import { clock, day, weekday } from '../../format/time';
import { S } from '../../strings';
import { Go } from '../../ui/Go';
import { Status } from '../../ui/Status';
import { casesOf, type CaseGroup } from './verdicts';

export function DecisionList({ rows, total, chosen }: { rows: Schemas['DecisionRow'][]; total: number; chosen: string }) {
  const cases = useMemo(() => casesOf(rows), [rows]);
  return (
    <section className="decisions" aria-labelledby="decisions-title">
      <h2 id="decisions-title">
        {total} {S.policy.decisions.toLowerCase()} <span className="dim">in {cases.length} cases</span>
      </h2>
      {rows.length === 0 && <p className="quiet-fact">{S.policy.none}</p>}
      {cases.map((c) => (
        <CaseRows key={c.id} group={c} chosen={chosen} />
      ))}
    </section>
  );
}

function CaseRows({ group, chosen }: { group: CaseGroup; chosen: string }) {
  const search: Record<string, unknown> = useSearch({ strict: false });
  const query = new URLSearchParams(Object.entries(search).filter((e): e is [string, string] => typeof e[1] === 'string')).toString();
  return (
    <ol className="case">
      {[...group.decisions].reverse().map((d, i, list) => {
        const at = Date.parse(d.at);
        const sameDay = i > 0 && day(Date.parse(list[i - 1]?.at ?? '')) === day(at);
        return (
          <li key={d.id} className={d.id === chosen ? 'decision on' : 'decision'}>
            <time dateTime={d.at} className={sameDay ? 'same' : undefined}>
              <span className="dim">{weekday(at)}</span> {day(at)} <span className="dim hour">{clock(at)}</span>
            </time>
            <Status status={d.status} word={false} />
            <Go href={query ? `${d.url}?${query}` : d.url} replace className="decision-text">
              <b>{d.text}</b>
              <span className="reason">{d.reason}</span>
            </Go>
            <span className="verdict">{S.verdict[d.verdict]}</span>
          </li>
        );
      })}
    </ol>
  );
}
