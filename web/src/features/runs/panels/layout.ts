// Which panels there are, as a text in the address: sections by '|', panels by ',', their parts by '~'.
//   val=l~val/auc~w2~h280,s~params.lr~metrics.auc|train=l~train/loss
export type PanelKind = 'line' | 'scatter' | 'parallel' | 'importance' | 'note';
export type Band = 'deviation' | 'range' | 'confidence' | 'none';

export interface Panel {
  kind: PanelKind;
  keys: string[];     // of metrics; scatter: x, y, colour; parallel: its axes; importance: its target; note: the text
  width?: number;     // columns
  height?: number;    // pixels
  log?: boolean;      // y, where it differs from the page
  clip?: boolean;     // outliers, where it differs from the page
  low?: number;       // y, set by hand
  high?: number;
  band?: Band;        // of groups
  apart?: boolean;    // no train beside its val
  logs?: string;      // of each axis: '1' by powers, '0' straight, '-' as its values ask for
  title?: string;
}

export interface Section {
  name: string;
  panels: Panel[];
}

const KINDS: Record<PanelKind, string> = { line: 'l', scatter: 's', parallel: 'p', importance: 'i', note: 'n' };
const BANDS: readonly Band[] = ['deviation', 'range', 'confidence', 'none'];
export const MOST_PANELS = 400;
export const MOST_KEYS = 24;  // of one panel: so many one question takes
export const MOST_WIDTH = 3;
export const HEIGHTS = { least: 160, usual: 232, most: 720, step: 24 } as const;

// What parts the text, and what an address would write longer than it is.
const put = (text: string) => text.replace(/[|,=~!+&#%]/g, (c) => `!${c.charCodeAt(0).toString(16).padStart(2, '0')}`);
const take = (text: string) => text.replace(/!([0-9a-f]{2})/g, (_, code: string) => String.fromCharCode(parseInt(code, 16)));

export function writeLayout(sections: readonly Section[]): string {
  return sections.map((s) => `${put(s.name)}=${s.panels.map(writePanel).join(',')}`).join('|');
}

function writePanel(p: Panel): string {
  const parts = [KINDS[p.kind], ...p.keys.map((k) => `k${put(k)}`)];
  const flag = (name: string, value: boolean | undefined) => value !== undefined && parts.push(`${name}${value ? 1 : 0}`);
  const figure = (name: string, value: number | undefined) => value !== undefined && parts.push(`${name}${put(String(value))}`);
  figure('w', p.width);
  figure('h', p.height);
  flag('g', p.log);
  flag('o', p.clip);
  figure('a', p.low);
  figure('z', p.high);
  if (p.band) parts.push(`b${BANDS.indexOf(p.band)}`);
  flag('d', p.apart);
  if (p.logs) parts.push(`q${put(p.logs)}`);
  if (p.title) parts.push(`t${put(p.title)}`);
  return parts.join('~');
}

export function readLayout(text: string): Section[] {
  let left = MOST_PANELS;
  return text
    .split('|')
    .filter(Boolean)
    .map((part) => {
      const at = part.indexOf('=');
      const panels = part
        .slice(at + 1)
        .split(',')
        .map(readPanel)
        .filter((p) => p !== null)
        .slice(0, left);
      left -= panels.length;
      return { name: take(part.slice(0, Math.max(0, at))), panels };
    });
}

function readPanel(text: string): Panel | null {
  const [letter, ...parts] = text.split('~');
  const kind = (Object.keys(KINDS) as PanelKind[]).find((k) => KINDS[k] === letter);
  if (!kind) return null;
  const panel: Panel = { kind, keys: [] };
  const number = (value: string, least: number, most: number) => {
    const n = Number(value);
    return value !== '' && Number.isFinite(n) ? Math.min(most, Math.max(least, n)) : undefined;
  };
  for (const part of parts) {
    const value = take(part.slice(1));
    if (part[0] === 'k' && panel.keys.length < MOST_KEYS) panel.keys.push(value);
    else if (part[0] === 'w') panel.width = number(value, 1, MOST_WIDTH);
    else if (part[0] === 'h') panel.height = number(value, HEIGHTS.least, HEIGHTS.most);
    else if (part[0] === 'g') panel.log = value === '1';
    else if (part[0] === 'o') panel.clip = value === '1';
    else if (part[0] === 'a') panel.low = number(value, -Infinity, Infinity);
    else if (part[0] === 'z') panel.high = number(value, -Infinity, Infinity);
    else if (part[0] === 'b') panel.band = BANDS[Number(value)];
    else if (part[0] === 'd') panel.apart = value === '1';
    else if (part[0] === 'q') panel.logs = value.replace(/[^01-]/g, '');
    else if (part[0] === 't') panel.title = value;
  }
  return kind === 'line' && panel.keys.length === 0 ? null : panel;
}

export const panelId = (p: Panel): string => `${p.kind}:${p.keys.join('\u0001')}${p.title ?? ''}`;

// Moves a panel to a place among those of a section; places count without the panel itself.
export function movePanel(sections: readonly Section[], from: [section: number, panel: number], to: [section: number, panel: number]): Section[] {
  const moved = sections[from[0]]?.panels[from[1]];
  if (!moved || !sections[to[0]]) return [...sections];
  const without = sections.map((s, i) => (i === from[0] ? { ...s, panels: s.panels.filter((_, j) => j !== from[1]) } : s));
  return without.map((s, i) => (i === to[0] ? { ...s, panels: [...s.panels.slice(0, to[1]), moved, ...s.panels.slice(to[1])] } : s));
}
