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

export function useRestore() {
  const done = useDone();
  return useMutation({
    mutationFn: (item: Pick<BinItem, 'kind' | 'id' | 'name'>) => post('/api/v1/retention/restore', {}, { kind: item.kind, id: item.id }),
    onSuccess: (_, item) => {
      const again = () => void putIntoBin(item.kind, item.id).then(() => toast(S.retention.binned(item.name)), failed).then(done);
      toast(S.retention.restored(item.name), again);
      done();
    },
    onError: failed,
  });
}

export function usePurge(after: () => void) {
  const done = useDone();
  return useMutation({
    mutationFn: (item: BinItem | null) => post('/api/v1/retention/purge', {}, item ? { kind: item.kind, id: item.id } : { everything: true }),
    onSuccess: (order) => {
      toast(tell(order));
      done();
      after();
    },
  });
}

function tell(order: Schemas['PurgeOrder']): string {
  const kinds = [['run', order.runs], ['logged-model', order.models], ['experiment', order.experiments]] as const;
  const gone = kinds.flatMap(([kind, n]) => Array.from({ length: n }, () => ({ kind })));
  return `${S.retention.purging(counted(gone) || S.retention.nothing, order.kept_total)}${order.more ? ` ${S.retention.ask}` : ''}`;
}

export function useSetWindow(was: number, after: () => void) {
  const done = useDone();
  const set = (undo_window: string) => post('/api/v1/retention', {}, { undo_window });
  return useMutation({
    mutationFn: set,
    onSuccess: (told) => {
      toast(told.text, () => void set(writeDuration(was)).then((back) => toast(back.text), failed).then(done));
      done();
      after();
    },
  });
}

const put = (rule: Rule) => post('/api/v1/retention/rules', {}, rule);
const takeAway = (name: string) => remove('/api/v1/retention/rules/{rule}', { path: { rule: name } });

// `before`: the rule of that name as it was.
export function useSetRule(before: StoredRule | undefined, after: () => void) {
  const done = useDone();
  return useMutation({
    mutationFn: put,
    onSuccess: (_, rule) => {
      const back = before ? () => put(ruleOf(draftOf(before))) : () => takeAway(rule.name);
      toast(S.retention.saved(rule.name), () => void back().then(() => toast(before ? S.retention.back(rule.name) : S.retention.removed(rule.name)), failed).then(done));
      done();
      after();
    },
  });
}

export function useRemoveRule() {
  const done = useDone();
  return useMutation({
    mutationFn: (rule: StoredRule) => takeAway(rule.name),
    onSuccess: (_, rule) => {
      toast(S.retention.removed(rule.name), () => void put(ruleOf(draftOf(rule))).then(() => toast(S.retention.back(rule.name)), failed).then(done));
      done();
    },
    onError: failed,
  });
}

const putQuota = (quota: NewQuota) => post('/api/v1/retention/quotas', {}, quota);
const dropQuota = (experiment: string) => remove('/api/v1/retention/quotas/{experiment}', { path: { experiment: experiment || 'all' } });

// `before`: the quota of that experiment as it was.
export function useSetQuota(before: Quota | undefined, name: string, after: () => void) {
  const done = useDone();
  return useMutation({
    mutationFn: putQuota,
    onSuccess: (_, quota) => {
      const back = before ? () => putQuota(quotaOf(draftOfQuota(before))) : () => dropQuota(quota.experiment ?? '');
      toast(S.quota.saved(name), () => void back().then(() => toast(before ? S.quota.back(name) : S.quota.removed(name)), failed).then(done));
      done();
      after();
    },
  });
}

export function useRemoveQuota() {
  const done = useDone();
  return useMutation({
    mutationFn: (quota: Quota) => dropQuota(quota.experiment),
    onSuccess: (_, quota) => {
      toast(S.quota.removed(quota.name), () => void putQuota(quotaOf(draftOfQuota(quota))).then(() => toast(S.quota.back(quota.name)), failed).then(done));
      done();
    },
    onError: failed,
  });
}
