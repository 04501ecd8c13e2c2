// Which queries (first word of their key) an event makes stale.
const HOME = ['loop', 'inbox', 'timeline', 'clock'];

export const staleRooms: Record<string, string[]> = {
  'commit.created': [...HOME, 'repos', 'commits', 'tree'],
  'pipeline-run.started': [...HOME, 'pipelines', 'pipeline-runs', 'pipeline-run'],
  'pipeline-run.finished': [...HOME, 'pipelines', 'pipeline-runs', 'pipeline-run', 'policy'],
  'step.started': ['pipeline-run', 'step-log'],
  'step.finished': ['pipeline-run', 'step-log'],
  'run.created': ['runs', 'experiments', 'loop'],
  'run.logged': ['run', 'series'],
  'run.console': ['run-console'],
  'run.finished': ['runs', 'run', 'series', 'experiments', 'loop'],
  'model-version.created': [...HOME, 'models', 'model', 'model-version'],
  'alias.moved': [...HOME, 'models', 'model', 'model-version'],
  'endpoint.revised': [...HOME, 'endpoints', 'endpoint', 'endpoint-metrics', 'model', 'performance', 'drift'],
  'window.closed': [...HOME, 'monitors', 'monitor', 'drift', 'distribution', 'performance', 'policy', 'endpoint', 'endpoint-metrics'],
  'labels.joined': ['monitor', 'performance', 'loop', 'policy'],
  'alert.opened': [...HOME, 'alerts', 'monitors', 'monitor', 'drift', 'policy'],
  'alert.resolved': [...HOME, 'alerts', 'monitors', 'monitor', 'drift', 'policy'],
  'decision.made': [...HOME, 'policies', 'policy', 'decisions', 'decision', 'model-version', 'endpoint'],
  'clock.moved': ['clock'],
  resync: ['*'],
};
