// A list of values of the filter language as chips, with a line that adds one.
import { useState } from 'react';
import { S } from '../../strings';
import { LanguageInput } from './LanguageInput';

interface Props {
  label: string;
  addLabel: string;
  placeholder: string;
  experiment: string;
  values: readonly string[];
  setValues: (values: string[]) => void;
}

export function FieldPicker({ label, addLabel, placeholder, experiment, values, setValues }: Props) {
  const [adding, setAdding] = useState(false);
  const [text, setText] = useState('');
  const [trouble, setTrouble] = useState<{ column: number; what: string } | null | undefined>(null);
  const [told, setTold] = useState(false);
  const close = () => {
    setAdding(false);
    setText('');
    setTold(false);
  };
  return (
    <div className="picker" role="group" aria-label={label}>
      <span className="picker-label">{label}</span>
      {values.map((value) => (
        <span key={value} className="chip">
          <span className="mono clip">{value}</span>
          <button type="button" className="chip-off" aria-label={S.runs.remove(value)} onClick={() => setValues(values.filter((v) => v !== value))}>
            ×
          </button>
        </span>
      ))}
      {adding ? (
        <span
          className="picker-add"
          ref={(node) => node?.querySelector<HTMLInputElement>('input:not(:focus)')?.focus()}
          onBlur={(e) => {
            if (!e.currentTarget.contains(e.relatedTarget) && !text) close();
          }}
        >
          <LanguageInput
            language="column"
            experiment={experiment}
            text={text}
            setText={(next) => {
              setText(next);
              setTold(false);
            }}
            commit={(value) => {
              if (trouble && value) return setTold(true);
              if (value) setValues([...values.filter((v) => v !== value), value]);
              close();
            }}
            revert={close}
            label={addLabel}
            placeholder={placeholder}
            onTrouble={setTrouble}
          />
          {told && trouble && <span className="filter-note wrong">{S.runs.position(trouble.column, trouble.what)}</span>}
        </span>
      ) : (
        <button type="button" className="chip-add" aria-label={`+ ${addLabel}`} onClick={() => setAdding(true)}>
          + {S.runs.add}
        </button>
      )}
    </div>
  );
}
