interface Props<T extends string> {
  label: string;
  value: T;
  options: readonly { value: T; text: string }[];
  onChange: (value: T) => void;
}

// A few choices side by side; arrows move between them as in any radio group.
export function Segmented<T extends string>({ label, value, options, onChange }: Props<T>) {
  return (
    <fieldset className="segmented">
      <legend className="hidden">{label}</legend>
      {options.map((o) => (
        <label key={o.value} className={o.value === value ? 'on' : undefined}>
          <input type="radio" name={label} checked={o.value === value} onChange={() => onChange(o.value)} />
          {o.text}
        </label>
      ))}
    </fieldset>
  );
}
