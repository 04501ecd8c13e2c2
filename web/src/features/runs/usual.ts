// The columns of an experiment that nobody has chosen any for: what judges its runs, and the parameters that tell them apart.
import { useQuery } from '@tanstack/react-query';
import { completionQuery } from '../../api/queries';
import { telling } from './telling';

const METRICS = 4;
const PARAMS = 6;

export interface Usual {
  metrics: string[];
  params: string[];
}

export function useUsual(experiment: string): Usual | null {
  const metrics = useQuery(completionQuery(experiment, 'column', 'metrics.', 8));
  const params = useQuery(completionQuery(experiment, 'column', 'params.', 7));
  if ((!metrics.data && !metrics.error) || (!params.data && !params.error)) return null;
  const keys = (entity: string, rows: { text: string; insert: string }[] | undefined) => (rows ?? []).map((r) => ({ text: r.text, value: `${entity}.${r.insert.trim()}` }));
  return {
    metrics: keys('metrics', metrics.data?.suggestions).sort((a, b) => telling(a.text) - telling(b.text)).slice(0, METRICS).map((k) => k.value),
    params: keys('params', params.data?.suggestions).slice(0, PARAMS).map((k) => k.value),
  };
}
