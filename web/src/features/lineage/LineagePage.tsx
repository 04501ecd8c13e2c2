// Where did this come from, what does it touch?
import { useQuery } from '@tanstack/react-query';
import { useSearch } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import type { Schemas } from '../../api/client';
import { lineageQuery, searchQuery } from '../../api/queries';
import { S } from '../../strings';
import { Loaded } from '../../ui/Feedback';
import { Go } from '../../ui/Go';
import { Graph } from '../../ui/Graph';
import { Icon, kindIcon } from '../../ui/Icon';
import { useMedia } from '../../ui/measure';
import { usePatchSearch } from '../../ui/range';
import { Segmented } from '../../ui/Segmented';
import { useProject } from '../../ui/Shell';
import { Status } from '../../ui/Status';
import { Table } from '../../ui/Table';
import { Ago, Ref } from '../../ui/Text';

const HOPS = ['1', '2', '3', '4'] as const;
type Hops = (typeof HOPS)[number];
const hops = (value: string | undefined): Hops => HOPS.find((h) => h === value) ?? '2';
const PER_LAYER = 12;
const NARROW = '(max-width: 639px)';  // where the picture is wider than the window: the list comes first

export function LineagePage() {
  const project = useProject();
  const search: { focus?: string; up?: string; down?: string; view?: string } = useSearch({ strict: false });
  const patch = usePatchSearch();
  const focus = search.focus ?? '';
  const lineage = useQuery(lineageQuery(project, focus, Number(hops(search.up)), Number(hops(search.down))));
  const narrow = useMedia(NARROW);
  const pictured = !narrow || search.view === 'picture';
  const choices = HOPS.map((value) => ({ value, text: value }));
  if (!focus) return <Pick project={project} />;
  return (
    <div className="page">
      <Loaded page query={lineage} height={360} lines={6}>
        {(data) => (
          <>
            <h1>{data.sentence}</h1>
            <div className="toolbar below-small">
              <span className="dim">{S.lineage.up}</span>
              <Segmented label={S.lineage.up} value={hops(search.up)} options={choices} onChange={(up) => patch({ up })} />
              <span className="dim">{S.lineage.down}</span>
              <Segmented label={S.lineage.down} value={hops(search.down)} options={choices} onChange={(down) => patch({ down })} />
              {narrow && (
                <button type="button" className="button" aria-pressed={pictured} onClick={() => patch({ view: pictured ? undefined : 'picture' })}>
                  {S.lineage.picture}
                </button>
              )}
            </div>
            {pictured && <Picture data={data} project={project} />}
            {narrow ? <Stacked data={data} /> : <Outline data={data} />}
          </>
        )}
      </Loaded>
    </div>
  );
}

function Pick({ project }: { project: string }) {
  const [text, setText] = useState('');
  const found = useQuery(searchQuery(project, text.trim()));
  const patch = usePatchSearch();
  return (
    <div className="page">
      <h1>{S.lineage.pick}</h1>
      <input className="filter" data-filter value={text} placeholder={S.lineage.pickHint} aria-label={S.lineage.pick} onChange={(e) => setText(e.target.value)} />
      <ul className="rows">
        {(text.trim() ? (found.data?.rows ?? []) : []).map((r) => (
          <li key={r.link.ref} className="row">
            <Icon name={kindIcon(r.link.kind)} />
            <button type="button" className="row-text text-left" onClick={() => patch({ focus: r.link.ref }, 'push')}>
              {r.link.name}
            </button>
            <span className="dim">{r.link.kind}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}

const kindWord = (kind: string) => kind.replaceAll('-', ' ');

type Node = Schemas['Lineage']['nodes'][number];

// More than twelve of one kind side by side fold to a count.
function Picture({ data, project }: { data: Schemas['Lineage']; project: string }) {
  const { nodes, edges, folded } = useMemo(() => {
    const seen = new Map<string, number>();
    const kept: Node[] = [];
    let left = 0;
    for (const node of data.nodes) {
      const key = `${node.hops}/${node.link.kind}`;
      const n = (seen.get(key) ?? 0) + 1;
      seen.set(key, n);
      if (n <= PER_LAYER || node.urn === data.focus) kept.push(node);
      else left += 1;
    }
    const urns = new Set(kept.map((n) => n.urn));
    return { nodes: kept.map((n) => ({ id: n.urn, node: n })), edges: data.edges.filter((e) => urns.has(e.from) && urns.has(e.to)), folded: left };
  }, [data]);
  return (
    <>
      <Graph nodes={nodes} edges={edges} label={data.sentence} nodeWidth={188} nodeHeight={60} focus={data.focus}>
        {({ node }) => (
          <span className={node.urn === data.focus ? 'lineage-node on' : 'lineage-node'}>
            <Go href={node.link.url} className="lineage-name">
              <Icon name={kindIcon(node.link.kind)} size={14} />
              <b className="clip">{node.link.name}</b>
              {node.status !== 'none' && <Status status={node.status} word={false} size={12} />}
            </Go>
            <span className="dim lineage-detail">
              {node.more_up > 0 && `+${node.more_up} ← `}
              {node.detail || kindWord(node.link.kind)}
              {node.more_down > 0 && ` → +${node.more_down}`}
            </span>
            {node.urn !== data.focus && (
              <Go href={`/p/${project}/lineage?focus=${encodeURIComponent(node.link.ref)}`} className="lineage-focus" aria-label={`${S.lineage.focus} ${node.link.name}`}>
                <Icon name="lineage" size={12} />
              </Go>
            )}
          </span>
        )}
      </Graph>
      {folded > 0 && <p className="dim">{S.lineage.folded(folded)}</p>}
    </>
  );
}

const useByHops = (data: Schemas['Lineage']) => useMemo(() => [...data.nodes].sort((a, b) => a.hops - b.hops), [data]);
const distance = (n: Node) => (n.hops === 0 ? S.lineage.here : n.hops < 0 ? `${-n.hops} up` : `${n.hops} down`);

// The list of a narrow screen: all that the table has, in two lines a thing.
function Stacked({ data }: { data: Schemas['Lineage'] }) {
  const rows = useByHops(data);
  return (
    <section className="below" aria-label={S.lineage.list(rows.length)}>
      <ul className="rows lineage-list">
        {rows.map((n) => (
          <li key={n.urn} className={n.urn === data.focus ? 'on' : undefined}>
            <Ref link={n.link} />
            <span className="num dim">{distance(n)}</span>
            <span className="dim">
              {kindWord(n.link.kind)}
              {n.detail && ` · ${n.detail}`}
            </span>
            <Ago at={n.at} />
          </li>
        ))}
      </ul>
    </section>
  );
}

// The same as a list: for a screen reader, or a long look.
function Outline({ data }: { data: Schemas['Lineage'] }) {
  const rows = useByHops(data);
  return (
    <section className="below">
      <h2>{S.lineage.list(rows.length)}</h2>
      <Table
        fit
        label={S.lineage.list(rows.length)}
        rows={rows}
        rowKey={(n) => n.urn}
        columns={[
          { head: S.lineage.hops, right: true, cell: distance },
          { head: S.lineage.what, cell: (n) => <Ref link={n.link} /> },
          { head: S.lineage.kind, cell: (n) => <span className="dim">{kindWord(n.link.kind)}</span> },
          { head: S.lineage.detail, minor: true, cell: (n) => n.detail },
          { head: S.models.made, right: true, cell: (n) => <Ago at={n.at} /> },
        ]}
      />
    </section>
  );
}
