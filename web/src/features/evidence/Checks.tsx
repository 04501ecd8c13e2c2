// A verdict is never bare: value, limit, n and interval, and where the interval lies to the limit.
import type { Schemas } from '../../api/client';
import { figure, finite, grouped, type Unit } from '../../format/number';
import { S } from '../../strings';
import { Go } from '../../ui/Go';
import { Status, type StatusName } from '../../ui/Status';

type Check = Schemas['Check'];
const USUAL_LEVEL = 0.95;
const MARK: Record<Check['verdict'], StatusName> = { pass: 'ok', warn: 'warn', fail: 'crit', undecided: 'wait', skipped: 'none' };
const SIGNS: Record<string, string> = { '<': '<', '<=': '≤', '>': '>', '>=': '≥', '=': '=' };

const write = (value: Check['value'], unit: Unit) => figure(value, unit === 'share' ? 'none' : unit, unit === 'none' || unit === 'share' ? 3 : undefined);

// A guard that does not hold yet is waiting, not a failure; an alert's value is a warning.
const markOf = (c: Check): StatusName => (c.verdict === 'fail' && c.group === 'guard' ? 'wait' : c.verdict === 'fail' && c.group === 'alert' ? 'warn' : MARK[c.verdict]);

export function Checks({ checks }: { checks: Check[] }) {
  return (
    <ul className="checks">
      {checks.map((c) => (
        <li key={c.group + c.name} className={markOf(c) === 'crit' ? 'check crit-edge' : 'check'}>
          <span className="check-head">
            <Status status={markOf(c)} word={false} />
            {c.evidence ? (
              <Go className="check-name" href={c.evidence.url}>
                {c.name}
              </Go>
            ) : (
              <span className="check-name">{c.name}</span>
            )}
            <span className="num check-value">
              {c.value === null ? S.checkVerdict.skipped : write(c.value, c.unit)} <span className="dim">{SIGNS[c.comparison]} {write(c.limit, c.unit)}</span>
            </span>
          </span>
          {c.interval && <IntervalBar check={c} />}
          <span className="check-facts dim">
            {c.champion !== null && c.candidate !== null && (
              <span className="num">
                {S.policy.champion} {write(c.champion, c.unit)} → {S.policy.candidate} {write(c.candidate, c.unit)}
              </span>
            )}
            {c.interval && (
              <span className="num">
                [{write(c.interval.low, c.unit)}, {write(c.interval.high, c.unit)}]{c.interval.level !== USUAL_LEVEL && ` ${S.policy.at(c.interval.level)}`}
              </span>
            )}
            {c.n !== null && <span className="num">n {grouped(c.n)}</span>}
          </span>
          {c.text && <span className="check-text">{c.text}</span>}
        </li>
      ))}
    </ul>
  );
}

// The interval drawn over zero and the limit, on a scale of its own.
function IntervalBar({ check }: { check: Check }) {
  const low = finite(check.interval?.low ?? null);
  const high = finite(check.interval?.high ?? null);
  const value = finite(check.value);
  const limit = finite(check.limit);
  if (low === null || high === null || value === null || limit === null) return null;
  const least = Math.min(0, low, limit);
  const most = Math.max(0, high, limit);
  const room = (most - least || 1) * 0.06;
  const x = (v: number) => `${(((v - least + room) / (most - least + 2 * room)) * 100).toFixed(2)}%`;
  return (
    <svg className={`interval status-${markOf(check)}`} width="100%" height="18" aria-hidden="true">
      <line className="interval-base" x1="0" x2="100%" y1="9" y2="9" />
      <line className="interval-zero" x1={x(0)} x2={x(0)} y1="4" y2="14" />
      <line className="interval-limit" x1={x(limit)} x2={x(limit)} y1="1" y2="17" />
      <line className="interval-range" x1={x(low)} x2={x(high)} y1="9" y2="9" />
      <circle cx={x(value)} cy="9" r="3.5" fill="currentColor" />
    </svg>
  );
}
