// The columns of the table: those that were chosen, else what judges the runs and the parameters that tell them apart.
import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { foundKeysQuery, valueOf } from '../../api/keys';
import { sparkOf } from './table/wanted';
import { useUsual } from './usual';
import type { Workspace } from './workspace';

export interface Texts {
  shown: string[];                // as the reader knows them
  asked: string[];                // with those that are shown only where they tell runs apart
  optional: ReadonlySet<string>;  // left out where they do not
}

const DIFFERING = 40;  // parameters that are looked at for differences

export function useTexts(experiment: string, { columns, differ, group }: Workspace): Texts | null {
  const usual = useUsual(experiment);
  const params = useQuery({ ...foundKeysQuery(experiment, 'param', '', DIFFERING), enabled: differ });
  const all = params.data;
  const grouped = group.length > 0;
  return useMemo(() => {
    if (!columns && !usual) return null;
    const [first, ...others] = usual?.metrics ?? [];
    const metrics = [...(first ? [first, ...(grouped ? [] : [sparkOf(first)])] : []), ...others];
    const chosen = columns ?? [...metrics, ...(grouped ? [] : (usual?.params ?? []))];
    const optional = new Set(columns ? [] : (usual?.params ?? []));
    if (!differ || grouped) return { shown: chosen, asked: chosen, optional };
    const more = (all?.rows ?? []).map(({ key }) => valueOf('param', key)).filter((text) => !chosen.includes(text));
    for (const text of [...chosen.filter((t) => t.startsWith('params.')), ...more]) optional.add(text);
    return { shown: chosen, asked: [...chosen, ...more], optional };
  }, [columns, usual, differ, grouped, all]);
}
