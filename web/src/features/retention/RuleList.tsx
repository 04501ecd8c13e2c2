// The rules, and what each would take if it were asked now.
import { useQuery } from '@tanstack/react-query';
import { retentionPlanQuery } from '../../api/queries';
import { bytes, count } from '../../format/number';
import { S } from '../../strings';
import { Table } from '../../ui/Table';
import { Ago } from '../../ui/Text';
import { useRemoveRule } from './actions';
import { draftOf, ruleOf, sentenceOf, type StoredRule } from './rule';

interface Props {
  rules: readonly StoredRule[];
  nameOf: (experiment: string) => string;
  edit: (rule: StoredRule) => void;
}

export function RuleList({ rules, nameOf, edit }: Props) {
  const remove = useRemoveRule();
  return (
    <div className="rule-list">
      <Table
        label={S.retention.rule}
        rows={rules}
        rowKey={(r) => r.name}
        columns={[
          { head: S.retention.rule, cell: (r) => <b className="rule-name">{r.name}</b> },
          { head: S.retention.takes, wide: true, cell: (r) => <span className="rule-takes" data-tip={sentenceOf(r, nameOf(r.experiment))}>{sentenceOf(r, nameOf(r.experiment))}</span> },
          { head: S.retention.now, right: true, cell: (r) => <><span className="in-card">{S.retention.now} </span><Planned rule={r} what="runs" /></> },
          { head: S.retention.bytes, right: true, minor: true, cell: (r) => <Planned rule={r} what="bytes" /> },
          { head: S.retention.taken, right: true, minor: true, cell: (r) => <span className="num">{count(r.binned)}</span> },
          { head: S.retention.last, right: true, minor: true, cell: (r) => <Ago at={r.applied_at} /> },
          {
            head: '',
            right: true,
            cell: (r) => (
              <span className="rule-acts">
                <button type="button" className="text-button" aria-label={`${S.retention.edit} ${r.name}`} onClick={() => edit(r)}>
                  {S.retention.edit}
                </button>
                <button type="button" className="text-button" aria-label={`${S.retention.remove} ${r.name}`} disabled={remove.isPending} onClick={() => remove.mutate(r)}>
                  {S.retention.remove}
                </button>
              </span>
            ),
          },
        ]}
      />
    </div>
  );
}

// Both columns ask once: it is one query.
function Planned({ rule, what }: { rule: StoredRule; what: 'runs' | 'bytes' }) {
  const plan = useQuery(retentionPlanQuery(ruleOf(draftOf(rule))));
  if (plan.error) return <span className="dim" data-tip={plan.error.message}>{what === 'runs' ? '—' : ''}</span>;
  if (!plan.data) return <span className="dim">…</span>;
  return <span className="num">{what === 'bytes' ? bytes(plan.data.bytes) : `${plan.data.more ? '> ' : ''}${S.runs.runsOf(plan.data.runs)}`}</span>;
}
