// The charts of the runs that are drawn. Null: this build has none, and the table stands alone.
import type { ComponentType } from 'react';
import type { RunsWish } from '../../../api/queries';
import type { HoverBus } from '../hover';
import type { Shown } from '../shown';

export interface PanelGridProps {
  experiment: string;
  wish: RunsWish;
  shown: Shown[];
  group: string[];
  bus: HoverBus;
}

export const PanelGrid: ComponentType<PanelGridProps> | null = null;
