// What is in the data, and what came when?
import { useQuery } from '@tanstack/react-query';
import { useParams, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import type { Schemas } from '../../api/client';
import { commitsQuery, previewQuery, treeQuery } from '../../api/queries';
import { bytes, count, grouped } from '../../format/number';
import { S } from '../../strings';
import { Empty, Loaded } from '../../ui/Feedback';
import { usePatchSearch } from '../../ui/range';
import { useProject } from '../../ui/Shell';
import { Icon } from '../../ui/Icon';
import { Ago, Ref } from '../../ui/Text';

interface RepoSearch {
  ref?: string;
  path?: string;
  file?: string;
}

export function RepoPage() {
  const project = useProject();
  const { repo = '' }: { repo?: string } = useParams({ strict: false });
  const search: RepoSearch = useSearch({ strict: false });
  const commits = useQuery(commitsQuery(project, repo));
  return (
    <div className="page">
      <Loaded page query={commits} height={360} lines={8}>
        {({ rows, total }) => (
          <>
            <h1>{S.data.repoTitle(repo, total)}</h1>
            {rows.length === 0 && <Empty text={S.data.emptyRepo} command={`gyre repo put ${repo} ./data -m "first rows"`} />}
            <div className="two below">
              <Commits rows={rows} chosen={search.ref ?? rows[0]?.id ?? ''} />
              <div className="stack">
                <Tree project={project} repo={repo} search={search} />
                <Shown project={project} repo={repo} search={search} />
              </div>
            </div>
          </>
        )}
      </Loaded>
    </div>
  );
}

const SHOWN = 24;

function Commits({ rows, chosen }: { rows: Schemas['CommitList']['rows']; chosen: string }) {
  const [all, setAll] = useState(false);
  const patch = usePatchSearch();
  return (
    <section aria-label={S.data.commits}>
      <h2>{S.data.commits}</h2>
      <ol className="rows commits">
        {rows.slice(0, all ? undefined : SHOWN).map((c) => (
          <li key={c.id} className={c.id.startsWith(chosen) && chosen ? 'commit on' : 'commit'}>
            <button type="button" className="commit-text" onClick={() => patch({ ref: c.id, file: undefined }, 'push')} aria-pressed={c.id.startsWith(chosen)}>
              <span className="mono">{c.name}</span>
              <span className="clip">{c.message}</span>
            </button>
            <span className="num dim">{c.rows === null ? `+${c.added} ~${c.changed} −${c.removed}` : `+${count(c.rows)} ${S.monitor.rows}`}</span>
            <Ago at={c.at} />
            {(c.branches.length > 0 || c.tags.length > 0 || c.trained.length > 0) && (
              <span className="commit-marks">
                {[...c.branches, ...c.tags].map((b) => (
                  <span key={b} className="tag">
                    {b}
                  </span>
                ))}
                {c.trained.length > 0 && <span className="dim">{S.data.trained}</span>}
                {c.trained.map((v) => (
                  <Ref key={v.ref} link={v} />
                ))}
              </span>
            )}
          </li>
        ))}
      </ol>
      {rows.length > SHOWN && (
        <button type="button" className="text-button" onClick={() => setAll(!all)}>
          {all ? S.home.fewer : S.home.more(rows.length - SHOWN)}
        </button>
      )}
    </section>
  );
}

function Tree({ project, repo, search }: { project: string; repo: string; search: RepoSearch }) {
  const path = search.path ?? '';
  const tree = useQuery(treeQuery(project, repo, search.ref, path));
  const patch = usePatchSearch();
  const up = path.replace(/\/$/, '').split('/').slice(0, -1).join('/');
  return (
    <section aria-label={S.data.tree}>
      <h2 className="mono">
        {repo}@{tree.data?.commit.name ?? search.ref ?? 'main'}/{path}
      </h2>
      <Loaded query={tree} height={200} lines={6}>
        {({ rows }) => (
          <ul className="rows tree scroll">
            {path !== '' && (
              <li>
                <button type="button" className="tree-name mono" onClick={() => patch({ path: up || undefined, file: undefined }, 'push')}>
                  ..
                </button>
              </li>
            )}
            {rows.map((r) => (
              <li key={r.path}>
                <button type="button" className="tree-name mono" onClick={() => (r.folder ? patch({ path: r.path, file: undefined }, 'push') : patch({ file: r.path }))} aria-pressed={search.file === r.path}>
                  {r.folder && <Icon name="right" size={12} />}
                  <span className="clip">{r.folder ? `${r.name}/` : r.name}</span>
                </button>
                <span className="num dim">{r.rows === null ? (r.folder ? `${count(r.objects)} ${S.data.objects}` : '') : `${grouped(r.rows)} ${S.monitor.rows}`}</span>
                <span className="num">{bytes(r.bytes)}</span>
              </li>
            ))}
          </ul>
        )}
      </Loaded>
    </section>
  );
}

// With no file chosen, the last of the first folder: of files named by their day, the newest.
function Shown({ project, repo, search }: { project: string; repo: string; search: RepoSearch }) {
  const here = useQuery(treeQuery(project, repo, search.ref, search.path ?? ''));
  const lone = here.data?.rows.every((r) => r.folder) ? here.data.rows[0]?.path : undefined;
  const below = useQuery({ ...treeQuery(project, repo, search.ref, lone ?? ''), enabled: lone !== undefined });
  const rows = (lone === undefined ? here.data : below.data)?.rows ?? [];
  const file = search.file ?? rows.findLast((r) => !r.folder)?.path;
  return file ? <Preview project={project} repo={repo} search={{ ...search, file }} /> : null;
}

// A moment on the minute needs no seconds, and UTC is said in the bar.
const plainCell = (cell: string) => cell.replace(/^(\d{4}-\d\d-\d\d)T(\d\d:\d\d)(:\d\d(?:\.\d+)?)Z$/, (_, date: string, time: string, rest: string) => `${date} ${time}${/[1-9]/.test(rest) ? rest.replace(/\.0+$/, '') : ''}`);

function Preview({ project, repo, search }: { project: string; repo: string; search: RepoSearch }) {
  const preview = useQuery(previewQuery(project, repo, search.ref, search.file ?? ''));
  return (
    <section className="card" aria-label={S.data.preview}>
      <Loaded query={preview} height={240} lines={6}>
        {(p) => (
          <>
            <h2 className="mono">{p.path}</h2>
            <p className="dim">
              {p.format}, {bytes(p.bytes)}
              {p.total_rows !== null && `, ${p.rows.length} of ${grouped(p.total_rows)} ${S.monitor.rows}`}
            </p>
            {p.columns.length > 0 ? (
              <div className="table-box scroll" tabIndex={0} role="group" aria-label={p.path}>
                <table className="table mono">
                  <thead>
                    <tr>
                      {p.columns.map((c) => (
                        <th key={c.name} scope="col">
                          {c.name} <span className="dim">{c.type.toLowerCase()}</span>
                        </th>
                      ))}
                    </tr>
                  </thead>
                  <tbody>
                    {p.rows.map((row, i) => (
                      <tr key={i}>
                        {row.map((cell, k) => (
                          <td key={k}>{cell === null ? <span className="dim">null</span> : plainCell(cell)}</td>
                        ))}
                      </tr>
                    ))}
                  </tbody>
                </table>
              </div>
            ) : (
              <pre className="mono" tabIndex={0}>{p.text || S.data.noPreview}</pre>
            )}
          </>
        )}
      </Loaded>
    </section>
  );
}
