// Every decision, also "not yet" and "no", by case; each opens its evidence.
import { useMemo } from 'react';
import { useSearch } from '@tanstack/react-router';
import type { Schemas } from '../../api/client';
import { clock, coarse, day, weekday } from '../../format/time';
import { S } from '../../strings';
import { Go } from '../../ui/Go';
import { FlagMark, Status } from '../../ui/Status';
import { casesOf, verdictFlag, type CaseGroup } from './verdicts';

export function DecisionList({ rows, total, chosen }: { rows: Schemas['DecisionRow'][]; total: number; chosen: string }) {
  const cases = useMemo(() => casesOf(rows), [rows]);
  return (
    <section className="decisions" aria-labelledby="decisions-title">
      <h2 id="decisions-title">
        {total} {S.policy.decisions.toLowerCase()} <span className="dim">{S.policy.cases(cases.length)}</span>
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
    <section className="case" aria-label={trail(group)}>
      <h3 className="case-head">{trail(group)}</h3>
      <ol>
        {[...group.decisions].reverse().map((d, i, list) => {
          const at = Date.parse(d.at);
          const before = list[i - 1];
          const sameDay = before !== undefined && day(Date.parse(before.at)) === day(at);
          return (
            <li key={d.id} className={d.id === chosen ? 'decision on' : 'decision'}>
              <time dateTime={d.at} className={sameDay ? 'same' : undefined}>
                <span className="dim">{weekday(at)}&nbsp;</span>
                <span>{day(at)}</span>
                <span className="dim hour">{clock(at)}</span>
              </time>
              <VerdictMark verdict={d.verdict} status={d.status} />
              <Go href={query ? `${d.url}?${query}` : d.url} replace className="decision-text" aria-current={d.id === chosen ? 'true' : undefined}>
                <b>{d.text}</b>
                <span className="reason">{d.reason}</span>
              </Go>
            </li>
          );
        })}
      </ol>
    </section>
  );
}

const ENDS: readonly string[] = ['promote', 'refuse', 'rollback', 'fail', 'keep'];

// alert off-timetable, onset 10 Jun → promoted in 8 d
function trail(group: CaseGroup): string {
  const first = group.decisions[0];
  const end = group.decisions.findLast((d) => ENDS.includes(d.verdict));
  if (!first) return '';
  const took = end ? Date.parse(end.at) - Date.parse(first.at) : 0;
  return S.policy.trail(first.reason, end ? (S.verdict[end.verdict] ?? end.verdict) : S.policy.stillOpen, took > 0 ? coarse(took) : '');
}

// A mark a verdict: flags where it changed something, a status where it judged.
function VerdictMark({ verdict, status }: { verdict: Schemas['Verdict']; status: Schemas['Status'] }) {
  if (verdict === 'train' || verdict === 'promote' || verdict === 'open')
    return (
      <span className="verdict-mark">
        <FlagMark kind={verdictFlag[verdict]} status={status} size={13} />
        <span className="hidden">{S.verdict[verdict]}</span>
      </span>
    );
  return <Status status={status} word={false} />;
}
