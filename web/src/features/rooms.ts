// The rooms of the rail, in the order of the loop, with their keys after `g`.
import type { IconName } from '../ui/Icon';
import { S } from '../strings';

export interface Room {
  id: keyof typeof S.rooms;
  path: string;
  icon: IconName;
  key: string;
}

// Pages that stand in no rail: found by name.
export const ASIDE: readonly Room[] = [{ id: 'retention', path: '/retention', icon: 'bin', key: 'b' }];

export const ROOMS: readonly Room[] = [
  { id: 'home', path: '', icon: 'home', key: 'h' },
  { id: 'data', path: '/data', icon: 'data', key: 'd' },
  { id: 'pipelines', path: '/pipelines', icon: 'pipelines', key: 'p' },
  { id: 'experiments', path: '/experiments', icon: 'experiments', key: 'e' },
  { id: 'models', path: '/models', icon: 'models', key: 'm' },
  { id: 'endpoints', path: '/endpoints', icon: 'endpoints', key: 'n' },
  { id: 'monitors', path: '/monitors', icon: 'monitors', key: 'o' },
  { id: 'policies', path: '/policies', icon: 'policies', key: 'y' },
  { id: 'alerts', path: '/alerts', icon: 'alerts', key: 'a' },
  { id: 'lineage', path: '/lineage', icon: 'lineage', key: 'l' },
];
