// Every decision, also "not yet" and "no", by case; each opens its evidence.
import { useMemo, useState } from 'react';
import { useSearch } from '@tanstack/react-router';
import type { Schemas } from '../../api/client';
import { useNow } from '../../api/clock';
import { clock, coarse, day, dayAt, weekday } from '../../format/time';
import { S } from '../../strings';
import { Go } from '../../ui/Go';
import { Icon } from '../../ui/Icon';
import { FlagMark, Status } from '../../ui/Status';
import { casesOf, verdictFlag, type CaseGroup } from './verdicts';

type Row = Schemas['DecisionRow'];

export function DecisionList({ rows, total, chosen }: { rows: Schemas['DecisionRow'][]; total: number; chosen: string }) {
  const cases = useMemo(() => casesOf(rows), [rows]);
  return (
    <section className="decisions" aria-labelledby="decisions-title">
      <h2 id="decisions-title">
        {total} {S.policy.decisions.toLowerCase()} <span className="dim">{S.policy.cases(cases.filter((c) => c.decisions[0]?.case_id).length)}</span>
      </h2>
      {rows.length === 0 && <p className="quiet-fact">{S.policy.none}</p>}
      {cases.map((c, i) => (
        <CaseRows key={c.id} group={c} chosen={chosen} recent={i < RECENT} />
      ))}
    </section>
  );
}

const RECENT = 6;  // Groups that stand open; of an older case there is the line that says how it ended.
const FOLDS = 3;  // So many in a row of "not yet" are one line until it is opened.

// Newest first; a run of waiting is a list of its own.
function runsOf(group: CaseGroup): Row[][] {
  const runs: Row[][] = [];
  for (const d of [...group.decisions].reverse()) {
    const last = runs.at(-1);
    if (d.verdict === 'wait' && last?.[0]?.verdict === 'wait') last.push(d);
    else runs.push([d]);
  }
  return runs.flatMap((run) => (run.length >= FOLDS ? [run] : run.map((d) => [d])));
}

function CaseRows({ group, chosen, recent }: { group: CaseGroup; chosen: string; recent: boolean }) {
  const [open, setOpen] = useState(false);
  const [unfolded, setUnfolded] = useState(recent);
  const now = useNow();
  const whole = open || group.decisions.some((d) => d.verdict === 'wait' && d.id === chosen);
  let before: Row | undefined;
  const row = (d: Row, fold?: Row[]) => {
    const sameDay = before !== undefined && day(Date.parse(before.at)) === day(Date.parse(d.at));
    before = d;
    return <DecisionLine key={d.id} d={d} sameDay={sameDay} chosen={chosen} fold={fold} open={() => setOpen(true)} />;
  };
  const alone = !group.decisions[0]?.case_id;
  const shown = unfolded || alone || group.decisions.some((d) => d.id === chosen);
  return (
    <section className={alone ? 'case alone' : 'case'} aria-label={trail(group)}>
      {!alone && (
        <h3 className="case-head">
          <button type="button" className="case-fold" aria-expanded={shown} onClick={() => setUnfolded(!shown)}>
            <Icon name="right" size={12} /> {trail(group)}
            <span className="dim">{S.policy.caseOf(dayAt(group.from, now), group.decisions.length)}</span>
          </button>
        </h3>
      )}
      <ol hidden={!shown}>{runsOf(group).flatMap((run) => (run.length > 1 && !whole ? (run[0] ? [row(run[0], run)] : []) : run.map((d) => row(d))))}</ol>
    </section>
  );
}

interface LineProps {
  d: Row;
  sameDay: boolean;
  chosen: string;
  fold?: Row[] | undefined;
  open: () => void;
}

function DecisionLine({ d, sameDay, chosen, fold, open }: LineProps) {
  const search: Record<string, unknown> = useSearch({ strict: false });
  const query = new URLSearchParams(Object.entries(search).filter((e): e is [string, string] => typeof e[1] === 'string')).toString();
  const at = Date.parse(d.at);
  return (
    <li className={d.id === chosen ? 'decision on' : 'decision'}>
      <time dateTime={d.at} className={sameDay ? 'same' : undefined}>
        <span className="dim">{weekday(at)}&nbsp;</span>
        <span>{day(at)}</span>
        <span className="dim hour">{clock(at)}</span>
      </time>
      <VerdictMark verdict={d.verdict} status={d.status} />
      <span className="decision-cell">
        <Go href={query ? `${d.url}?${query}` : d.url} replace className="decision-text" aria-current={d.id === chosen ? 'true' : undefined}>
          <b>{d.text}</b>
          <span className="reason">{d.reason}</span>
        </Go>
        {fold && (
          <button type="button" className="text-button" onClick={open}>
            {S.policy.earlier(fold.length - 1)}
          </button>
        )}
      </span>
    </li>
  );
}

const ENDS: readonly string[] = ['promote', 'refuse', 'rollback', 'fail', 'keep', 'skip'];

// alert off-timetable, onset 10 Jun → promoted v5 in 8 d
function trail(group: CaseGroup): string {
  const first = group.decisions[0];
  const end = group.decisions.find((d) => d.verdict === 'promote') ?? group.decisions.findLast((d) => ENDS.includes(d.verdict));
  if (!first) return '';
  const took = end ? Date.parse(end.at) - Date.parse(first.at) : 0;
  return S.policy.trail(first.reason, end ? end.text.charAt(0).toLowerCase() + end.text.slice(1) : S.policy.stillOpen, took > 0 ? coarse(took) : '');
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
