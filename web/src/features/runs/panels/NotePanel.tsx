// A text between the charts.
import { useState } from 'react';
import { S } from '../../../strings';
import { useBoard } from './board';
import type { BodyProps } from './LinePanel';
import { Markdown } from './Markdown';
import { PanelFields } from './PanelFields';
import { PanelFrame } from './PanelFrame';

export default function NotePanel({ panel, placing, full }: BodyProps) {
  const { experiment } = useBoard();
  const [editing, setEditing] = useState(false);
  const text = panel.keys[0] ?? '';
  const title = panel.title ?? /^#+\s*(.+)$/m.exec(text)?.[1] ?? S.panels.kinds.note!;
  return (
    <PanelFrame panel={panel} title={<span className="clip">{panel.title ?? S.panels.kinds.note}</span>} name={title} placing={placing} full={full} items={[{ text: S.panels.edit, act: () => setEditing(true) }]}>
      <div className="panel-note-text">
        {editing ? (
          <PanelFields
            panel={panel}
            experiment={experiment}
            done={(next) => {
              setEditing(false);
              placing.change(next);
            }}
          />
        ) : (
          <Markdown text={text} />
        )}
      </div>
    </PanelFrame>
  );
}
