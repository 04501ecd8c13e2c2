// How numbers are written. U+2212 for minus; four significant digits; SI for counts, KiB and MiB for bytes.
export type Figure = number | 'NaN' | 'Infinity' | '-Infinity' | null | undefined;
export type Unit = 'none' | 'share' | 'ms' | 's' | 'bytes' | 'rows' | 'count' | 'days' | 'per_second';

export const NONE = '—';
const MINUS = '\u2212';
const THIN = '\u00a0';

export function finite(value: Figure): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}

export function figure(value: Figure, unit: Unit = 'none', digits?: number): string {
  if (value === null || value === undefined) return NONE;
  if (typeof value === 'string') return value === 'NaN' ? 'NaN' : value === 'Infinity' ? '+Inf' : `${MINUS}Inf`;
  if (Number.isNaN(value)) return 'NaN';
  const text = unsigned(Math.abs(value), unit, digits);
  return value < 0 && /[1-9]/.test(text) ? `${MINUS}${text}` : text;
}

export function signed(value: Figure, unit: Unit = 'none', digits?: number): string {
  const text = figure(value, unit, digits);
  return typeof value === 'number' && value > 0 && /[1-9]/.test(text) ? `+${text}` : text;
}

function unsigned(value: number, unit: Unit, digits?: number): string {
  switch (unit) {
    case 'rows':
    case 'count':
      return digits === 0 ? grouped(value) : count(value);
    case 'bytes':
      return bytes(value);
    case 'ms':
      return duration(value);
    case 's':
      return duration(value * 1000);
    case 'days':
      return `${trim(value.toFixed(value < 10 ? 1 : 0))}${THIN}d`;
    case 'per_second':
      return `${plain(value, digits ?? 3)}/s`;
    case 'share':
    case 'none':
      return plain(value, digits);
  }
}

// Below one the leading zero is left out, as in tables of probabilities: .0963.
export function plain(value: number, digits = 4): string {
  if (value === 0) return '0';
  if (value >= 1000) return grouped(value);
  if (value >= 1) return trim(value.toPrecision(Math.max(digits, String(Math.floor(value)).length)));
  if (value < 10 ** -(digits + 1)) return value.toExponential(1).replace('e-', `e${MINUS}`).replace('e+', 'e');
  return value.toFixed(digits).replace(/^0\./, '.');
}

// A fixed number of decimals, for columns and axes: .060, .849, 1.20.
export function fixed(value: Figure, decimals: number): string {
  if (typeof value !== 'number') return figure(value);
  const text = Math.abs(value).toFixed(decimals).replace(/^0\./, '.');
  return value < 0 && /[1-9]/.test(text) ? `${MINUS}${text}` : text;
}

export function grouped(value: number): string {
  return Math.round(value).toString().replace(/\B(?=(\d{3})+(?!\d))/g, ',');
}

export function count(value: number): string {
  if (value < 10_000) return grouped(value);
  for (const [size, name] of [[1e9, 'G'], [1e6, 'M'], [1e3, 'k']] as const)
    if (value >= size) return `${trim((value / size).toPrecision(value / size >= 100 ? 3 : 3))}${name}`;
  return grouped(value);
}

export function bytes(value: number): string {
  if (value < 1024) return `${Math.round(value)}${THIN}B`;
  const names = ['KiB', 'MiB', 'GiB', 'TiB'];
  let size = value / 1024;
  let i = 0;
  while (size >= 1024 && i < names.length - 1) {
    size /= 1024;
    i += 1;
  }
  return `${trim(size.toPrecision(size >= 100 ? 4 : 3))}${THIN}${names[i]}`;
}

export function percent(share: Figure, digits = 0): string {
  if (typeof share !== 'number') return figure(share);
  const value = share * 100;
  return `${value > 0 && value < 1 && digits === 0 ? value.toFixed(1) : value.toFixed(digits)}${THIN}%`;
}

// 840 ms, 1.24 s, 14 m 02 s, 2 h 14 m, 8 d 4 h.
export function duration(ms: number): string {
  if (ms < 1) return `${trim(ms.toPrecision(2))}${THIN}ms`;
  if (ms < 1000) return `${ms < 10 ? trim(ms.toPrecision(2)) : Math.round(ms)}${THIN}ms`;
  const s = ms / 1000;
  if (s < 60) return `${trim(s.toPrecision(3))}${THIN}s`;
  const minutes = Math.floor(s / 60);
  if (minutes < 60) return pair(minutes, 'm', Math.round(s - minutes * 60), 's');
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return pair(hours, 'h', minutes % 60, 'm');
  const days = Math.floor(hours / 24);
  return pair(days, 'd', hours % 24, 'h');
}

function pair(a: number, unitA: string, b: number, unitB: string): string {
  return b ? `${a}${THIN}${unitA} ${b}${THIN}${unitB}` : `${a}${THIN}${unitA}`;
}

function trim(text: string): string {
  return text.includes('.') && !text.includes('e') ? text.replace(/\.?0+$/, '') : text;
}
