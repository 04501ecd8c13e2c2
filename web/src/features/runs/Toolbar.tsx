// How the runs stand: grouped by, sorted by, how many of them are drawn, which columns there are.
import { S } from '../../strings';
import { Icon } from '../../ui/Icon';
import { Popover } from '../../ui/Popover';
import { FieldPicker } from './FieldPicker';
import { headsOf } from './table/runColumns';
import { ColumnsMenu } from './table/ColumnsMenu';
import { toldOf, metricOfSpark } from './table/wanted';
import { TOPS, type Workspace } from './workspace';
import type { How } from './useWorkspace';

interface Props {
  experiment: string;
  workspace: Workspace;
  texts: string[];
  columnsOpen: boolean;
  setColumnsOpen: (open: boolean) => void;
  patch: (patch: Partial<Workspace>, how?: How) => void;
}

export function Toolbar({ experiment, workspace, texts, columnsOpen, setColumnsOpen, patch }: Props) {
  const { group, sel, sort, differ, hide } = workspace;
  return (
    <div className="runs-tools">
      <FieldPicker label={S.runs.groupBy} addLabel={S.runs.addGroup} placeholder={S.runs.groupPlaceholder} experiment={experiment} values={group} setValues={(values) => patch({ group: values, sel: { ...sel, ids: [] }, hide: [] }, 'push')} />
      <label className="tool">
        <span aria-hidden="true">{S.runs.sort}</span>
        <select aria-label={S.runs.sort} value={sort ?? ''} onChange={(e) => patch({ sort: e.target.value || undefined }, 'push')}>
          {orders(texts, group, sort).map(([value, word]) => (
            <option key={value} value={value}>
              {word}
            </option>
          ))}
        </select>
      </label>
      <label className="tool">
        <span aria-hidden="true">{S.runs.draw}</span>
        <select aria-label={S.runs.draw} value={sel.top} onChange={(e) => patch({ sel: { ...sel, top: Number(e.target.value) } }, 'push')}>
          {[...new Set<number>([...TOPS, sel.top])].filter((n) => n > 0).sort((a, b) => a - b).map((n) => (
            <option key={n} value={n}>
              {S.runs.drawTop(n)}
            </option>
          ))}
          <option value={0}>{S.runs.drawChosen}</option>
        </select>
      </label>
      {hide.length > 0 && (
        <span className="chip">
          <span>{S.runs.hiddenByHand(hide.length)}</span>
          <button type="button" className="chip-off" aria-label={S.runs.remove(S.runs.hiddenByHand(hide.length))} onClick={() => patch({ hide: [] })}>
            ×
          </button>
        </span>
      )}
      <span className="tools-end">
        <button type="button" className="tool-toggle" aria-pressed={differ} data-tip={S.runs.differHint} onClick={() => patch({ differ: !differ })}>
          {S.runs.differ}
        </button>
        <Popover label={S.runs.columns} open={columnsOpen} setOpen={setColumnsOpen} className="tool-button" wide button={<>{S.runs.columns} <span className="dim num">{texts.length}</span> <Icon name="chevron" size={12} /></>}>
          <ColumnsMenu experiment={experiment} texts={texts} set={(next) => patch({ columns: next })} />
        </Popover>
      </span>
    </div>
  );
}

function orders(texts: readonly string[], group: readonly string[], sort: string | undefined): [string, string][] {
  const values = texts.filter((t) => metricOfSpark(t) === undefined && (group.length > 0 || (toldOf(t)?.statistic ?? 'last') === 'last'));
  const heads = headsOf(values);
  const both = values.flatMap((text, i): [string, string][] => [[`${text} DESC`, S.runs.down(heads[i] ?? text)], [text, S.runs.up(heads[i] ?? text)]]);
  const all: [string, string][] = [['', group.length > 0 ? S.runs.largest : S.runs.newest], ...(group.length > 0 ? [] : [['start_time', S.runs.oldest] as [string, string]]), ...both];
  return sort && !all.some(([value]) => value === sort) ? [...all, [sort, sort]] : all;
}
