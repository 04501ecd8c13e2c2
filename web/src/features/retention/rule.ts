// A rule as it is written: from the address, to the contract, to a sentence and to a command.
import type { Schemas } from '../../api/client';
import { coarse } from '../../format/time';
import { S } from '../../strings';

export type Rule = Schemas['NewRetentionRule'];
export type StoredRule = Schemas['RetentionRuleList']['rows'][number];

// What stands in the address, each as it was typed.
export interface Draft {
  name: string;
  exp: string;
  filter: string;
  older: string;
  latest: string;
  best: string;
  metric: string;
  lowest: string;
}
export const FIELDS = ['name', 'exp', 'filter', 'older', 'latest', 'best', 'metric', 'lowest'] as const;

const UNITS: readonly [string, number][] = [['w', 604_800_000], ['d', 86_400_000], ['h', 3_600_000], ['m', 60_000], ['s', 1000], ['ms', 1]];

// 36h -> milliseconds; null where it is no length of time.
export function readDuration(text: string): number | null {
  const [, amount, unit] = /^(\d+(?:\.\d+)?)(ms|s|m|h|d|w)$/.exec(text.trim()) ?? [];
  const size = UNITS.find(([name]) => name === unit)?.[1];
  return amount === undefined || size === undefined ? null : Number(amount) * size;
}

// As it is typed again: the greatest unit that holds it whole, days at most.
export function writeDuration(ms: number): string {
  if (ms === 0) return '0s';
  const [name, size] = UNITS.slice(1).find(([, unit]) => ms % unit === 0) ?? ['ms', 1];
  return `${ms / size}${name}`;
}

const number = (text: string) => (/^\d+$/.test(text.trim()) ? Number(text) : 0);

export function ruleOf(draft: Draft): Rule {
  return {
    name: draft.name.trim(),
    ...(draft.exp && { experiment: draft.exp }),
    ...(draft.filter.trim() && { filter: draft.filter.trim() }),
    ...(draft.older.trim() && { older_than: draft.older.trim() }),
    ...(number(draft.latest) && { keep_latest: number(draft.latest) }),
    ...(number(draft.best) && { keep_best: number(draft.best), metric: draft.metric.trim(), ...(draft.lowest && { lowest: true }) }),
  };
}

export function draftOf(rule: StoredRule): Draft {
  return {
    name: rule.name,
    exp: rule.experiment,
    filter: rule.filter,
    older: rule.older_than_ms ? writeDuration(rule.older_than_ms) : '',
    latest: rule.keep_latest ? String(rule.keep_latest) : '',
    best: rule.keep_best ? String(rule.keep_best) : '',
    metric: rule.metric,
    lowest: rule.lowest ? '1' : '',
  };
}

// A rule that would take every run there is, is refused; so is one whose best are by nothing.
export const canPlan = (rule: Rule): boolean =>
  Boolean(rule.filter || rule.older_than || rule.keep_latest || rule.keep_best) && (!rule.older_than || readDuration(rule.older_than) !== null) && (!rule.keep_best || Boolean(rule.metric));

export function sentenceOf(rule: StoredRule, experiment: string): string {
  const parts = [rule.filter || S.retention.every];
  if (rule.experiment) parts[0] += ` ${S.retention.inExperiment(experiment)}`;
  if (rule.older_than_ms) parts[0] += ` ${S.retention.older(coarse(rule.older_than_ms))}`;
  if (rule.keep_latest) parts.push(S.retention.butLatest(rule.keep_latest));
  if (rule.keep_best) parts.push(S.retention.butBest(rule.keep_best, rule.metric, rule.lowest));
  return parts.join(', ');
}

// For a shell: in quotes where a sign could mean something to it.
export const quoted = (word: string): string => (/^[\w./:@=-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`);

export function commandOf(rule: Rule, experiment: string): string {
  const words = ['gyre retention set', rule.name ? quoted(rule.name) : 'NAME'];
  if (rule.experiment) words.push('--exp', quoted(experiment));
  if (rule.filter) words.push('--filter', quoted(rule.filter));
  if (rule.older_than) words.push('--older-than', quoted(rule.older_than));
  if (rule.keep_latest) words.push('--keep-latest', String(rule.keep_latest));
  if (rule.keep_best) words.push('--keep-best', String(rule.keep_best), '--metric', quoted(rule.metric ?? ''));
  if (rule.lowest) words.push('--lowest');
  return words.join(' ');
}
