import { useQuery } from '@tanstack/react-query';
import { modelsQuery } from '../../api/queries';
import { S } from '../../strings';
import { Empty, Loaded } from '../../ui/Feedback';
import { useProject } from '../../ui/Shell';
import { Status } from '../../ui/Status';
import { Table } from '../../ui/Table';
import { Ago, Ref } from '../../ui/Text';

export function ModelsPage() {
  const project = useProject();
  const models = useQuery(modelsQuery(project));
  return (
    <div className="page">
      <Loaded page query={models} height={160} lines={4}>
        {({ rows, total }) => (
          <>
            <h1>{S.models.title(total)}</h1>
            {rows.length === 0 && <Empty text={S.models.empty} command={S.models.emptyCommand} />}
            {rows.length > 0 && (
              <Table
                label={S.rooms.models}
                rows={rows}
                rowKey={(m) => m.ref}
                columns={[
                  { head: S.models.model, wide: true, cell: (m) => <Ref link={m} /> },
                  { head: S.models.champion, cell: (m) => (m.champion ? <Ref link={m.champion} icon={false} /> : '—') },
                  { head: S.models.candidate, cell: (m) => (m.candidate ? <><Status status="canary" word={false} size={12} /> <Ref link={m.candidate} icon={false} /></> : '—') },
                  { head: S.rooms.endpoints, minor: true, cell: (m) => m.endpoints.map((e) => <Ref key={e.ref} link={e} />) },
                  { head: S.models.versions, right: true, cell: (m) => m.versions_total },
                  { head: S.models.changed, right: true, cell: (m) => <Ago at={m.changed_at} /> },
                ]}
              />
            )}
          </>
        )}
      </Loaded>
    </div>
  );
}
