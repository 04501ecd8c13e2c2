import { useQuery } from '@tanstack/react-query';
import type { Schemas } from '../../api/client';
import { useNow } from '../../api/clock';
import { ownUrl } from '../../api/prefix';
import { binPartQuery, experimentsQuery, retentionQuery } from '../../api/queries';
import { count } from '../../format/number';
import { S } from '../../strings';
import { Empty, Loaded } from '../../ui/Feedback';
import { Go } from '../../ui/Go';
import { Icon } from '../../ui/Icon';
import { useProject } from '../../ui/Shell';
import { Status } from '../../ui/Status';
import { Table } from '../../ui/Table';
import { Ago, Ref } from '../../ui/Text';
import { useRestore } from '../retention/actions';
import { leftOf, type BinItem } from '../retention/left';

type Active = Schemas['ExperimentList']['rows'][number];
type Row = Active | BinItem;
const isDeleted = (row: Row): row is BinItem => 'deleted_at' in row;

export function ExperimentsPage() {
  const project = useProject();
  const experiments = useQuery(experimentsQuery(project));
  const retention = useQuery(retentionQuery);
  const bin = useQuery({ ...binPartQuery({ kind: 'experiment' }), enabled: (retention.data?.bin_total ?? 0) > 0 });
  const deleted = (retention.data?.bin_total && bin.data?.rows) || [];
  return (
    <div className="page">
      <Go className="quick" href={`/p/${project}/retention`}>
        <Icon name="bin" size={14} />
        {retention.data?.bin_total ? S.retention.quick(retention.data.bin_total) : S.rooms.retention}
      </Go>
      <Loaded page query={experiments} height={160} lines={4}>
        {({ rows, total }) => (
          <>
            <h1>{S.runs.experiments(total)}</h1>
            {rows.length + deleted.length === 0 ? <Empty text={S.runs.empty} command={S.runs.logCommand(ownUrl())} /> : <Experiments rows={[...rows, ...deleted]} />}
          </>
        )}
      </Loaded>
    </div>
  );
}

// Those that are deleted come last, with the way back.
function Experiments({ rows }: { rows: Row[] }) {
  return (
    <Table
      label={S.rooms.experiments}
      rows={rows}
      rowKey={(e) => e.id}
      columns={[
        { head: S.runs.experiment, wide: true, cell: (e) => (isDeleted(e) ? <Deleted item={e} /> : <Ref link={e} />) },
        { head: S.runs.running, right: true, cell: (e) => (!isDeleted(e) && e.running > 0 ? <Status status="run" word={String(e.running)} /> : '—') },
        { head: S.runs.runs, right: true, cell: (e) => (isDeleted(e) ? '—' : count(e.runs_total)) },
        { head: S.runs.last, right: true, cell: (e) => <Ago at={isDeleted(e) ? e.deleted_at : e.last_at} /> },
      ]}
    />
  );
}

function Deleted({ item }: { item: BinItem }) {
  const now = useNow();
  const restore = useRestore();
  return (
    <span className="in-bin">
      <Ref link={item} />
      <span>{S.retention.notice(item.kept ? S.retention.stays(item.kept) : leftOf(item, now).text)}</span>
      <button type="button" className="text-button" disabled={restore.isPending} aria-label={`${S.retention.restore} ${item.name}`} onClick={() => restore.mutate(item)}>
        {S.retention.restore}
      </button>
    </span>
  );
}
