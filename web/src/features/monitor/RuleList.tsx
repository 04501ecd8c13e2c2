// Rules with how far each is from its limit, and the alerts they raised.
import { useQuery } from '@tanstack/react-query';
import type { Schemas } from '../../api/client';
import { alertsQuery } from '../../api/queries';
import { fixed } from '../../format/number';
import { day, duration } from '../../format/time';
import { S } from '../../strings';
import { Loaded } from '../../ui/Feedback';
import { Go } from '../../ui/Go';
import { Meter } from '../../ui/Meter';
import { Status, type StatusName } from '../../ui/Status';

const stateOf = (rule: Schemas['Rule']): StatusName => (rule.state === 'open' ? (rule.severity === 'critical' ? 'crit' : 'warn') : rule.state === 'pending' ? 'wait' : rule.state === 'nodata' ? 'none' : 'ok');

export function RuleList({ rules }: { rules: Schemas['Rule'][] }) {
  return (
    <section aria-label={S.monitor.rules}>
      <h2>{S.monitor.rules}</h2>
      <ul className="rows">
        {rules.map((rule) => (
          <li key={rule.name} className="rule" data-tip={rule.text}>
            <Status status={stateOf(rule)} word={false} />
            <b>{rule.name}</b>
            <Meter value={rule.value} limit={rule.limit} direction={rule.direction} status={stateOf(rule)} />
            <span className="num">
              {fixed(rule.value, 3)} <span className="dim">{S.monitor.fires} {rule.direction === 'above' ? '>' : '<'} {fixed(rule.limit, 3)}</span>
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}

const SHOWN = 6;

export function AlertList({ project, monitor }: { project: string; monitor: string }) {
  const alerts = useQuery(alertsQuery(project, monitor));
  return (
    <section aria-label={S.monitor.alerts}>
      <h2>
        {S.monitor.alerts}
        {alerts.data && alerts.data.total > SHOWN && (
          <Go className="head-link" href={`/p/${project}/alerts`}>
            {S.home.all(alerts.data.total)}
          </Go>
        )}
      </h2>
      <Loaded query={alerts} height={120} lines={3}>
        {({ rows }) => (
          <>
            {rows.length === 0 && <p className="quiet-fact">{S.monitor.alertsNone}</p>}
            <ul className="rows">
              {rows.slice(0, SHOWN).map((a) => (
                <li key={a.id} className="row">
                  <Status status={a.state === 'resolved' ? 'ok' : a.state === 'pending' ? 'wait' : a.severity === 'critical' ? 'crit' : 'warn'} word={false} />
                  <Go className="row-text" href={a.url}>
                    {a.rule} {fixed(a.value, 3)} {a.direction === 'above' ? 'over' : 'under'} {fixed(a.limit, 3)}
                  </Go>
                  <span className="dim">{length(a)}</span>
                </li>
              ))}
            </ul>
          </>
        )}
      </Loaded>
    </section>
  );
}

function length(a: Schemas['Alert']): string {
  const from = Date.parse(a.onset);
  return a.resolved_at ? `${day(from)}, ${duration(Date.parse(a.resolved_at) - from)}` : `since ${day(from)}`;
}
