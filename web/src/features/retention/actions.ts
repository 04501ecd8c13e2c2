// What can be done to the bin, each with its way back where there is one.
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { post, putIntoBin, remove, type Schemas } from '../../api/client';
import { S } from '../../strings';
import { toast } from '../../ui/Toast';
import { counted, type BinItem } from './left';
import { draftOfQuota, quotaOf, type NewQuota, type Quota } from './quota';
import { draftOf, ruleOf, writeDuration, type Rule, type StoredRule } from './rule';

const failed = (error: Error) => toast(error.message);

function useDone() {
  const client = useQueryClient();
  return () => void client.invalidateQueries();
}

// Tells what was done, with a way back that tells what it did.
function useTell() {
  const done = useDone();
  return <T>(text: string, back: () => Promise<T>, told: (answer: T) => string) => {
    toast(text, () => void back().then((answer) => toast(told(answer)), failed).then(done));
    done();
  };
}

export function useRestore() {
  const tell = useTell();
  return useMutation({
    mutationFn: (item: Pick<BinItem, 'kind' | 'id' | 'name'>) => post('/api/v1/retention/restore', {}, { kind: item.kind, id: item.id }),
    onSuccess: (_, item) => tell(S.retention.restored(item.name), () => putIntoBin(item.kind, item.id), () => S.retention.binned(item.name)),
    onError: failed,
  });
}

export function usePurge(after: () => void) {
  const done = useDone();
  return useMutation({
    mutationFn: (item: BinItem | null) => post('/api/v1/retention/purge', {}, item ? { kind: item.kind, id: item.id } : { everything: true }),
    onSuccess: (order) => {
      toast(ordered(order));
      done();
      after();
    },
  });
}

function ordered(order: Schemas['PurgeOrder']): string {
  const kinds = [['run', order.runs], ['logged-model', order.models], ['experiment', order.experiments]] as const;
  const gone = kinds.flatMap(([kind, n]) => Array.from({ length: n }, () => ({ kind })));
  return `${S.retention.purging(counted(gone) || S.retention.nothing, order.kept_total)}${order.more ? ` ${S.retention.ask}` : ''}`;
}

export function useSetWindow(was: number, after: () => void) {
  const tell = useTell();
  const set = (undo_window: string) => post('/api/v1/retention', {}, { undo_window });
  return useMutation({
    mutationFn: set,
    onSuccess: (told) => {
      tell(told.text, () => set(writeDuration(was)), (back) => back.text);
      after();
    },
  });
}

const put = (rule: Rule) => post('/api/v1/retention/rules', {}, rule);
const takeAway = (name: string) => remove('/api/v1/retention/rules/{rule}', { path: { rule: name } });

// `before`: the rule of that name as it was.
export function useSetRule(before: StoredRule | undefined, after: () => void) {
  const tell = useTell();
  return useMutation({
    mutationFn: put,
    onSuccess: (_, rule) => {
      const back = before ? () => put(ruleOf(draftOf(before))) : () => takeAway(rule.name);
      tell<unknown>(S.retention.saved(rule.name), back, () => (before ? S.retention.back(rule.name) : S.retention.removed(rule.name)));
      after();
    },
  });
}

export function useRemoveRule() {
  const tell = useTell();
  return useMutation({
    mutationFn: (rule: StoredRule) => takeAway(rule.name),
    onSuccess: (_, rule) => tell(S.retention.removed(rule.name), () => put(ruleOf(draftOf(rule))), () => S.retention.back(rule.name)),
    onError: failed,
  });
}

const putQuota = (quota: NewQuota) => post('/api/v1/retention/quotas', {}, quota);
const dropQuota = (experiment: string) => remove('/api/v1/retention/quotas/{experiment}', { path: { experiment: experiment || 'all' } });

// `before`: the quota of that experiment as it was.
export function useSetQuota(before: Quota | undefined, name: string, after: () => void) {
  const tell = useTell();
  return useMutation({
    mutationFn: putQuota,
    onSuccess: (_, quota) => {
      const back = before ? () => putQuota(quotaOf(draftOfQuota(before))) : () => dropQuota(quota.experiment ?? '');
      tell<unknown>(S.quota.saved(name), back, () => (before ? S.quota.back(name) : S.quota.removed(name)));
      after();
    },
  });
}

export function useRemoveQuota() {
  const tell = useTell();
  return useMutation({
    mutationFn: (quota: Quota) => dropQuota(quota.experiment),
    onSuccess: (_, quota) => tell(S.quota.removed(quota.name), () => putQuota(quotaOf(draftOfQuota(quota))), () => S.quota.back(quota.name)),
    onError: failed,
  });
}
