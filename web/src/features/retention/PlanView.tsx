// What a rule would do now: how much, which, and what it leaves.
import type { Schemas } from '../../api/client';
import { bytes, count, grouped } from '../../format/number';
import { shortId } from '../../format/name';
import { S } from '../../strings';
import { Table } from '../../ui/Table';
import { Ago, Ref } from '../../ui/Text';

const NAMED = 10;
const KEPT = 4;

export function PlanView({ plan }: { plan: Schemas['RetentionPlan'] }) {
  return (
    <div className="plan" role="status">
      <h2>{plan.runs === 0 ? S.retention.planNone : S.retention.plan(plan.runs, plan.more, plan.models)}</h2>
      {plan.runs > 0 && <p className="dim">{S.retention.planFrees(count(plan.points), bytes(plan.bytes))}</p>}
      {plan.kept_total > 0 && (
        <div className="plan-kept">
          <p>{S.retention.planKept(plan.kept_total)}</p>
          <ul>
            {plan.kept.slice(0, KEPT).map((k) => (
              <li key={k.id}>
                <span className="mono">{shortId(k.id)}</span> <span className="dim">{k.why}</span>
              </li>
            ))}
            {plan.kept_total > KEPT && <li className="dim">{S.retention.andMore(plan.kept_total - Math.min(KEPT, plan.kept.length))}</li>}
          </ul>
        </div>
      )}
      {plan.rows.length > 0 && (
        <Table
          label={S.retention.plan(plan.runs, plan.more, plan.models)}
          rows={plan.rows.slice(0, NAMED)}
          rowKey={(r) => r.id}
          columns={[
            { head: S.retention.run, wide: true, cell: (r) => <Ref link={r} label={`${r.name} ${shortId(r.id)}`} /> },
            { head: S.retention.status, minor: true, cell: (r) => r.status.toLowerCase() },
            { head: S.retention.ended, right: true, cell: (r) => <Ago at={r.ended_at} /> },
            { head: S.retention.points, right: true, minor: true, cell: (r) => grouped(r.points) },
            { head: S.retention.files, right: true, cell: (r) => bytes(r.bytes) },
          ]}
        />
      )}
      {plan.runs > NAMED && <p className="dim">{S.retention.andMore(plan.runs - NAMED)}</p>}
    </div>
  );
}
