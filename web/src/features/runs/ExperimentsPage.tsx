import { useQuery } from '@tanstack/react-query';
import { experimentsQuery } from '../../api/queries';
import { count } from '../../format/number';
import { S } from '../../strings';
import { Empty, Loaded } from '../../ui/Feedback';
import { useProject } from '../../ui/Shell';
import { Status } from '../../ui/Status';
import { Table } from '../../ui/Table';
import { Ago, Ref } from '../../ui/Text';

export function ExperimentsPage() {
  const project = useProject();
  const experiments = useQuery(experimentsQuery(project));
  return (
    <div className="page">
      <Loaded page query={experiments} height={160} lines={4}>
        {({ rows, total }) => (
          <>
            <h1>{S.runs.experiments(total)}</h1>
            {rows.length === 0 ? (
              <Empty text={S.runs.empty} command={S.runs.emptyCommand} />
            ) : (
              <Table
                label={S.rooms.experiments}
                rows={rows}
                rowKey={(e) => e.id}
                columns={[
                  { head: S.runs.experiment, wide: true, cell: (e) => <Ref link={e} /> },
                  { head: S.runs.running, right: true, cell: (e) => (e.running > 0 ? <Status status="run" word={String(e.running)} /> : '—') },
                  { head: S.runs.runs, right: true, cell: (e) => count(e.runs_total) },
                  { head: S.runs.last, right: true, cell: (e) => <Ago at={e.last_at} /> },
                ]}
              />
            )}
          </>
        )}
      </Loaded>
    </div>
  );
}
