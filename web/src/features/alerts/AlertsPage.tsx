import { useQuery } from '@tanstack/react-query';
import type { Schemas } from '../../api/client';
import { alertsQuery } from '../../api/queries';
import { fixed, grouped } from '../../format/number';
import { day, duration } from '../../format/time';
import { S } from '../../strings';
import { Loaded } from '../../ui/Feedback';
import { useProject } from '../../ui/Shell';
import { Status, type StatusName } from '../../ui/Status';
import { Table } from '../../ui/Table';
import { Ref } from '../../ui/Text';

export const alertStatus = (a: Schemas['Alert']): StatusName => (a.state === 'resolved' ? 'ok' : a.state === 'pending' ? 'wait' : a.severity === 'critical' ? 'crit' : 'warn');

export function AlertsPage() {
  const project = useProject();
  const alerts = useQuery(alertsQuery(project));
  return (
    <div className="page">
      <Loaded page query={alerts} height={240} lines={6}>
        {({ rows, total }) => {
          const open = rows.filter((a) => a.state === 'open').length;
          return (
            <>
              <h1>{S.alerts.title(open, total)}</h1>
              {rows.length > 0 && (
                <Table
                  label={S.rooms.alerts}
                  rows={rows}
                  rowKey={(a) => a.id}
                  edge={(a) => alertStatus(a) === 'crit'}
                  columns={[
                    { head: S.alerts.alert, wide: true, cell: (a) => <><Status status={alertStatus(a)} word={false} /> <Ref link={a} mono={false} icon={false} label={`${a.rule} ${fixed(a.value, 3)} ${a.direction === 'above' ? S.alerts.over : S.alerts.under} ${fixed(a.limit, 3)}`} /></> },
                    { head: S.models.state, cell: (a) => a.state },
                    { head: S.monitor.title, minor: true, cell: (a) => <Ref link={a.monitor} /> },
                    { head: 'n', right: true, minor: true, cell: (a) => grouped(a.n) },
                    { head: S.policy.onset, right: true, cell: (a) => day(Date.parse(a.onset)) },
                    { head: S.alerts.lasted, right: true, cell: (a) => (a.resolved_at ? duration(Date.parse(a.resolved_at) - Date.parse(a.onset)) : S.alerts.open) },
                    { head: S.alerts.answer, cell: (a) => (a.answer ? <Ref link={a.answer} label={S.alerts.decision} icon={false} mono={false} /> : '—') },
                  ]}
                />
              )}
            </>
          );
        }}
      </Loaded>
    </div>
  );
}
