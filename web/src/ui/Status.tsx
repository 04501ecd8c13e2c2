// The only source of status marks: the shape tells, the colour repeats it.
import { S } from '../strings';

export type StatusName = 'ok' | 'warn' | 'crit' | 'run' | 'wait' | 'canary' | 'none';

function Shape({ status }: { status: StatusName }) {
  switch (status) {
    case 'ok':
      return <path d="M8 14.2A6.2 6.2 0 1 0 8 1.8a6.2 6.2 0 0 0 0 12.4ZM5.2 8.2l2 2 3.7-4.2" fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinecap="round" strokeLinejoin="round" />;
    case 'warn':
      return (
        <>
          <path d="M8 1.7c.5 0 .9.3 1.2.7l5.5 9.8c.5.9-.2 2-1.2 2h-11c-1 0-1.7-1.1-1.2-2l5.5-9.8c.3-.4.7-.7 1.2-.7Z" fill="currentColor" />
          <path d="M8 5.8v3.7M8 11.7v.2" stroke="var(--g-surface)" strokeWidth="1.6" strokeLinecap="round" />
        </>
      );
    case 'crit':
      return (
        <>
          <path d="M5.2 1.5h5.6l3.7 3.7v5.6l-3.7 3.7H5.2l-3.7-3.7V5.2Z" fill="currentColor" />
          <path d="m5.8 5.8 4.4 4.4M10.2 5.8l-4.4 4.4" stroke="var(--g-surface)" strokeWidth="1.6" strokeLinecap="round" />
        </>
      );
    case 'run':
      return <path className="turns" d="M8 2a6 6 0 1 1-6 6" fill="none" stroke="currentColor" strokeWidth="2" strokeLinecap="round" />;
    case 'canary':
      return <path d="M8 1.5 14.5 8 8 14.5 1.5 8Z" fill="currentColor" />;
    case 'wait':
      return <circle cx="8" cy="8" r="5.8" fill="none" stroke="currentColor" strokeWidth="1.5" />;
    case 'none':
      return <circle cx="8" cy="8" r="5.8" fill="none" stroke="currentColor" strokeWidth="1.5" strokeDasharray="1.5 2.6" />;
  }
}

export function Status({ status, word, size = 16 }: { status: StatusName; word?: string | boolean; size?: number }) {
  const text = word === true || word === undefined ? (S.statusWord[status] ?? status) : word;
  return (
    <span className={`status status-${status}`}>
      <svg width={size} height={size} viewBox="0 0 16 16" aria-hidden="true">
        <Shape status={status} />
      </svg>
      {word === undefined || word === false ? <span className="hidden">{S.statusWord[status]}</span> : <span>{text}</span>}
    </span>
  );
}

const flagShape: Record<string, string> = {
  deploy: 'M6 1.5 11 10.5H1Z', rollback: 'M6 10.5 1 1.5h10Z', alert: 'M6 .8 11.2 6 6 11.2.8 6Z', resolve: 'M6 .8 11.2 6 6 11.2.8 6ZM6 3.2 3.2 6 6 8.8 8.8 6Z',
  retrain: 'M6 1.2a4.8 4.8 0 1 1 0 9.6 4.8 4.8 0 0 1 0-9.6Z', commit: 'M1.8 1.8h8.4v8.4H1.8Z', decision: 'M6 1.2a4.8 4.8 0 1 1 0 9.6 4.8 4.8 0 0 1 0-9.6ZM6 3.4a2.6 2.6 0 1 0 0 5.2 2.6 2.6 0 0 0 0-5.2Z', note: 'M2.5 11V1.5h7L7.8 4l1.7 2.5H4V11Z',
};

export function FlagMark({ kind, status, size = 12 }: { kind: string; status: StatusName; size?: number }) {
  return (
    <svg className={`flag-mark status-${status}`} width={size} height={size} viewBox="0 0 12 12" aria-hidden="true">
      <path d={flagShape[kind] ?? flagShape.note} fill="currentColor" fillRule="evenodd" />
    </svg>
  );
}
