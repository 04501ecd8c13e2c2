// What was logged last, and the two lines by which any client logs here.
import type { Schemas } from '../../api/client';
import { ownUrl } from '../../api/prefix';
import { S } from '../../strings';
import { Command } from '../../ui/Feedback';
import { Go } from '../../ui/Go';
import { useProject } from '../../ui/Shell';
import { Status } from '../../ui/Status';
import { Table } from '../../ui/Table';
import { Ago, Ref } from '../../ui/Text';
import { RunCell } from '../runs/RunCell';

export function Latest({ runs }: { runs: Schemas['RunTable'] }) {
  const project = useProject();
  return (
    <section className="home-latest" aria-labelledby="latest-title">
      <h2 id="latest-title">{S.home.latest}</h2>
      <Table
        label={S.home.latest}
        rows={runs.rows}
        rowKey={(r) => r.id}
        edge={(r) => r.status === 'crit'}
        columns={[
          { head: S.runs.run, wide: true, cell: (r) => <Ref link={r} /> },
          { head: S.runs.experiment, minor: true, cell: (r) => <Ref link={r.experiment} icon={false} /> },
          { head: S.models.state, cell: (r) => <Status status={r.status} word={r.state} /> },
          { head: S.pipelines.took, right: true, minor: true, cell: (r) => <RunCell cell={r.cells[0] ?? null} kind="duration" /> },
          { head: S.pipelines.started, right: true, cell: (r) => <Ago at={r.started_at} /> },
        ]}
      />
      <Go className="text-button" href={`/p/${project}/experiments`}>
        {S.home.allRuns}
      </Go>
    </section>
  );
}

export function LogARun() {
  return (
    <section className="first-log" aria-labelledby="log-title">
      <h2 id="log-title">{S.home.logRun}</h2>
      <p className="dim">{S.home.logNote}</p>
      <Command text={S.runs.logCommand(ownUrl())} />
    </section>
  );
}
