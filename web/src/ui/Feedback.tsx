// What a panel shows instead of data: nothing yet, a failure, or its own outline while it loads.
import type { UseQueryResult } from '@tanstack/react-query';
import { useEffect, useState, type ReactNode } from 'react';
import { ApiError } from '../api/client';
import { S } from '../strings';
import { Icon } from './Icon';

export function ErrorPanel({ error, retry, page }: { error: Error; retry?: () => void; page?: boolean }) {
  const api = error instanceof ApiError ? error : null;
  return (
    <div className="error-panel" role="alert">
      {page ? <h1>{api?.what ?? error.message}</h1> : <strong>{api?.what ?? error.message}</strong>}
      {api?.why && <p>{api.why}</p>}
      {api?.fix && <p className="fix">{api.fix}</p>}
      <p className="error-foot">
        {retry && (
          <button type="button" className="button" onClick={retry}>
            {S.retry}
          </button>
        )}
        {api?.requestId && (
          <span className="mono dim">
            {S.error.request} {api.requestId}
          </span>
        )}
      </p>
    </div>
  );
}

export function Skeleton({ height, lines = 1 }: { height: number; lines?: number }) {
  return (
    <div className="skeleton" aria-hidden="true" style={{ height }}>
      {Array.from({ length: lines }, (_, i) => (
        <i key={i} />
      ))}
    </div>
  );
}

// `page`: this is what the page is about. Keeps old data while new is on its way; one panel's failure stays in that panel.
export function Loaded<T>({ query, height, lines, page, children }: { query: UseQueryResult<T>; height: number; lines?: number; page?: boolean; children: (data: T) => ReactNode }) {
  if (query.data !== undefined)
    return (
      <>
        {query.isFetching && query.isPlaceholderData && <div className="progress-line" />}
        {children(query.data)}
      </>
    );
  if (query.error) return <ErrorPanel page={page} error={query.error} retry={() => void query.refetch()} />;
  return <Skeleton height={height} lines={lines} />;
}

export function Command({ text }: { text: string }) {
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), 1600);
    return () => clearTimeout(timer);
  }, [copied]);
  return (
    <span className="command">
      <code>{text}</code>
      <button type="button" className="quiet" aria-label={`${S.copy} ${text}`} onClick={() => void copyText(text).then(() => setCopied(true))}>
        {copied ? S.copied : <Icon name="copy" />}
      </button>
    </span>
  );
}

export function Empty({ text, command, children }: { text: string; command?: string; children?: ReactNode }) {
  return (
    <div className="empty">
      <p>{text}</p>
      {command && <Command text={command} />}
      {children}
    </div>
  );
}

// The clipboard exists only in secure contexts; on plain http the old way still works.
export async function copyText(text: string): Promise<void> {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const area = document.createElement('textarea');
  area.value = text;
  document.body.append(area);
  area.select();
  document.execCommand('copy');
  area.remove();
}
