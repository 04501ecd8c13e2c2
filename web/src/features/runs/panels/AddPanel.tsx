// A new panel: its kind, then what it shows.
import { useState } from 'react';
import { S } from '../../../strings';
import { Segmented } from '../../../ui/Segmented';
import { useBoard } from './board';
import { KeySearch } from './KeyPicker';
import type { Panel, PanelKind, Section } from './layout';
import { PanelFields } from './PanelFields';
import { splitOf } from './split';

const KINDS: readonly PanelKind[] = ['line', 'scatter', 'parallel', 'importance', 'note'];

export function AddPanel({ sections, set, close }: { sections: readonly Section[]; set: (sections: Section[]) => void; close: () => void }) {
  const board = useBoard();
  const [kind, setKind] = useState<PanelKind>('line');
  const add = (panel: Panel) => {
    const key = panel.keys[0] ?? '';
    const name = panel.kind === 'line' ? splitOf(key).prefix || S.panels.general : (sections[0]?.name ?? S.panels.general);
    const there = sections.some((s) => s.name === name);
    set(there ? sections.map((s) => (s.name === name ? { ...s, panels: [panel, ...s.panels] } : s)) : [{ name, panels: [panel] }, ...sections]);
    close();
  };
  return (
    <div className="add-form">
      <Segmented label={S.panels.addLabel} value={kind} options={KINDS.map((value) => ({ value, text: S.panels.kinds[value] ?? value }))} onChange={setKind} />
      {kind === 'line' ? <KeySearch label={S.panels.find} kind="metric" pick={(key) => add({ kind, keys: [key] })} /> : <PanelFields key={kind} panel={{ kind, keys: [] }} experiment={board.experiment} done={add} />}
    </div>
  );
}
