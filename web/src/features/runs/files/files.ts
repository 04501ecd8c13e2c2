// What the files of a run are: folders of files, and pictures with what MLflow's log_image writes into their names.
import type { Schemas } from '../../../api/client';

export type RunFile = Schemas['Run']['files'][number];

export interface Folder {
  path: string;  // "" for the root
  name: string;
  folders: Folder[];
  files: RunFile[];
  count: number;  // of files below, at any depth
  bytes: number;
}

export const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1);
const below = (folder: string, name: string) => (folder ? `${folder}/${name}` : name);
const empty = (path: string): Folder => ({ path, name: nameOf(path), folders: [], files: [], count: 0, bytes: 0 });

export function folderOf(files: readonly RunFile[]): Folder {
  const root = empty('');
  for (const file of files) {
    const into = file.path.split('/').slice(0, -1).reduce((parent, name) => {
      add(parent, file);
      const path = below(parent.path, name);
      const known = parent.folders.find((f) => f.path === path);
      if (known) return known;
      const made = empty(path);
      parent.folders.push(made);
      return made;
    }, root);
    add(into, file);
    into.files.push(file);
  }
  return root;
}

function add(folder: Folder, file: RunFile) {
  folder.count += 1;
  folder.bytes += file.bytes;
}

export type FileKind = 'picture' | 'table' | 'json' | 'text';
const KINDS: Record<string, FileKind> = { png: 'picture', jpg: 'picture', jpeg: 'picture', gif: 'picture', svg: 'picture', webp: 'picture', csv: 'table', tsv: 'table', json: 'json' };
export const kindOf = (path: string): FileKind => KINDS[/\.(\w+)$/.exec(path)?.[1]?.toLowerCase() ?? ''] ?? 'text';

// log_image(image, key="dog", step=3) writes dog%step%3%timestamp%1795769526508%<uuid>.png and, beside it, ...%compressed.webp; newer
// clients write + for %, and what a percent sign decoded may have eaten of what follows.
const LOGGED = /^(.+?)([%+])step\2(\d+)\2timestamp.+?([%+]compressed)?\.(png|webp)$/;

export interface Picture {
  path: string;   // as it was logged
  small: string;  // what stands in the gallery
  step: number;
}
export interface Pictures {
  name: string;
  steps: Picture[];  // by step; one for a picture that was not logged by key
}

export function picturesOf(files: readonly RunFile[]): Pictures[] {
  const all = new Map<string, Pictures>();
  for (const { path } of files.filter((f) => kindOf(f.path) === 'picture')) {
    const [, key, , step, compressed] = LOGGED.exec(path) ?? [];
    if (key === undefined) {
      all.set(`file ${path}`, { name: path, steps: [{ path, small: path, step: 0 }] });
      continue;
    }
    const group = all.get(`key ${key}`) ?? { name: key.replaceAll('~', '/'), steps: [] };
    all.set(`key ${key}`, group);
    put(group.steps, path, Number(step), compressed !== undefined);
  }
  for (const group of all.values()) group.steps.sort((a, b) => a.step - b.step);
  return [...all.values()];
}

// Of a step that was logged twice the last one that is listed stays.
function put(steps: Picture[], path: string, step: number, compressed: boolean) {
  const known = steps.find((s) => s.step === step);
  if (!known) steps.push({ path, small: path, step });
  else if (compressed) known.small = path;
  else known.path = path;
}

// RFC 4180 as far as a preview needs it: quotes hold separators, line ends and doubled quotes. The last line may be cut.
export function tableOf(text: string, separator: string, most: { rows: number; columns: number }): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  let cell = '';
  let inside = false;
  for (let i = 0; i < text.length && rows.length <= most.rows; i++) {
    const c = text[i];
    if (inside && c === '"' && text[i + 1] === '"') cell += text[i++];
    else if (c === '"' && (inside || cell === '')) inside = !inside;
    else if (!inside && c === separator) row = [...row, cell], cell = '';
    else if (!inside && c === '\n') rows.push([...row, cell.replace(/\r$/, '')].slice(0, most.columns)), row = [], cell = '';
    else cell += c;
  }
  if (cell !== '' || row.length > 0) rows.push([...row, cell].slice(0, most.columns));
  return rows.slice(0, most.rows + 1);
}
