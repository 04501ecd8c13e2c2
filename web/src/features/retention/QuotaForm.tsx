// A quota while it is written; its command stands below.
import { useId, useState, type FormEvent } from 'react';
import { S } from '../../strings';
import { Command, ErrorPanel } from '../../ui/Feedback';
import { useSetQuota } from './actions';
import { ExperimentField, Field, type Experiment } from './Field';
import { limitsSomething, quotaCommand, quotaOf, type Quota, type QuotaDraft } from './quota';

interface Props {
  start: QuotaDraft;
  quotas: readonly Quota[];
  experiments: readonly Experiment[];
  nameOf: (experiment: string) => string;
  close: () => void;
}

export function QuotaForm({ start, quotas, experiments, nameOf, close }: Props) {
  const [draft, setDraft] = useState(start);
  const oldest = useId();
  const set = (part: Partial<QuotaDraft>) => setDraft((old) => ({ ...old, ...part }));
  const quota = quotaOf(draft);
  const ready = limitsSomething(quota);
  const save = useSetQuota(quotas.find((q) => q.experiment === draft.exp), nameOf(draft.exp), close);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (ready) save.mutate(quota);
  };
  return (
    <form className="card rule-form" aria-label={S.quota.begin} onSubmit={submit}>
      <div className="rule-fields">
        <ExperimentField experiments={experiments} value={draft.exp} set={(exp) => set({ exp })} />
        <Field label={S.quota.mostRuns}>{(id) => <input id={id} className="field short" inputMode="numeric" autoFocus value={draft.runs} onChange={(e) => set({ runs: e.target.value.replace(/\D/g, '') })} />}</Field>
        <Field label={S.quota.mostPoints}>{(id) => <input id={id} className="field short" inputMode="numeric" value={draft.points} onChange={(e) => set({ points: e.target.value.replace(/\D/g, '') })} />}</Field>
        <Field label={S.quota.mostBytes}>{(id) => <input id={id} className="field short" value={draft.bytes} placeholder={S.quota.bytesPlaceholder} autoComplete="off" onChange={(e) => set({ bytes: e.target.value })} />}</Field>
      </div>
      <label className="lowest" htmlFor={oldest}>
        <input id={oldest} type="checkbox" checked={draft.oldest} onChange={(e) => set({ oldest: e.target.checked })} />
        {S.quota.oldest}
      </label>
      <p className="dim">{draft.oldest ? S.quota.oldestNote : S.quota.refuseNote}</p>
      <Command text={quotaCommand(quota, nameOf(draft.exp))} />
      {save.error && <ErrorPanel error={save.error} />}
      <p className="rule-foot">
        <button type="submit" className="button primary" disabled={!ready || save.isPending}>
          {S.quota.set}
        </button>
        <button type="button" className="button" onClick={close}>
          {S.retention.cancel}
        </button>
      </p>
    </form>
  );
}
