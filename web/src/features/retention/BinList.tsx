// What is in the bin, each thing with a picture of the time that is left to it.
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useNow } from '../../api/clock';
import { binQuery, experimentsQuery } from '../../api/queries';
import { coarse } from '../../format/time';
import { S } from '../../strings';
import { Empty, Loaded } from '../../ui/Feedback';
import { useProject } from '../../ui/Shell';
import { Ago, Ref } from '../../ui/Text';
import { useRestore } from './actions';
import { LeftBar } from './LeftBar';
import type { BinItem } from './left';

interface Props {
  windowMs: number;
  purge: (item: BinItem | null) => void;
}

export function BinList({ windowMs, purge }: Props) {
  const bin = useInfiniteQuery(binQuery);
  const experiments = useQuery(experimentsQuery(useProject()));
  return (
    <Loaded query={bin} height={320} lines={8}>
      {({ pages }) => {
        const rows = pages.flatMap((p) => p.rows);
        const total = pages[0]?.total ?? rows.length;
        if (rows.length === 0) return <Empty text={S.retention.emptyBin} command={S.retention.emptyCommand} />;
        const named = new Map<string, string>((experiments.data?.rows ?? []).map((e) => [e.id, e.name]));
        for (const row of rows) if (row.kind === 'experiment') named.set(row.id, row.name);
        return (
          <>
            <div className="bin-head">
              <span aria-hidden="true" />
              <div className="bin-axis" aria-hidden="true">
                <span>{S.retention.nowMark}</span>
                <span>{coarse(windowMs)}</span>
              </div>
              <button type="button" className="text-button bin-all" onClick={() => purge(null)}>
                {S.retention.purgeAll}
              </button>
            </div>
            <ul className="rows bin" aria-label={S.retention.list}>
              {rows.map((item) => (
                <Item key={item.ref} item={item} experiment={item.kind === 'experiment' ? '' : (named.get(item.experiment) ?? '')} purge={purge} />
              ))}
            </ul>
            {bin.hasNextPage && (
              <p className="bin-foot">
                <button type="button" className="button" disabled={bin.isFetchingNextPage} onClick={() => void bin.fetchNextPage()}>
                  {S.retention.more}
                </button>
                <span className="dim">{S.retention.of(rows.length, total)}</span>
              </p>
            )}
          </>
        );
      }}
    </Loaded>
  );
}

function Item({ item, experiment, purge }: { item: BinItem; experiment: string; purge: Props['purge'] }) {
  const now = useNow();
  const restore = useRestore();
  return (
    <li className="bin-row">
      <div className="bin-what">
        <Ref link={item} />
        <span className="bin-meta">
          {S.retention.kinds[item.kind]}, {S.retention.deleted} <Ago at={item.deleted_at} />
          {experiment && `, ${S.retention.inExperiment(experiment)}`}
        </span>
      </div>
      <LeftBar item={item} now={now} />
      <div className="bin-acts">
        <button type="button" className="text-button" disabled={restore.isPending} aria-label={`${S.retention.restore} ${item.name}`} onClick={() => restore.mutate(item)}>
          {S.retention.restore}
        </button>
        <button type="button" className="text-button bin-purge" aria-label={S.retention.purgeNow(item.name)} onClick={() => purge(item)}>
          {S.retention.purge}
        </button>
      </div>
    </li>
  );
}
