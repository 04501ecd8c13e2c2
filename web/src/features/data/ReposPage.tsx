import { useQuery } from '@tanstack/react-query';
import { reposQuery } from '../../api/queries';
import { bytes, count } from '../../format/number';
import { S } from '../../strings';
import { Empty, Loaded } from '../../ui/Feedback';
import { useProject } from '../../ui/Shell';
import { Table } from '../../ui/Table';
import { Ago, Ref } from '../../ui/Text';

export function ReposPage() {
  const project = useProject();
  const repos = useQuery(reposQuery(project));
  return (
    <div className="page">
      <Loaded page query={repos} height={160} lines={4}>
        {({ rows, total }) => (
          <>
            <h1>{S.data.title(total)}</h1>
            {rows.length === 0 ? (
              <Empty text={S.data.empty} command={S.data.emptyCommand} />
            ) : (
              <Table
                label={S.rooms.data}
                rows={rows}
                rowKey={(r) => r.ref}
                columns={[
                  { head: S.data.repo, wide: true, cell: (r) => <Ref link={r} /> },
                  { head: S.data.head, cell: (r) => (r.head ? <Ref link={r.head} icon={false} /> : '—') },
                  { head: S.data.branches, minor: true, cell: (r) => <span className="mono">{r.branches.join(', ')}</span> },
                  { head: S.data.commits, right: true, cell: (r) => count(r.commits) },
                  { head: S.data.objects, right: true, cell: (r) => count(r.objects) },
                  { head: S.models.size, right: true, cell: (r) => bytes(r.bytes) },
                  { head: S.models.changed, right: true, cell: (r) => <Ago at={r.changed_at} /> },
                ]}
              />
            )}
          </>
        )}
      </Loaded>
    </div>
  );
}
