// The x of a page in the address and in words.
import type { XAxis } from '../../../api/workspace';
import { duration, figure, grouped } from '../../../format/number';
import { absolute } from '../../../format/time';
import type { AxisKind } from '../../../ui/plot/ticks';
import type { Span } from '../../../ui/plot/scale';
import { S } from '../../../strings';

// 'step', 'relative', 'time', or the key of a metric behind 'm:'.
export function readX(text: string | undefined): XAxis {
  if (text === 'time' || text === 'relative') return text;
  return text?.startsWith('m:') && text.length > 2 ? { metric: text.slice(2) } : 'step';
}
export const writeX = (x: XAxis): string | undefined => (typeof x === 'object' ? `m:${x.metric}` : x === 'step' ? undefined : x);

export const axisKind = (x: XAxis): AxisKind => (x === 'time' ? 'time' : x === 'relative' ? 'duration' : x === 'step' ? 'steps' : 'number');
export const axisName = (x: XAxis): string => (typeof x === 'object' ? x.metric : S.panels.axis[x]!);

export function xText(x: XAxis, at: number): string {
  if (x === 'time') return absolute(at);
  if (x === 'relative') return duration(Math.max(0, at));
  return x === 'step' && Number.isInteger(at) ? grouped(at) : figure(at);
}

// A length on the axis: 200 steps, 5 m.
export function lengthText(x: XAxis, length: number): string {
  if (x === 'time' || x === 'relative') return duration(length);
  return `${x === 'step' && Number.isInteger(length) ? grouped(length) : figure(length)} ${typeof x === 'object' ? x.metric : S.panels.steps}`;
}

export function readSpan(text: string | undefined): Span | null {
  const [from, to] = (text ?? '').split('..').map(Number);
  return text && from !== undefined && to !== undefined && Number.isFinite(from) && Number.isFinite(to) && to > from ? [from, to] : null;
}
const trimmed = (v: number) => String(Number(v.toPrecision(13)));
export const writeSpan = (span: Span | null): string | undefined => (span ? `${trimmed(span[0])}..${trimmed(span[1])}` : undefined);
