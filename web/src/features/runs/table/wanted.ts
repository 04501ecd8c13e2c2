// What is written in a list of columns: values of the filter language, and curves in small, which only a table knows: `spark(metrics.auc)`.
const SPARK = /^spark\((.+)\)$/;
const STATISTIC = /^(min|max|count)\((metrics\..+)\)$/;

export interface Wanted {
  columns: string[];  // that the server reads
  sparks: string[];   // metrics whose curves it adds
}

export const MOST_SPARKS = 4;
export const MOST_COLUMNS = 64;

export function wantedOf(texts: readonly string[]): Wanted {
  const sparks = texts.map((t) => SPARK.exec(t)?.[1]).filter((t) => t !== undefined);
  return { columns: texts.filter((t) => !SPARK.test(t)).slice(0, MOST_COLUMNS), sparks: [...new Set(sparks)].slice(0, MOST_SPARKS) };
}

export const sparkOf = (metric: string): string => `spark(${metric})`;
export const metricOfSpark = (text: string): string | undefined => SPARK.exec(text)?.[1];

export interface Told {
  metric: string;                         // metrics.auc
  statistic: 'last' | 'min' | 'max' | 'count';
}
export function toldOf(text: string): Told | null {
  const [, statistic, metric] = STATISTIC.exec(text) ?? [];
  if (metric) return { metric, statistic: statistic as Told['statistic'] };
  return /^metrics\.[^\s()`]+$|^metrics\.`[^`]+`$/.test(text) ? { metric: text, statistic: 'last' } : null;
}
export const textOf = ({ metric, statistic }: Told): string => (statistic === 'last' ? metric : `${statistic}(${metric})`);

// A metric of which less is better, by the words that people name it with.
const LOW = /(^|[^a-z])(loss|error|err|rmse|mse|mae|mape|perplexity|ppl|wer|cer|fid|brier|ece|latency|regret|nll|logloss|log_loss)([^a-z]|$)/i;
export const lowIsBetter = (key: string): boolean => LOW.test(key);

// How many decimals a column of numbers has, so that they stand below each other: four significant digits of the largest, none of whole ones.
export function decimalsOf(values: readonly unknown[]): number {
  const numbers = values.filter((v): v is number => typeof v === 'number' && Number.isFinite(v));
  const most = Math.max(0, ...numbers.map(Math.abs));
  if (numbers.length > 0 && numbers.every(Number.isInteger)) return 0;
  if (most === 0) return 4;
  return Math.min(6, Math.max(0, 3 - Math.floor(Math.log10(most) + 1e-9)));
}

const NUMBER = /^-?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?$/;
export const looksNumeric = (values: readonly unknown[]): boolean => {
  const texts = values.filter((v): v is string => typeof v === 'string' && v !== '');
  return texts.length > 0 && texts.every((t) => NUMBER.test(t));
};
