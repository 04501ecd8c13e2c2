// What the address of an experiment's page says: which runs, in which order, which of them are drawn and how. The panels of charts keep
// their own parameters here too, so that there is one list of them. Values that are left out are the usual ones.
import { joinValues, splitValues } from './values';

export const TOP = 10;         // runs drawn when nobody has chosen any: the first of the order
export const MOST_TOP = 500;  // of one page of runs
export const TOPS = [5, 10, 20, 50] as const;

// As it stands in the address; the router keeps these and no others.
export const WORKSPACE_SEARCH = [
  'filter', 'sort', 'columns', 'group', 'sel', 'hide', 'pane', 'differ', 'pin', 'base', 'find', 'view',  // the table
  'x', 'smooth', 'log', 'outliers', 'zoom', 'panels', 'fold', 'full',                                              // the panels
] as const;
export type SearchName = (typeof WORKSPACE_SEARCH)[number];
export type WorkspaceSearch = Partial<Record<SearchName, string>>;

export type Pane = 'table' | 'both' | 'panels';
export const PANES: readonly Pane[] = ['table', 'both', 'panels'];

// The first `top` runs of the order, whichever they are, and those that were chosen by name.
export interface Selection {
  top: number;
  ids: string[];
}

export interface Workspace {
  filter: string | undefined;
  sort: string | undefined;
  columns: string[] | undefined;  // undefined: the usual ones of this experiment
  group: string[];
  sel: Selection;
  hide: string[];  // drawn by the selection, and hidden by hand
  pane: Pane;
  differ: boolean;  // only parameters that tell runs apart are columns
  pin: string[];    // columns that stay when the others scroll
  base: string | undefined;
  find: string | undefined;
  view: string | undefined;  // the saved view that the page began with
}

const TOP_WORD = /^top(\d{1,4})$/;

export function readSelection(text: string | undefined): Selection {
  if (text === undefined) return { top: TOP, ids: [] };
  const words = text.split(',').filter(Boolean);
  const top = words.map((w) => TOP_WORD.exec(w)?.[1]).find((n) => n !== undefined);
  return { top: Math.min(Number(top ?? 0), MOST_TOP), ids: [...new Set(words.filter((w) => !TOP_WORD.test(w) && w !== 'none'))] };
}

export function writeSelection({ top, ids }: Selection): string | undefined {
  if (ids.length === 0) return top === TOP ? undefined : top === 0 ? 'none' : `top${top}`;
  return [...(top > 0 ? [`top${top}`] : []), ...ids].join(',');
}

const list = (text: string | undefined): string[] => [...new Set((text ?? '').split(',').filter(Boolean))];
const joined = (values: readonly string[]): string | undefined => values.join(',') || undefined;

export function readWorkspace(search: WorkspaceSearch): Workspace {
  return {
    filter: search.filter,
    sort: search.sort,
    columns: search.columns === undefined ? undefined : search.columns === 'none' ? [] : splitValues(search.columns),
    group: splitValues(search.group),
    sel: readSelection(search.sel),
    hide: list(search.hide),
    pane: PANES.find((p) => p === search.pane) ?? 'both',
    differ: search.differ === '1',
    pin: splitValues(search.pin),
    base: search.base,
    find: search.find,
    view: search.view,
  };
}

const WRITE: { [K in keyof Workspace]: (value: Workspace[K]) => string | undefined } = {
  filter: (v) => v || undefined,
  sort: (v) => v || undefined,
  columns: (v) => (v === undefined ? undefined : v.length === 0 ? 'none' : joinValues(v)),
  group: joinValues,
  sel: writeSelection,
  hide: joined,
  pane: (v) => (v === 'both' ? undefined : v),
  differ: (v) => (v ? '1' : undefined),
  pin: joinValues,
  base: (v) => v || undefined,
  find: (v) => v || undefined,
  view: (v) => v || undefined,
};

// Only what the patch names; what is usual is left out of the address.
export function writeWorkspace(patch: Partial<Workspace>): WorkspaceSearch {
  const out: WorkspaceSearch = {};
  for (const name of Object.keys(patch) as (keyof Workspace)[]) out[name] = WRITE[name](patch[name] as never);
  return out;
}

// What a saved view holds: everything but where it came from.
export function stateOf(search: WorkspaceSearch): WorkspaceSearch {
  return Object.fromEntries(WORKSPACE_SEARCH.filter((name) => name !== 'view' && search[name] !== undefined).map((name) => [name, search[name]]));
}

// An address that names a view and nothing else stands for all that the view holds; one that says more says it all.
export const isBare = (search: WorkspaceSearch): boolean => search.view !== undefined && Object.keys(stateOf(search)).length === 0;
export function withView(search: WorkspaceSearch, state: WorkspaceSearch | undefined): WorkspaceSearch {
  return isBare(search) && state ? { ...stateOf(state), view: search.view } : search;
}
export const sameState = (a: WorkspaceSearch, b: WorkspaceSearch): boolean => WORKSPACE_SEARCH.every((name) => name === 'view' || (a[name] ?? '') === (b[name] ?? ''));

export const MOST_ADDRESS = 1500;  // characters; what is longer is kept on the server and named
export function tooLong(search: WorkspaceSearch): boolean {
  return new URLSearchParams(Object.entries(stateOf(search))).toString().length > MOST_ADDRESS;
}
