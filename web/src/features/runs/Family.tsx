// Whose child is this run, and which are its own?
import { useQuery } from '@tanstack/react-query';
import type { Schemas } from '../../api/client';
import { childRunsQuery, CHILDREN_SHOWN, runQuery } from '../../api/queries';
import { S } from '../../strings';
import { Go } from '../../ui/Go';
import { useProject } from '../../ui/Shell';
import { Status } from '../../ui/Status';
import { Table } from '../../ui/Table';
import { Ago, Ref } from '../../ui/Text';
import { RunCell } from './RunCell';

const filterOf = (run: string) => `parent_run_id = '${run}'`;

export function ParentLink({ run }: { run: Schemas['Run'] }) {
  const id = run.parent ?? '';
  const parent = useQuery({ ...runQuery(id), enabled: id !== '' && id !== run.id, retry: false });
  if (!parent.data) return null;
  return (
    <span>
      {S.runs.childOf} <Ref link={parent.data} />
    </span>
  );
}

export function Children({ run }: { run: Schemas['Run'] }) {
  const project = useProject();
  const experiment = run.experiment.ref.split(':')[1] ?? '';
  const found = useQuery(childRunsQuery(experiment, filterOf(run.id)));
  const { rows, columns, total } = found.data ?? { rows: [], columns: [], total: 0 };
  if (rows.length === 0) return null;
  return (
    <section className="below" aria-labelledby="children-title">
      <h2 id="children-title">{S.runs.children(total ?? rows.length)}</h2>
      <Table
        label={S.runs.children(total ?? rows.length)}
        rows={rows}
        rowKey={(r) => r.id}
        edge={(r) => r.status === 'crit'}
        columns={[
          { head: S.runs.run, wide: true, cell: (r) => <Ref link={r} /> },
          { head: S.models.state, cell: (r) => <Status status={r.status} word={r.state} /> },
          { head: S.pipelines.took, right: true, cell: (r) => <RunCell cell={r.cells[0] ?? null} kind={columns[0]?.kind ?? 'duration'} /> },
          { head: S.pipelines.started, right: true, minor: true, cell: (r) => <Ago at={r.started_at} /> },
        ]}
      />
      {(total ?? 0) > CHILDREN_SHOWN && (
        <Go className="text-button" href={`/p/${project}/e/${experiment}?filter=${encodeURIComponent(filterOf(run.id))}`}>
          {S.runs.allChildren(total ?? 0)}
        </Go>
      )}
    </section>
  );
}
