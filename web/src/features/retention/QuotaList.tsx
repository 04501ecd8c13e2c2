// How much may be held, and how much is: of each limit a bar.
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { experimentsQuery, retentionQuotasQuery } from '../../api/queries';
import { bytes, count } from '../../format/number';
import { S } from '../../strings';
import { Command, Empty, Loaded } from '../../ui/Feedback';
import { useProject } from '../../ui/Shell';
import { Ago } from '../../ui/Text';
import { useRemoveQuota } from './actions';
import { draftOfQuota, noQuota, type Quota, type QuotaDraft } from './quota';
import { QuotaForm } from './QuotaForm';

const NEAR = 0.9;

export function Quotas() {
  const quotas = useQuery(retentionQuotasQuery);
  const experiments = useQuery(experimentsQuery(useProject()));
  const [draft, setDraft] = useState<QuotaDraft | null>(null);
  const names = experiments.data?.rows ?? [];
  const nameOf = (id: string) => (id === '' ? S.retention.all : (names.find((e) => e.id === id)?.name ?? id));
  const begin = (
    <button type="button" className="button" onClick={() => setDraft(noQuota())}>
      {S.quota.begin}
    </button>
  );
  return (
    <Loaded query={quotas} height={200} lines={4}>
      {({ rows }) => (
        <>
          {rows.length > 0 && (
            <ul className="rows quotas" aria-label={S.quota.list}>
              {rows.map((quota) => (
                <Row key={quota.ref} quota={quota} name={nameOf(quota.experiment)} edit={() => setDraft(draftOfQuota(quota))} />
              ))}
            </ul>
          )}
          {draft ? (
            <QuotaForm key={JSON.stringify(draft)} start={draft} quotas={rows} experiments={names} nameOf={nameOf} close={() => setDraft(null)} />
          ) : rows.length > 0 ? (
            <p className="bin-foot">{begin}</p>
          ) : (
            <Empty text={S.quota.none}>
              {begin}
              <Command text={S.quota.noneCommand} />
            </Empty>
          )}
        </>
      )}
    </Loaded>
  );
}

function Row({ quota, name, edit }: { quota: Quota; name: string; edit: () => void }) {
  const remove = useRemoveQuota();
  const { limits, use } = quota;
  return (
    <li className="quota">
      <div className="quota-what">
        <b>{name}</b>
        <span className="dim">
          {S.quota.does[quota.on_exceed]}
          {quota.counted_at && (
            <>
              , {S.quota.counted} <Ago at={quota.counted_at} />
            </>
          )}
        </span>
      </div>
      <div className="quota-bars">
        <Bar what={S.quota.runs} use={use.runs} limit={limits.runs} write={count} />
        <Bar what={S.quota.points} use={use.points} limit={limits.points} write={count} />
        <Bar what={S.quota.bytes} use={use.bytes} limit={limits.bytes} write={bytes} />
      </div>
      <div className="bin-acts">
        <button type="button" className="text-button" aria-label={`${S.retention.edit} ${S.quota.of(name)}`} onClick={edit}>
          {S.retention.edit}
        </button>
        <button type="button" className="text-button" disabled={remove.isPending} aria-label={`${S.retention.remove} ${S.quota.of(name)}`} onClick={() => remove.mutate(quota)}>
          {S.retention.remove}
        </button>
      </div>
    </li>
  );
}

function Bar({ what, use, limit, write }: { what: string; use: number; limit: number; write: (n: number) => string }) {
  if (limit <= 0) return null;
  const share = use / limit;
  return (
    <div className="left">
      <svg className={share > 1 ? 'left-bar over' : share >= NEAR ? 'left-bar soon' : 'left-bar'} viewBox="0 0 100 6" width="100%" height="6" preserveAspectRatio="none" aria-hidden="true">
        <rect className="left-track" x="0" y="0" width="100" height="6" />
        <rect className="left-fill" x="0" y="0" width={Math.min(100, share * 100)} height="6" />
      </svg>
      <span className={share > 1 ? 'left-text over num' : share >= NEAR ? 'left-text soon num' : 'left-text num'}>
        {S.quota.held(write(use), write(limit), what)}
        {share > 1 && ` ${S.quota.over}`}
      </span>
    </div>
  );
}
