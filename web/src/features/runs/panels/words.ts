// A picture in a sentence that is made from its data.
import { figure, grouped } from '../../../format/number';
import { middle } from '../../../format/name';
import { S } from '../../../strings';
import type { XAxis } from '../../../api/workspace';
import { xText } from './axis';
import type { CurveSet } from './curves';
import type { Drawn } from './lineScene';

export const LOWER_IS_BETTER = /loss|err|rmse|mae|mse|ece|brier|perplexity|latency|wer|cer/i;
const NAME_CHARS = 60;

// val/auc, 10 runs, highest .913 by transformer-seed7 at 11.2k, 1 run has NaN.
export function sentence(title: string, set: CurveSet | undefined, lines: readonly Drawn[], x: XAxis, grouped_: boolean): string {
  if (!set || !lines.some((l) => l.curve.points > 0)) return `${title}, ${S.panels.nothing}`;
  const low = LOWER_IS_BETTER.test(title);
  let best: { value: number; at: number; name: string } | null = null;
  for (const { curve, name } of lines)
    for (let i = 0; i < curve.last.length; i++) {
      const v = curve.last[i]!;
      if (Number.isFinite(v) && (!best || (low ? v < best.value : v > best.value))) best = { value: v, at: set.x[i]!, name };
    }
  const nan = lines.filter((l) => l.curve.nan > 0).length;
  const inf = lines.filter((l) => l.curve.inf > 0).length;
  const count = new Set(lines.map((l) => l.curve.id)).size;
  return [
    title,
    grouped_ ? S.panels.groups(count) : S.panels.runs(count),
    ...(best ? [S.panels.best(low, figure(best.value), middle(best.name, NAME_CHARS), xText(x, best.at))] : []),
    ...(nan ? [S.panels.haveNan(nan)] : []),
    ...(inf ? [S.panels.haveInf(inf)] : []),
    ...(set.view?.outside ? [S.panels.outside(grouped(set.view.outside))] : []),
  ].join(', ');
}
