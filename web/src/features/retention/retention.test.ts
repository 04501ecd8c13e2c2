import { describe, expect, it } from 'vitest';
import { counted, leftOf, nextGoes, purgePlan, type BinItem } from './left';
import { draftOfQuota, limitsSomething, quotaCommand, quotaOf, writeBytes, type Quota, type QuotaDraft } from './quota';
import { canPlan, commandOf, draftOf, readDuration, ruleOf, sentenceOf, writeDuration, type Draft, type StoredRule } from './rule';

const DAY = 86_400_000;
const NOW = Date.UTC(2026, 10, 27);
const plain = (text: string) => text.replaceAll('\u00a0', ' ');
const item = (kind: BinItem['kind'], id: string, left: number, kept = '', experiment = '1'): BinItem => ({ ref: `${kind}:${id}`, kind, name: id, url: '', rev: '', id, experiment, deleted_at: new Date(NOW - (30 - left) * DAY).toISOString(), purged_at: new Date(NOW + left * DAY).toISOString(), kept });

describe('the time that is left', () => {
  it('is a share of the window, and never below nothing', () => {
    expect(leftOf(item('run', 'a', 15), NOW).share).toBeCloseTo(0.5);
    expect(plain(leftOf(item('run', 'a', 15), NOW).text)).toBe('15 d left');
    expect(leftOf(item('run', 'a', 2), NOW).soon).toBe(true);
    expect(leftOf(item('run', 'a', -1), NOW)).toEqual({ share: 0, text: 'goes now', soon: true });
  });
  it('of the next leaves out what is kept', () => {
    expect(plain(nextGoes([item('run', 'a', 1, 'needed'), item('run', 'b', 3)], NOW))).toBe('in 3 d');
    expect(nextGoes([item('run', 'a', 1, 'needed')], NOW)).toBe('');
  });
});

describe('a purge', () => {
  const rows = [item('run', 'a', 9), item('run', 'b', 9, 'late@3 is registered from it', '7'), item('run', 'c', 9, '', '7'), item('experiment', '7', 9, '', '7')];
  it('takes what is named and nothing else', () => {
    expect(purgePlan(rows, rows[0] ?? null)).toEqual({ goes: [rows[0]], stays: [] });
  });
  it('takes the runs of an experiment along, which stays while one of them is needed', () => {
    const plan = purgePlan(rows, rows[3] ?? null);
    expect(plan.goes.map((r) => r.id)).toEqual(['c']);
    expect(plan.stays.map((r) => r.id)).toEqual(['b', '7']);
  });
  it('of everything tells of all', () => {
    expect(counted(purgePlan(rows, null).goes)).toBe('2 runs');
  });
});

describe('a rule', () => {
  const draft: Draft = { name: 'few', exp: '2', filter: " status = 'FAILED' ", older: '90d', latest: '20', best: '5', metric: 'val loss', lowest: '1' };
  const stored: StoredRule = { ref: '', kind: 'retention-rule', url: '', rev: '', name: 'few', experiment: '2', filter: "status = 'FAILED'", older_than_ms: 90 * DAY, keep_latest: 20, keep_best: 5, metric: 'val loss', lowest: true, changed_at: '', applied_at: null, binned: 0 };
  it('is the same to the address, to the contract and back', () => {
    expect(ruleOf(draftOf(stored))).toEqual(ruleOf(draft));
    expect(ruleOf({ ...draft, exp: '', filter: '', older: '', latest: '', best: '' })).toEqual({ name: 'few' });
  });
  it('is a command that a shell takes as it is', () => {
    expect(commandOf(ruleOf(draft), 'flights late')).toBe(`gyre retention set few --exp 'flights late' --filter 'status = '\\''FAILED'\\''' --older-than 90d --keep-latest 20 --keep-best 5 --metric 'val loss' --lowest`);
  });
  it('is a sentence', () => {
    expect(plain(sentenceOf(stored, 'churn'))).toBe("status = 'FAILED' in churn that ended 90 d ago, but the latest 20 of an experiment, but the best 5 by lowest val loss");
  });
  it('is not planned without a condition, with no length of time, or with a best by nothing', () => {
    expect(canPlan({ name: 'x' })).toBe(false);
    expect(canPlan({ name: 'x', older_than: 'soon' })).toBe(false);
    expect(canPlan({ name: 'x', keep_best: 2, metric: '' })).toBe(false);
    expect(canPlan({ name: 'x', older_than: '90d' })).toBe(true);
  });
  it('writes a length of time as it reads it', () => {
    for (const text of ['90d', '36h', '15m', '61s', '1ms']) expect(writeDuration(readDuration(text) ?? 0)).toBe(text);
    expect(readDuration('2w')).toBe(14 * DAY);
    expect(readDuration('3')).toBeNull();
  });
});

describe('a quota', () => {
  it('is the same to the contract and back, and a command that a shell takes as it is', () => {
    const draft: QuotaDraft = { exp: '3', runs: '1000', points: '', bytes: '10GiB', oldest: true };
    const stored: Quota = { ref: '', kind: 'retention-quota', name: '3', url: '', rev: '', experiment: '3', on_exceed: 'oldest', limits: { runs: 1000, points: 0, bytes: 10 * 2 ** 30 }, use: { runs: 1, points: 0, bytes: 0 }, counted_at: null };
    expect(draftOfQuota(stored)).toEqual(draft);
    expect(quotaOf(draft)).toEqual({ experiment: '3', runs: 1000, bytes: '10GiB', on_exceed: 'oldest' });
    expect(quotaCommand(quotaOf(draft), 'late flights')).toBe("gyre retention quota 'late flights' --runs 1000 --bytes 10GiB --on-exceed oldest");
    expect(writeBytes(1000)).toBe('1000');
    expect(limitsSomething(quotaOf({ ...draft, runs: '0', bytes: ' ' }))).toBe(false);
  });
});
