// When and why will it retrain, and may it deploy?
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { post, type Schemas } from '../../api/client';
import { decisionsQuery, policyQuery } from '../../api/queries';
import { S } from '../../strings';
import { ErrorPanel, Loaded } from '../../ui/Feedback';
import { useRange } from '../../ui/range';
import { useProject } from '../../ui/Shell';
import { Status } from '../../ui/Status';
import { Ago, Ref } from '../../ui/Text';
import { toast } from '../../ui/Toast';
import { Clauses, Then } from './Clauses';
import { CaseLanes } from './CaseLanes';
import { DecisionEvidence } from './DecisionEvidence';
import { DecisionList } from './DecisionList';

export function PolicyPage() {
  const project = useProject();
  const { policy: name = '', decision = '' }: { policy?: string; decision?: string } = useParams({ strict: false });
  const policy = useQuery(policyQuery(project, name));
  const decisions = useQuery(decisionsQuery(project, name, useRange()));
  return (
    <div className="page policy">
      <Loaded page query={policy} height={300} lines={8}>
        {(p) => (
          <>
            <Head policy={p} project={project} />
            <div className="clauses card">
              <Clauses title={S.policy.when} note={S.policy.whenNote} clauses={p.when} />
              <Clauses title={S.policy.guard} note={S.policy.guardNote} clauses={p.guard} />
              <Then steps={p.then} />
            </div>
          </>
        )}
      </Loaded>
      <Loaded query={decisions} height={320} lines={8}>
        {({ rows, total }) => (
          <>
            <CaseLanes decisions={rows} chosen={decision} />
            <div className="policy-grid">
              <DecisionList rows={rows} total={total} chosen={decision} />
              <DecisionEvidence id={decision || newestTelling(rows)} />
            </div>
          </>
        )}
      </Loaded>
      {policy.data && <Source policy={policy.data} />}
    </div>
  );
}

// With no decision picked, the newest that measured something is the one to read.
function newestTelling(rows: Schemas['DecisionRow'][]): string {
  return (rows.find((r) => r.verdict === 'gate' || r.verdict === 'refuse') ?? rows[0])?.id ?? '';
}

function Head({ policy, project }: { policy: Schemas['Policy']; project: string }) {
  const client = useQueryClient();
  const act = useMutation({
    mutationFn: (action: 'pause' | 'resume' | 'fire') => post('/api/v1/policies/{policy}', { path: { policy: policy.name }, query: { project } }, { action }),
    onSuccess: (done) => {
      toast(done.text);
      void client.invalidateQueries();
    },
  });
  const can = (verb: string) => policy.can.find((c) => c.verb === verb);
  const toggle = policy.state === 'on' ? 'pause' : 'resume';
  const fire = can('fire');
  return (
    <header className="object-head">
      <div className="head-actions">
        <button type="button" className="button" disabled={act.isPending} onClick={() => act.mutate(toggle)}>
          {S.policy[toggle]}
        </button>
        <button type="button" className="button" disabled={act.isPending || fire?.allowed === false} data-tip={fire?.why || undefined} onClick={() => act.mutate('fire')}>
          {S.policy.fire}
        </button>
      </div>
      <h1>
        <Status status={policy.status} word={false} size={20} />
        {policy.sentence}
      </h1>
      <p className="facts">
        {policy.pipeline && <Ref link={policy.pipeline} />}
        {policy.model && <Ref link={policy.model} />}
        {policy.endpoint && <Ref link={policy.endpoint} />}
        <span>{S.policy.counts(policy.counts.trained, policy.counts.promoted, policy.counts.refused)}</span>
        {policy.next_check_at && (
          <span>
            {S.home.nextCheck} <Ago at={policy.next_check_at} />
          </span>
        )}
      </p>
      {act.error && <ErrorPanel error={act.error} />}
    </header>
  );
}

function Source({ policy }: { policy: Schemas['Policy'] }) {
  return (
    <details className="source">
      <summary>{S.policy.yaml}</summary>
      <pre className="mono">{policy.yaml}</pre>
    </details>
  );
}
