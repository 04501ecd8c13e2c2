// On the page of something that is deleted: for how long it can come back, and the way back.
import { useQuery } from '@tanstack/react-query';
import { useNow } from '../../api/clock';
import type { Schemas } from '../../api/client';
import { binPartQuery } from '../../api/queries';
import { S } from '../../strings';
import { Go } from '../../ui/Go';
import { Icon } from '../../ui/Icon';
import { useProject } from '../../ui/Shell';
import { useRestore } from './actions';
import { leftOf } from './left';

interface Props {
  kind: Schemas['BinKind'];
  id: string;
  name?: string;  // known to be in the bin; else it is told only when the bin has it
}

export function BinNotice({ kind, id, name }: Props) {
  const project = useProject();
  const now = useNow();
  const restore = useRestore();
  const bin = useQuery(binPartQuery({ kind, id }));
  const item = bin.data?.rows[0];
  const known = item?.name ?? name;
  if (known === undefined) return null;
  return (
    <p className="bin-notice" role="note">
      <Icon name="bin" />
      <Go href={`/p/${project}/retention`}>{S.retention.notice(!item ? '' : item.kept ? S.retention.stays(item.kept) : leftOf(item, now).text)}</Go>
      <button type="button" className="button" disabled={restore.isPending} onClick={() => restore.mutate({ kind, id, name: known })}>
        {S.retention.restore}
      </button>
    </p>
  );
}
