// What is deleted, how long can it come back, and what fills the bin?
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import type { Schemas } from '../../api/client';
import { useNow } from '../../api/clock';
import { binQuery, experimentsQuery, retentionQuery, retentionQuotasQuery, retentionRulesQuery } from '../../api/queries';
import { coarse } from '../../format/time';
import { S } from '../../strings';
import { Command, Empty, Loaded } from '../../ui/Feedback';
import { usePatchSearch } from '../../ui/range';
import { Segmented } from '../../ui/Segmented';
import { useProject } from '../../ui/Shell';
import { BinList } from './BinList';
import { nextGoes, type BinItem } from './left';
import { PurgeDialog } from './PurgeDialog';
import { Quotas } from './QuotaList';
import { draftOf, FIELDS, type Draft } from './rule';
import { emptyDraft, RuleForm } from './RuleForm';
import { RuleList } from './RuleList';
import { WindowDialog } from './WindowDialog';

// Each is a section of the page.
const VIEWS = ['bin', 'rules', 'quotas'] as const;
type View = (typeof VIEWS)[number];
type Search = Partial<Draft> & { view?: string; open?: string };

const CLOSED = { open: undefined, ...Object.fromEntries(FIELDS.map((f) => [f, undefined])) };

export function RetentionPage() {
  const overview = useQuery(retentionQuery);
  return (
    <div className="page retention-page">
      <Loaded page query={overview} height={240} lines={6}>
        {(data) => <Retention overview={data} />}
      </Loaded>
    </div>
  );
}

function Retention({ overview }: { overview: Schemas['Retention'] }) {
  const search: Search = useSearch({ strict: false });
  const patch = usePatchSearch();
  const view: View = VIEWS.find((v) => v === search.view) ?? 'bin';
  const quotas = useQuery(retentionQuotasQuery).data?.total ?? 0;
  const told: Record<View, string> = { bin: S.retention.bin(overview.bin_total), rules: S.retention.rules(overview.rules_total), quotas: S.quota.title(quotas) };
  const [purging, setPurging] = useState<{ item: BinItem | null } | null>(null);
  return (
    <>
      <Head overview={overview} quotas={quotas} view={view} change={() => patch({ open: 'window' }, 'push')} />
      <Segmented
        label={S.retention.views}
        value={view}
        options={VIEWS.map((value) => ({ value, text: told[value] }))}
        onChange={(next) => patch({ ...CLOSED, view: next === 'bin' ? undefined : next }, 'push')}
      />
      {view === 'bin' ? <BinList windowMs={overview.undo_window_ms} purge={(item) => setPurging({ item })} /> : view === 'rules' ? <Rules search={search} /> : <Quotas />}
      {purging && <PurgeDialog item={purging.item} close={() => setPurging(null)} />}
      {search.open === 'window' && <WindowDialog windowMs={overview.undo_window_ms} close={() => patch({ open: undefined })} />}
    </>
  );
}

function Head({ overview, quotas, view, change }: { overview: Schemas['Retention']; quotas: number; view: View; change: () => void }) {
  const now = useNow();
  const bin = useInfiniteQuery(binQuery);
  const first = bin.data?.pages.flatMap((p) => p.rows) ?? [];
  const { undo_window_ms: windowMs } = overview;
  return (
    <header className="object-head">
      <h1>{view === 'bin' ? S.retention.lead(overview.bin_total, nextGoes(first, now)) : view === 'rules' ? S.retention.ruleLead(overview.rules_total) : S.quota.lead(quotas)}</h1>
      <p className="facts">
        <span>{windowMs === 0 ? S.retention.windowNone : S.retention.windowIs(coarse(windowMs))}</span>
        <button type="button" className="text-button" aria-label={`${S.retention.change}: ${S.retention.window}`} onClick={change}>
          {S.retention.change}
        </button>
      </p>
    </header>
  );
}

function Rules({ search }: { search: Search }) {
  const patch = usePatchSearch();
  const rules = useQuery(retentionRulesQuery);
  const experiments = useQuery(experimentsQuery(useProject()));
  const [opened, setOpened] = useState(0);  // each opening is a form of its own
  const names = experiments.data?.rows ?? [];
  const open = (draft: Draft) => {
    setOpened((n) => n + 1);
    patch({ ...draft, open: 'rule' }, 'push');
  };
  const close = () => patch(CLOSED);
  return (
    <Loaded query={rules} height={200} lines={4}>
      {({ rows }) => (
        <>
          {rows.length > 0 && <RuleList rules={rows} nameOf={(id) => names.find((e) => e.id === id)?.name ?? id} edit={(rule) => open(draftOf(rule))} />}
          {search.open === 'rule' ? (
            <RuleForm key={opened} start={{ ...emptyDraft(), ...Object.fromEntries(FIELDS.map((f) => [f, search[f] ?? ''])) }} rules={rows} experiments={names} keep={(draft) => patch({ ...draft })} close={close} />
          ) : rows.length === 0 ? (
            <Empty text={S.retention.emptyRules}>
              <New open={open} />
              <Command text={S.retention.emptyRuleCommand} />
            </Empty>
          ) : (
            <p className="bin-foot">
              <New open={open} />
            </p>
          )}
        </>
      )}
    </Loaded>
  );
}

function New({ open }: { open: (draft: Draft) => void }) {
  return (
    <button type="button" className="button" onClick={() => open(emptyDraft())}>
      {S.retention.newRule}
    </button>
  );
}
