// One set of icons, 16 px, drawn with strokes of 1.5. Kinds look the same in rail, crumbs, lineage and palette.
import type { ReactNode } from 'react';

const shapes = {
  home: <path d="M2.5 7.6 8 2.8l5.5 4.8v5.6h-3.8V9.6H6.3v3.6H2.5Z" />,
  data: <rect x="3.2" y="3.2" width="9.6" height="9.6" rx="1" fill="currentColor" stroke="none" />,
  pipelines: <path d="M1.8 4h8.6M1.8 8h11M1.8 12h8.6M8.8 2.4 10.4 4 8.8 5.6M11.2 6.4 12.8 8l-1.6 1.6M8.8 10.4l1.6 1.6-1.6 1.6" />,
  experiments: <path d="M1.5 8.2c1.1-3.6 2.2-5 3.3-5C7.4 3.2 8.6 12.8 11.2 12.8c1.1 0 2.2-1.4 3.3-5" />,
  models: (
    <>
      <path d="M8 1.9 14.1 8 8 14.1 1.9 8Z" />
      <path d="M8 5.4 10.6 8 8 10.6 5.4 8Z" fill="currentColor" stroke="none" />
    </>
  ),
  endpoints: <path d="M2.2 5.2h11M10.6 2.6l2.6 2.6-2.6 2.6M13.8 10.8h-11M5.4 8.2l-2.6 2.6 2.6 2.6" />,
  monitors: (
    <>
      <circle cx="8" cy="8" r="6" />
      <circle cx="8" cy="8" r="2.7" fill="currentColor" stroke="none" />
    </>
  ),
  policies: <path d="M13.2 8.4A5.3 5.3 0 1 1 11.6 4.1L13 5.5M13.2 2.2v3.5H9.7" />,
  alerts: <path d="M8 2.2 13.8 8 8 13.8 2.2 8Z" fill="currentColor" stroke="none" />,
  lineage: (
    <>
      <circle cx="3.6" cy="8" r="1.7" />
      <circle cx="12.4" cy="3.8" r="1.7" />
      <circle cx="12.4" cy="12.2" r="1.7" />
      <path d="M5.3 7.5C8 7 8 4.2 10.7 3.9M5.3 8.5c2.7.5 2.7 3.3 5.4 3.6" />
    </>
  ),
  bin: <path d="M2.5 4.2h11M6.2 4.2V2.5h3.6v1.7M4 4.2l.6 9.3h6.8l.6-9.3M6.7 6.8v4.2M9.3 6.8v4.2" />,
  search: <path d="M7 12.2A5.2 5.2 0 1 0 7 1.8a5.2 5.2 0 0 0 0 10.4ZM10.8 10.8l3.4 3.4" />,
  chevron: <path d="m4.5 6.3 3.5 3.5 3.5-3.5" />,
  left: <path d="M9.7 4.5 6.2 8l3.5 3.5" />,
  right: <path d="M6.3 4.5 9.8 8l-3.5 3.5" />,
  sun: <path d="M8 10.8a2.8 2.8 0 1 0 0-5.6 2.8 2.8 0 0 0 0 5.6ZM8 1.4v1.5M8 13.1v1.5M1.4 8h1.5M13.1 8h1.5M3.3 3.3l1.1 1.1M11.6 11.6l1.1 1.1M3.3 12.7l1.1-1.1M11.6 4.4l1.1-1.1" />,
  moon: <path d="M13.3 9.6A5.7 5.7 0 0 1 6.4 2.7a5.7 5.7 0 1 0 6.9 6.9Z" />,
  system: <path d="M2 3h12v8H2ZM6 14h4M8 11v3" />,
  close: <path d="m4 4 8 8M12 4l-8 8" />,
  copy: <path d="M5.5 5.5h7v8h-7ZM3.5 10.5v-8h7" />,
  menu: <path d="M2.5 4.5h11M2.5 8h11M2.5 11.5h11" />,
  grip: (
    <>
      {[4.5, 8, 11.5].flatMap((y) => [6, 10].map((x) => <circle key={`${x}${y}`} cx={x} cy={y} r="1" fill="currentColor" stroke="none" />))}
    </>
  ),
  tune: <path d="M2.5 5h6M12 5h1.5M2.5 11H4M7.5 11h6M10.2 3.3v3.4M5.8 9.3v3.4" />,
  full: <path d="M2.8 6.2V2.8h3.4M13.2 9.8v3.4H9.8M9.8 2.8h3.4v3.4M6.2 13.2H2.8V9.8" />,
  more: (
    <>
      {[3.5, 8, 12.5].map((x) => (
        <circle key={x} cx={x} cy="8" r="1.1" fill="currentColor" stroke="none" />
      ))}
    </>
  ),
  plus: <path d="M8 3v10M3 8h10" />,
  table: <path d="M2.5 3.5h11v9h-11ZM2.5 6.5h11M6.5 6.5v6" />,
} satisfies Record<string, ReactNode>;

export type IconName = keyof typeof shapes;

export function Icon({ name, size = 16 }: { name: IconName; size?: number }) {
  return (
    <svg className="icon" width={size} height={size} viewBox="0 0 16 16" fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinecap="round" strokeLinejoin="round" aria-hidden="true">
      {shapes[name]}
    </svg>
  );
}

const ofKind: Record<string, IconName> = {
  project: 'home', repo: 'data', commit: 'data', pipeline: 'pipelines', 'pipeline-run': 'pipelines', step: 'pipelines', experiment: 'experiments', run: 'experiments',
  model: 'models', 'logged-model': 'models', 'model-version': 'models', endpoint: 'endpoints', 'endpoint-revision': 'endpoints', window: 'monitors', monitor: 'monitors', alert: 'alerts',
  policy: 'policies', decision: 'policies', data: 'data', train: 'experiments', serve: 'endpoints',
};

export const kindIcon = (kind: string): IconName => ofKind[kind] ?? 'data';
