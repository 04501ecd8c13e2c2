// What did it write? A tree of links, and what the chosen file holds.
import { useSearch } from '@tanstack/react-router';
import { useMemo, useState, type MouseEvent, type ReactNode } from 'react';
import type { Schemas } from '../../../api/client';
import { middle } from '../../../format/name';
import { bytes } from '../../../format/number';
import { S } from '../../../strings';
import { Icon } from '../../../ui/Icon';
import { usePatchSearch } from '../../../ui/range';
import { FilePreview } from './FilePreview';
import { folderOf, nameOf, type Folder, type RunFile } from './files';

const OPEN_MOST = 20;  // files: more of them begin folded
const TOLD_MOST = 1000;  // so many a run's answer tells
const NAME_MOST = 44;

export function RunFiles({ run }: { run: Schemas['Run'] }) {
  const { file: chosen }: { file?: string } = useSearch({ strict: false });
  const root = useMemo(() => folderOf(run.files), [run.files]);
  const file = run.files.find((f) => f.path === chosen);
  if (run.files.length === 0) return null;
  return (
    <section className="below" aria-labelledby="files-title">
      <h2 id="files-title">
        {S.models.files} <span className="dim">{S.files.sum(root.count, bytes(root.bytes))}</span>
      </h2>
      <div className={file ? 'files with-preview' : 'files'}>
        <div>
          <Inside folder={root} run={run.id} chosen={chosen ?? ''} open={root.count <= OPEN_MOST} />
          {root.count >= TOLD_MOST && <p className="dim">{S.files.cut(TOLD_MOST)}</p>}
        </div>
        {file && <FilePreview key={file.path} run={run.id} file={file} />}
      </div>
    </section>
  );
}

interface Within {
  run: string;
  chosen: string;
  open: boolean;
}

function Inside({ folder, ...within }: { folder: Folder } & Within) {
  return (
    <ul className="file-tree">
      {folder.folders.map((f) => (
        <Branch key={f.path} folder={f} {...within} />
      ))}
      {folder.files.map((f) => (
        <Leaf key={f.path} file={f} on={f.path === within.chosen} />
      ))}
    </ul>
  );
}

function Branch({ folder, ...within }: { folder: Folder } & Within) {
  const [open, setOpen] = useState(within.open || within.chosen.startsWith(`${folder.path}/`));
  return (
    <li>
      <div className="file-row">
        <button type="button" className="file-name mono" aria-expanded={open} onClick={() => setOpen(!open)}>
          <Icon name={open ? 'chevron' : 'right'} size={12} />
          <span className="clip">{folder.name}/</span>
        </button>
        <span className="num dim">{S.files.count(folder.count)}</span>
        <span className="num">{bytes(folder.bytes)}</span>
      </div>
      {open && <Inside folder={folder} {...within} />}
    </li>
  );
}

function Leaf({ file, on }: { file: RunFile; on: boolean }) {
  return (
    <li className={on ? 'file-row on' : 'file-row'}>
      <FileLink path={file.path} className="file-name mono">
        <span className="clip">{middle(nameOf(file.path), NAME_MOST)}</span>
      </FileLink>
      <span className="num">{bytes(file.bytes)}</span>
    </li>
  );
}

// Shows the file here; in another tab it shows the same page with it.
export function FileLink({ path, className, label, children }: { path: string; className: string; label?: string; children: ReactNode }) {
  const patch = usePatchSearch();
  const open = (event: MouseEvent) => {
    if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    patch({ file: path }, 'push');
  };
  return (
    <a className={className} href={`?file=${encodeURIComponent(path)}`} data-tip={path} aria-label={label} onClick={open}>
      {children}
    </a>
  );
}
