// The fields that the forms of rules and quotas are made of.
import { useId, type ReactNode } from 'react';
import { S } from '../../strings';

export function Field({ label, children }: { label: string; children: (id: string) => ReactNode }) {
  const id = useId();
  return (
    <div className="rule-field">
      <label className="field-label" htmlFor={id}>
        {label}
      </label>
      {children(id)}
    </div>
  );
}

export interface Experiment {
  id: string;
  name: string;
}

// Which experiment; "" is all of them.
export function ExperimentField({ experiments, value, set }: { experiments: readonly Experiment[]; value: string; set: (id: string) => void }) {
  return (
    <Field label={S.retention.experiment}>
      {(id) => (
        <select id={id} className="field" value={value} onChange={(e) => set(e.target.value)}>
          <option value="">{S.retention.all}</option>
          {experiments.map((e) => (
            <option key={e.id} value={e.id}>
              {e.name}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}
