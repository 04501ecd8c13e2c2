// A quota as it is written: to the contract and to a command.
import type { Schemas } from '../../api/client';
import { quoted } from './rule';

export type Quota = Schemas['RetentionQuotaList']['rows'][number];
export type NewQuota = Schemas['NewRetentionQuota'];

export interface QuotaDraft {
  exp: string;  // "" for all
  runs: string;
  points: string;
  bytes: string;
  oldest: boolean;
}
export const noQuota = (): QuotaDraft => ({ exp: '', runs: '', points: '', bytes: '', oldest: false });

const UNITS = [['TiB', 2 ** 40], ['GiB', 2 ** 30], ['MiB', 2 ** 20], ['KiB', 2 ** 10]] as const;

// As it is typed: the greatest unit that holds it whole.
export function writeBytes(bytes: number): string {
  const [name, size] = UNITS.find(([, unit]) => bytes >= unit && bytes % unit === 0) ?? ['', 1];
  return `${bytes / size}${name}`;
}

const number = (text: string) => (/^\d{1,15}$/.test(text) ? Number(text) : 0);

export function quotaOf(draft: QuotaDraft): NewQuota {
  return {
    ...(draft.exp && { experiment: draft.exp }),
    ...(number(draft.runs) && { runs: number(draft.runs) }),
    ...(number(draft.points) && { points: number(draft.points) }),
    ...(draft.bytes.trim() && { bytes: draft.bytes.trim() }),
    on_exceed: draft.oldest ? 'oldest' : 'refuse',
  };
}

export function draftOfQuota(quota: Quota): QuotaDraft {
  const shown = (limit: number) => (limit > 0 ? String(limit) : '');
  return { exp: quota.experiment, runs: shown(quota.limits.runs), points: shown(quota.limits.points), bytes: quota.limits.bytes > 0 ? writeBytes(quota.limits.bytes) : '', oldest: quota.on_exceed === 'oldest' };
}

export const limitsSomething = (quota: NewQuota): boolean => Boolean(quota.runs || quota.points || quota.bytes);

export function quotaCommand(quota: NewQuota, experiment: string): string {
  const words = ['gyre retention quota', quota.experiment ? quoted(experiment) : 'all'];
  if (quota.runs) words.push('--runs', String(quota.runs));
  if (quota.points) words.push('--points', String(quota.points));
  if (quota.bytes) words.push('--bytes', quoted(quota.bytes));
  if (quota.on_exceed === 'oldest') words.push('--on-exceed oldest');
  return words.join(' ');
}
