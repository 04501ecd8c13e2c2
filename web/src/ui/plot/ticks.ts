// Where an axis is labelled, and with what words. Labels change their unit at boundaries of time.
import { duration } from '../../format/number';
import { clock, DAY_MS, day, monthYear } from '../../format/time';

export interface Tick {
  at: number;
  text: string;
}
export type AxisKind = 'number' | 'steps' | 'time' | 'duration';

const MINUS = '\u2212';
const MOST_TICKS = 64;

// The least of 1, 2, 5 times a power of ten that is no smaller.
export function niceStep(raw: number): number {
  const size = 10 ** Math.floor(Math.log10(raw));
  return [1, 2, 5, 10].map((m) => m * size).find((s) => s >= raw * (1 - 1e-9)) ?? 10 * size;
}

function multiples(from: number, to: number, step: number, origin = 0): number[] {
  const list: number[] = [];
  for (let i = Math.ceil((from - origin) / step - 1e-9); list.length < MOST_TICKS; i++) {
    const at = origin + i * step;
    if (!(at <= to + step * 1e-9)) break;
    list.push(at === 0 ? 0 : at);
  }
  return list;
}

export function numberTicks(from: number, to: number, most: number, whole = false): Tick[] {
  if (!(to > from) || !Number.isFinite(to - from)) return [];
  const step = Math.max(niceStep((to - from) / Math.max(1, most)), whole ? 1 : 0);
  return multiples(from, to, step).map((at) => ({ at, text: short(at, step) }));
}

// Powers of ten alone; between two of them the axis is read as a straight one.
export function powerTicks(from: number, to: number, most: number): Tick[] {
  if (!(from > 0) || !(to > from)) return [];
  const first = Math.ceil(Math.log10(from) - 1e-9);
  const last = Math.floor(Math.log10(to) + 1e-9);
  if (last - first < 1) return numberTicks(from, to, most);
  const by = Math.max(1, Math.ceil((last - first) / Math.max(1, most - 1)));
  const list: Tick[] = [];
  for (let power = first; power <= last; power += by) list.push({ at: 10 ** power, text: short(10 ** power, 10 ** power) });
  return list;
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const MONTH = 30 * DAY_MS;
const TIMES = [SECOND, 5 * SECOND, 15 * SECOND, 30 * SECOND, MINUTE, 5 * MINUTE, 15 * MINUTE, 30 * MINUTE, HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR, DAY_MS, 2 * DAY_MS, 7 * DAY_MS, 14 * DAY_MS];

// 07:00 … 24 Nov
export function timeTicks(from: number, to: number, most: number): Tick[] {
  const step = TIMES.find((s) => (to - from) / s <= most);
  if (!step) return monthTicks(from, to, most);
  return multiples(from, to, step).map((at) => ({ at, text: at % DAY_MS === 0 ? day(at) : step < MINUTE ? `${clock(at)}:${String(new Date(at).getUTCSeconds()).padStart(2, '0')}` : clock(at) }));
}

function monthTicks(from: number, to: number, most: number): Tick[] {
  const by = Math.max(1, Math.ceil((to - from) / MONTH / most));
  const start = new Date(from);
  const list: Tick[] = [];
  for (let month = start.getUTCMonth() + 1; list.length < MOST_TICKS; month += by) {
    const at = Date.UTC(start.getUTCFullYear(), month, 1);
    if (at > to) break;
    list.push({ at, text: monthYear(at) });
  }
  return list;
}

export function durationTicks(from: number, to: number, most: number): Tick[] {
  const span = to - from;
  const step = span > TIMES.at(-1)! * most ? niceStep(span / most / DAY_MS) * DAY_MS : (TIMES.find((s) => span / s <= most) ?? SECOND);
  const fine = span < SECOND * most ? niceStep(span / most) : step;
  return multiples(from, to, fine).map((at) => ({ at, text: at === 0 ? '0' : duration(at) }));
}

export function ticksOf(kind: AxisKind, from: number, to: number, most: number, log = false): Tick[] {
  if (log) return powerTicks(from, to, most);
  if (kind === 'time') return timeTicks(from, to, most);
  return kind === 'duration' ? durationTicks(from, to, most) : numberTicks(from, to, most, kind === 'steps' && to - from >= most);
}

// As short as ticks that stand `step` apart may be: .85, 1.5k, 2M, 1e−7.
export function short(value: number, step: number): string {
  if (value === 0) return '0';
  const size = Math.abs(value);
  const text = unsigned(size, Math.abs(step));
  return value < 0 ? `${MINUS}${text}` : text;
}

const UNITS: [number, string][] = [[1e12, 'T'], [1e9, 'G'], [1e6, 'M'], [1e3, 'k']];

function unsigned(size: number, step: number): string {
  if (size >= 1e15 || (size < 0.99e-4 && step < 0.99e-4)) return size.toExponential(Math.max(0, decimalsOf(step / 10 ** Math.floor(Math.log10(size))))).replace('e+', 'e').replace('e-', `e${MINUS}`);
  const [unit, name] = UNITS.find(([u]) => size >= u && (step >= u / 100 || size >= 1e5)) ?? [1, ''];
  return `${(size / unit).toFixed(decimalsOf(step / unit)).replace(/^0\./, '.')}${name}`;
}

// Decimals that tell multiples of a step apart.
export function decimalsOf(step: number): number {
  if (!(step > 0) || step >= 1) return step % 1 ? 1 : 0;
  return Math.min(12, Math.ceil(-Math.log10(step) - 1e-9));
}
