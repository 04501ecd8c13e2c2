// Times are UTC everywhere; the zone is printed in the bar.
import { duration } from './number';

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
export const DAY_MS = 86_400_000;

const two = (n: number) => String(n).padStart(2, '0');

export function millis(time: string | null | undefined): number | null {
  if (!time) return null;
  const value = Date.parse(time);
  return Number.isNaN(value) ? null : value;
}

export function absolute(ms: number): string {
  const t = new Date(ms);
  return `${t.getUTCFullYear()}-${two(t.getUTCMonth() + 1)}-${two(t.getUTCDate())} ${two(t.getUTCHours())}:${two(t.getUTCMinutes())}:${two(t.getUTCSeconds())} UTC`;
}

// 2 Apr 2001; the year only when asked.
export function day(ms: number, year = false): string {
  const t = new Date(ms);
  const text = `${t.getUTCDate()}\u00a0${MONTHS[t.getUTCMonth()]}`;
  return year ? `${text}\u00a0${t.getUTCFullYear()}` : text;
}

// The year where it is not the clock's: 2 Apr, or 2 Apr 2001 when read in another year.
export function dayAt(ms: number, now: number): string {
  return day(ms, new Date(ms).getUTCFullYear() !== new Date(now).getUTCFullYear());
}

// Where a time line of what happened ends: now, unless all of it is long over.
export function storyEnd(first: number, last: number, now: number): number {
  const length = Math.max(DAY_MS, last - first);
  return now - last <= length ? Math.max(now, first + DAY_MS) : last + length * 0.15;
}

// May 2001.
export function monthYear(ms: number): string {
  const t = new Date(ms);
  return `${MONTHS[t.getUTCMonth()]}\u00a0${t.getUTCFullYear()}`;
}

export function weekday(ms: number): string {
  return DAYS[new Date(ms).getUTCDay()] ?? '';
}

export function clock(ms: number): string {
  const t = new Date(ms);
  return `${two(t.getUTCHours())}:${two(t.getUTCMinutes())}`;
}

export function dayClock(ms: number): string {
  return `${day(ms)} ${clock(ms)}`;
}

// 5 Mar 2001, with the hour unless it is midnight.
export function moment(ms: number): string {
  return ms % DAY_MS === 0 ? day(ms, true) : `${day(ms, true)} ${clock(ms)}`;
}

// The end is exclusive: a range of whole days ends with its last day.
export function span(from: number, to: number): string {
  const whole = from % DAY_MS === 0 && to % DAY_MS === 0;
  if (!whole) return `${dayClock(from)} – ${dayClock(to)}`;
  const last = to - DAY_MS;
  return last <= from ? day(from) : `${day(from)} – ${day(last)}`;
}

const LONG_AGO_MS = 60 * DAY_MS;

// 3 h ago, in 2 d; what is months away is told by its day.
export function ago(ms: number, now: number): string {
  const passed = now - ms;
  if (Math.abs(passed) > LONG_AGO_MS) return dayAt(ms, now);
  if (Math.abs(passed) < 45_000) return 'just now';
  const text = coarse(Math.abs(passed));
  return passed < 0 ? `in ${text}` : `${text} ago`;
}

export function coarse(ms: number): string {
  const minutes = Math.round(ms / 60_000);
  if (minutes < 60) return `${Math.max(1, minutes)}\u00a0m`;
  const hours = Math.round(minutes / 60);
  if (hours < 48) return `${hours}\u00a0h`;
  return `${Math.round(hours / 24)}\u00a0d`;
}

export { duration };
