import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { pipelineRunsQuery } from '../../api/queries';
import { S } from '../../strings';
import { Empty, Loaded } from '../../ui/Feedback';
import { useProject } from '../../ui/Shell';
import { RunTable } from './PipelinesPage';

export function PipelinePage() {
  const project = useProject();
  const { pipeline = '' }: { pipeline?: string } = useParams({ strict: false });
  const runs = useQuery(pipelineRunsQuery(project, pipeline));
  return (
    <div className="page">
      <Loaded page query={runs} height={240} lines={6}>
        {({ rows, total }) => (
          <>
            <h1>
              {pipeline}: {S.pipelines.runs(total)}
            </h1>
            {rows.length === 0 ? <Empty text={S.pipelines.noRuns} command={`gyre pipe run ${pipeline}`} /> : <RunTable rows={rows} />}
          </>
        )}
      </Loaded>
    </div>
  );
}
