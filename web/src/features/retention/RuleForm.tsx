// A rule while it is written: its plan and its command stand below before anything is set. The address keeps it.
import { useQuery } from '@tanstack/react-query';
import { useEffect, useState, type FormEvent, type ReactNode } from 'react';
import { retentionPlanQuery, type Language } from '../../api/queries';
import { S } from '../../strings';
import { Command, ErrorPanel, Skeleton } from '../../ui/Feedback';
import { useLater } from '../../ui/later';
import { LanguageInput } from '../runs/LanguageInput';
import { useSetRule } from './actions';
import { ExperimentField, Field, type Experiment } from './Field';
import { PlanView } from './PlanView';
import { canPlan, commandOf, FIELDS, ruleOf, type Draft, type StoredRule } from './rule';

const STILL_MS = 300;
const FILTER: Language = 'filter';
const NAMELESS = 'plan';  // a plan needs a name; what has none yet is planned under this one

interface Props {
  start: Draft;
  rules: readonly StoredRule[];
  experiments: readonly Experiment[];
  keep: (draft: Draft) => void;
  close: () => void;
}

export function RuleForm({ start, rules, experiments, keep, close }: Props) {
  const [draft, setDraft] = useState(start);
  const [trouble, setTrouble] = useState<{ column: number; what: string } | null | undefined>(null);
  const set = (field: keyof Draft) => (text: string) => setDraft((old) => ({ ...old, [field]: text }));
  const rule = ruleOf(draft);
  const still = useLater(JSON.stringify(draft), STILL_MS);
  const settled = still === JSON.stringify(draft);
  useEffect(() => keep(JSON.parse(still) as Draft), [still]); // eslint-disable-line react-hooks/exhaustive-deps
  const wrong = draft.filter.trim() !== '' && Boolean(trouble);
  const ready = canPlan(rule) && !wrong;
  const later = ruleOf(JSON.parse(still) as Draft);
  const plan = useQuery({ ...retentionPlanQuery({ ...later, name: NAMELESS }), enabled: ready && settled && trouble !== undefined });
  const save = useSetRule(rules.find((r) => r.name === rule.name), close);
  const known = settled && !plan.isFetching && !plan.isPlaceholderData && plan.data !== undefined && !plan.error;
  const nameOf = (id: string) => experiments.find((e) => e.id === id)?.name ?? id;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (ready && known && rule.name) save.mutate(rule);
  };
  return (
    <form className="card rule-form" aria-label={S.retention.newRule} onSubmit={submit}>
      <div className="rule-fields">
        <Field label={S.retention.name}>{(id) => <input id={id} className="field" value={draft.name} maxLength={64} placeholder={S.retention.namePlaceholder} autoFocus autoComplete="off" onChange={(e) => set('name')(e.target.value)} />}</Field>
        <ExperimentField experiments={experiments} value={draft.exp} set={set('exp')} />
        <Field label={S.retention.olderThan}>{(id) => <input id={id} className="field short" value={draft.older} placeholder={S.retention.olderPlaceholder} autoComplete="off" onChange={(e) => set('older')(e.target.value)} />}</Field>
        <Field label={S.retention.keepLatest}>{(id) => <input id={id} className="field short" inputMode="numeric" value={draft.latest} onChange={(e) => set('latest')(e.target.value.replace(/\D/g, ''))} />}</Field>
        <Field label={S.retention.keepBest}>
          {(id) => (
            <span className="best">
              <input id={id} className="field short" inputMode="numeric" value={draft.best} onChange={(e) => set('best')(e.target.value.replace(/\D/g, ''))} />
              {draft.best && (
                <>
                  <span>{S.retention.by}</span>
                  <input className="field" aria-label={S.retention.metric} value={draft.metric} placeholder={S.retention.metricPlaceholder} autoComplete="off" onChange={(e) => set('metric')(e.target.value)} />
                  <label className="lowest">
                    <input type="checkbox" checked={draft.lowest !== ''} onChange={(e) => set('lowest')(e.target.checked ? '1' : '')} />
                    {S.retention.lowest}
                  </label>
                </>
              )}
            </span>
          )}
        </Field>
      </div>
      <div className="rule-filter">
        <span className="field-label">{S.retention.filter}</span>
        <LanguageInput language={FILTER} experiment={draft.exp} text={draft.filter} setText={set('filter')} commit={() => undefined} revert={() => set('filter')('')} label={S.retention.filter} placeholder={S.retention.filterPlaceholder} onTrouble={setTrouble} />
        <p className={wrong ? 'filter-note wrong' : 'filter-note'}>{wrong && trouble ? S.runs.position(trouble.column, trouble.what) : ''}</p>
      </div>
      <Answer ready={ready} error={plan.error}>{plan.data ? <PlanView plan={plan.data} /> : !wrong && <Skeleton height={48} lines={2} />}</Answer>
      <Command text={commandOf(rule, nameOf(draft.exp))} />
      {save.error && <ErrorPanel error={save.error} />}
      <p className="rule-foot">
        <button type="submit" className="button primary" disabled={!ready || !known || !rule.name || save.isPending}>
          {S.retention.set(rule.name)}
        </button>
        <button type="button" className="button" onClick={close}>
          {S.retention.cancel}
        </button>
      </p>
    </form>
  );
}

function Answer({ ready, error, children }: { ready: boolean; error: Error | null; children: ReactNode }) {
  if (!ready) return <p className="dim plan">{S.retention.noCondition}</p>;
  return error ? <ErrorPanel error={error} /> : <>{children}</>;
}

export const emptyDraft = (): Draft => Object.fromEntries(FIELDS.map((f) => [f, ''])) as unknown as Draft;
