// Do I let this serve? Decision, evidence and origin on one screen.
import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { useState } from 'react';
import type { Schemas } from '../../api/client';
import { useNow } from '../../api/clock';
import { versionQuery } from '../../api/queries';
import { bytes, figure, grouped } from '../../format/number';
import { dayAt, millis, span } from '../../format/time';
import { S } from '../../strings';
import { Loaded } from '../../ui/Feedback';
import { Go } from '../../ui/Go';
import { useProject } from '../../ui/Shell';
import { FlagMark, Status } from '../../ui/Status';
import { Strip } from '../../ui/Strip';
import { KeyValue, Table } from '../../ui/Table';
import { Ref } from '../../ui/Text';
import { Checks } from '../evidence/Checks';

export function VersionPage() {
  const project = useProject();
  const { model = '', version = '' }: { model?: string; version?: string } = useParams({ strict: false });
  const query = useQuery(versionQuery(project, model, version));
  return (
    <div className="page">
      <Loaded page query={query} height={360} lines={8}>
        {(v) => <Version v={v} project={project} />}
      </Loaded>
    </div>
  );
}

function Version({ v, project }: { v: Schemas['ModelVersion']; project: string }) {
  const passed = v.checks.filter((c) => c.verdict === 'pass').length;
  return (
    <>
      <header className="object-head">
        <h1>
          <Status status={v.status} word={false} size={20} />
          {v.model.name} v{v.version}: {v.state}
        </h1>
        <Strip links={v.origin} label={S.models.origin} />
      </header>
      <div className="two">
        <section className="card" aria-labelledby="gates">
          <h2 id="gates">
            {v.checks.length ? S.policy.checks(passed, v.checks.length) : S.models.noGates}
            {v.decision && (
              <Go className="head-link" href={v.decision.url}>
                {S.models.decision}
              </Go>
            )}
          </h2>
          {v.versus && (
            <p className="dim">
              {S.models.versus} <Ref link={v.versus} icon={false} />
            </p>
          )}
          <Checks checks={v.checks} />
        </section>
        <div className="stack">
          <section>
            <h2>{S.models.reference}</h2>
            <KeyValue rows={Object.entries(v.metrics).map(([k, value]) => [S.metrics[k] ?? k, <span key={k} className="num">{figure(value)}</span>])} />
          </section>
          <Training v={v} />
          <section>
            <h2>{S.models.usedBy}</h2>
            {v.used_by.length === 0 && <p className="quiet-fact">{S.models.notUsed}</p>}
            <p className="links">
              {v.used_by.map((l) => (
                <Ref key={l.ref} link={l} />
              ))}
              <Go href={`/p/${project}/lineage?focus=${encodeURIComponent(v.ref)}`}>{S.rooms.lineage}</Go>
            </p>
          </section>
        </div>
      </div>
      <div className="two below">
        <History history={v.history} />
        <section>
          <h2>{S.models.signature}</h2>
          <Table
            fit
            label={S.models.signature}
            rows={v.signature}
            rowKey={(s) => s.role + s.name}
            columns={[
              { head: S.models.column, cell: (s) => <span className="mono">{s.name}</span> },
              { head: S.models.role, cell: (s) => s.role },
              { head: S.models.type, cell: (s) => s.type },
            ]}
          />
          <h2 className="below">{S.models.files}</h2>
          <Table
            fit
            label={S.models.files}
            rows={v.files}
            rowKey={(f) => f.path}
            columns={[
              { head: S.models.path, cell: (f) => <span className="mono">{f.path}</span> },
              { head: S.models.size, right: true, cell: (f) => bytes(f.bytes) },
              { head: 'SHA-256', cell: (f) => <span className="mono" data-tip={f.sha256}>{f.sha256.slice(0, 12)}</span> },
            ]}
          />
        </section>
      </div>
    </>
  );
}

function Training({ v }: { v: Schemas['ModelVersion'] }) {
  const t = v.training;
  if (!t) return null;
  const from = millis(t.from);
  const to = millis(t.to);
  return (
    <section>
      <h2>{S.models.trainedOn}</h2>
      <p className="facts">
        {t.commit && <Ref link={t.commit} />}
        {from !== null && to !== null && <span>{span(from, to)}</span>}
        {t.rows !== null && <span>{grouped(t.rows)} {S.monitor.rows}</span>}
      </p>
    </section>
  );
}

const HISTORY = 12;

export function History({ history }: { history: Schemas['Flag'][] }) {
  const now = useNow();
  const [all, setAll] = useState(false);
  return (
    <section>
      <h2>{S.models.history}</h2>
      <ol className="rows story">
        {history.slice(0, all ? undefined : HISTORY).map((flag) => (
          <li key={flag.id} className="row wraps">
            <time dateTime={flag.at}>{dayAt(Date.parse(flag.at), now)}</time>
            <FlagMark kind={flag.kind} status={flag.status} />
            <Go className="row-text" href={flag.link.url}>
              {flag.text}
            </Go>
          </li>
        ))}
      </ol>
      {history.length > HISTORY && (
        <button type="button" className="text-button" onClick={() => setAll(!all)}>
          {all ? S.home.fewer : S.home.more(history.length - HISTORY)}
        </button>
      )}
    </section>
  );
}
