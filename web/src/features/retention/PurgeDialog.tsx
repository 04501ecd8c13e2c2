// Purging for good: what goes, what stays and why, and the word that has to be typed.
import { useQuery } from '@tanstack/react-query';
import { useId, useState, type FormEvent } from 'react';
import { binPartQuery, loggedModelsQuery, WHOLE_BIN, type BinOf } from '../../api/queries';
import { S } from '../../strings';
import { Dialog } from '../../ui/Dialog';
import { Command, ErrorPanel, Loaded } from '../../ui/Feedback';
import { Ref } from '../../ui/Text';
import { usePurge } from './actions';
import { counted, purgePlan, type BinItem } from './left';

const NAMED = 8;  // of each list; the rest is counted

export function PurgeDialog({ item, close }: { item: BinItem | null; close: () => void }) {
  const bin = useQuery({ ...binPartQuery(whatOf(item)), staleTime: 0 });
  const purge = usePurge(close);
  const what = item?.name ?? S.retention.everything;
  return (
    <Dialog title={S.retention.planTitle(what)} close={close}>
      <Loaded query={bin} height={200} lines={5}>
        {({ rows, total }) => {
          const plan = purgePlan(rows, item);
          return (
            <>
              <Part title={S.retention.goes} rows={plan.goes} none={S.retention.noneGoes} />
              <Part title={S.retention.keeps} rows={plan.stays} none={S.retention.noneKept} />
              {item?.kind === 'experiment' && <Models experiment={item.id} />}
              {rows.length < total && <p className="dim">{S.retention.unseen(rows.length, total - rows.length)}</p>}
              {plan.goes.length > 0 && (
                <>
                  <p className="plan-never">{S.retention.never}</p>
                  <Typed word={what} act={S.retention.purgeNow(what)} busy={purge.isPending} run={() => purge.mutate(item)} />
                </>
              )}
              <Command text={item ? `gyre retention purge ${item.kind}:${item.id} --yes` : 'gyre retention purge --everything --yes'} />
              {purge.error && <ErrorPanel error={purge.error} />}
            </>
          );
        }}
      </Loaded>
    </Dialog>
  );
}

function whatOf(item: BinItem | null): BinOf {
  if (!item) return WHOLE_BIN;
  return item.kind === 'experiment' ? { experiment: item.id } : { kind: item.kind, id: item.id };
}

// What is not in the bin and goes all the same: told apart, since nothing else of the plan is in use.
function Models({ experiment }: { experiment: string }) {
  const found = useQuery(loggedModelsQuery(experiment)).data;
  if (!found || found.models.length === 0) return null;
  const more = found.models.length > NAMED || found.next_page_token;
  return (
    <section className="plan-part">
      <h3>
        {S.retention.takenAlong} <span className="dim">{S.retention.atLeast(S.retention.kindsOf(found.models.length, S.retention.kinds['logged-model'] ?? ''), Boolean(found.next_page_token))}</span>
      </h3>
      <ul>
        {found.models.slice(0, NAMED).map(({ info }) => (
          <li key={info.model_id}>
            {info.name} <span className="mono dim">{info.model_id}</span>
          </li>
        ))}
        {more && <li className="dim">{S.retention.andMore(found.models.length - NAMED)}</li>}
      </ul>
    </section>
  );
}

function Part({ title, rows, none }: { title: string; rows: readonly BinItem[]; none: string }) {
  return (
    <section className="plan-part">
      <h3>
        {title}
        {rows.length > 0 && <span className="dim"> {counted(rows)}</span>}
      </h3>
      {rows.length === 0 ? (
        <p className="dim">{none}</p>
      ) : (
        <ul>
          {rows.slice(0, NAMED).map((r) => (
            <li key={r.ref}>
              <Ref link={r} />
              {r.kept && <span className="dim">{r.kept}</span>}
            </li>
          ))}
          {rows.length > NAMED && <li className="dim">{S.retention.andMore(rows.length - NAMED)}</li>}
        </ul>
      )}
    </section>
  );
}

// What nothing takes back wants its name typed.
export function Typed({ word, act, busy, run }: { word: string; act: string; busy: boolean; run: () => void }) {
  const id = useId();
  const [text, setText] = useState('');
  const right = text.trim() === word;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (right && !busy) run();
  };
  return (
    <form className="typed" onSubmit={submit}>
      <label htmlFor={id}>{S.retention.typeName(word)}</label>
      <input id={id} className="mono field" value={text} autoComplete="off" autoCapitalize="off" spellCheck={false} onChange={(e) => setText(e.target.value)} />
      <button type="submit" className="button danger" disabled={!right || busy}>
        {act}
      </button>
    </form>
  );
}
