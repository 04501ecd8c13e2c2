// What can be done to the runs that are selected. Everything is done at once, and can be taken back from the toast.
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState, type FormEvent } from 'react';
import { changeRuns, type BulkOrder, type BulkOutcome } from '../../../api/runTable';
import { S } from '../../../strings';
import { Icon } from '../../../ui/Icon';
import { Popover } from '../../../ui/Popover';
import { toast } from '../../../ui/Toast';
import type { Marks } from './useMarks';

interface Props {
  marks: Marks;
  compare: (ids: string[]) => void;
  draw: (ids: string[]) => void;
  exportCsv: (ids: string[]) => void;
  changed: () => void;   // rows have come or gone
}

export function MarkBar({ marks, compare, draw, exportCsv, changed }: Props) {
  const ids = [...marks.ids];
  const queries = useQueryClient();
  const done = () => {
    void queries.invalidateQueries({ queryKey: ['runs'] });
    changed();
  };
  const change = useMutation({
    mutationFn: ({ order }: { order: BulkOrder; told: (n: number) => string }) => changeRuns(order),
    onSuccess: (outcome, { told }) => {
      toast(told(outcome.changed), () => void takeBack(outcome).then(done));
      marks.clear();
      done();
    },
    onError: (error) => toast(error.message),
  });
  const [tagging, setTagging] = useState(false);
  if (ids.length === 0) return null;
  return (
    <div className="mark-bar" role="group" aria-label={S.runs.selected(ids.length)}>
      <b>{S.runs.selected(ids.length)}</b>
      <button type="button" className="text-button" disabled={ids.length < 2} onClick={() => compare(ids)}>
        {S.runs.compare} <kbd>c</kbd>
      </button>
      <button type="button" className="text-button" onClick={() => draw(ids)}>
        {S.runs.drawThese}
      </button>
      <Popover label={S.runs.tag} className="text-button" open={tagging} setOpen={setTagging} button={S.runs.tag}>
        <TagForm
          set={(key, value) => {
            setTagging(false);
            change.mutate({ order: { runs: ids, action: 'tag', tags: { [key]: value } }, told: (n) => S.runs.tagged(n, `${key}=${value}`) });
          }}
        />
      </Popover>
      <button type="button" className="text-button" disabled={change.isPending} onClick={() => change.mutate({ order: { runs: ids, action: 'archive' }, told: S.runs.archived })}>
        {S.runs.archive}
      </button>
      <button type="button" className="text-button" onClick={() => exportCsv(ids)}>
        {S.runs.exportCsv}
      </button>
      <button type="button" className="quiet" aria-label={S.runs.unselect} onClick={marks.clear}>
        <Icon name="close" size={14} />
      </button>
    </div>
  );
}

async function takeBack({ undo }: BulkOutcome): Promise<void> {
  for (const order of undo) await changeRuns(order);
  toast(S.runs.restored);
}

function TagForm({ set }: { set: (key: string, value: string) => void }) {
  const [key, setKey] = useState('');
  const [value, setValue] = useState('');
  const send = (event: FormEvent) => {
    event.preventDefault();
    if (key.trim()) set(key.trim(), value.trim());
  };
  return (
    <form className="pop-form" onSubmit={send}>
      <label>
        {S.runs.tagKey}
        <input value={key} onChange={(e) => setKey(e.target.value)} maxLength={250} />
      </label>
      <label>
        {S.runs.tagValue}
        <input value={value} onChange={(e) => setValue(e.target.value)} maxLength={5000} />
      </label>
      <button type="submit" className="button primary" disabled={!key.trim()}>
        {S.runs.setTag}
      </button>
    </form>
  );
}
