// What a scatter, parallel coordinates, importance or a note show: fields of runs, as the filter language names them, or a text.
import { useState } from 'react';
import { S } from '../../../strings';
import { FieldPicker } from '../FieldPicker';
import type { Panel } from './layout';

interface Props {
  panel: Panel;
  experiment: string;
  done: (panel: Panel) => void;
}

export const MOST_AXES = 12;

export function PanelFields({ panel, experiment, done }: Props) {
  const [keys, setKeys] = useState(panel.keys);
  const ready = panel.kind === 'note' ? keys.join('').trim() !== '' : panel.kind === 'scatter' || panel.kind === 'parallel' ? keys.filter(Boolean).length >= 2 : keys.length > 0;
  const one = (label: string, place: number) => (
    <FieldPicker
      label={label}
      addLabel={label}
      placeholder={S.runs.addPlaceholder}
      experiment={experiment}
      values={keys[place] ? [keys[place]] : []}
      setValues={(values) => setKeys(Array.from({ length: Math.max(keys.length, place + 1) }, (_, i) => (i === place ? (values.at(-1) ?? '') : (keys[i] ?? ''))))}
    />
  );
  return (
    <div className="add-fields">
      {panel.kind === 'scatter' && (
        <>
          {one(S.panels.xField, 0)}
          {one(S.panels.yField, 1)}
          {one(S.panels.colourBy, 2)}
        </>
      )}
      {panel.kind === 'parallel' && <FieldPicker label={S.panels.axes} addLabel={S.panels.addAxis} placeholder={S.runs.groupPlaceholder} experiment={experiment} values={keys} setValues={(values) => setKeys(values.slice(0, MOST_AXES))} />}
      {panel.kind === 'importance' && one(S.panels.target, 0)}
      {panel.kind === 'note' && <textarea className="field note-field" aria-label={S.panels.noteText} placeholder={S.panels.notePlaceholder} rows={8} value={keys[0] ?? ''} onChange={(e) => setKeys([e.target.value])} />}
      <button type="button" className="button primary" disabled={!ready} onClick={() => done({ ...panel, keys: panel.kind === 'scatter' ? keys.filter((k, i) => k || i < 2) : keys })}>
        {panel.keys.length ? S.panels.done : S.panels.create}
      </button>
    </div>
  );
}
