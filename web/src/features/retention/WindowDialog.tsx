// How long what is deleted can come back; a shorter window shows what would go at once.
import { useQuery } from '@tanstack/react-query';
import { useId, useState, type FormEvent } from 'react';
import { useNow } from '../../api/clock';
import { binPartQuery, WHOLE_BIN } from '../../api/queries';
import { S } from '../../strings';
import { Dialog } from '../../ui/Dialog';
import { Command, ErrorPanel } from '../../ui/Feedback';
import { useSetWindow } from './actions';
import { Typed } from './PurgeDialog';
import { quoted, readDuration, writeDuration } from './rule';

export function WindowDialog({ windowMs, close }: { windowMs: number; close: () => void }) {
  const id = useId();
  const now = useNow();
  const [text, setText] = useState(writeDuration(windowMs));
  const bin = useQuery(binPartQuery(WHOLE_BIN));
  const set = useSetWindow(windowMs, close);
  const wanted = readDuration(text);
  const over = wanted === null ? [] : (bin.data?.rows ?? []).filter((r) => !r.kept && Date.parse(r.deleted_at) + wanted <= now);
  // The oldest come first: where the last of them is young enough, so are those that were not looked at.
  const unseen = bin.data && over.length > 0 && over.at(-1) === bin.data.rows.at(-1) ? bin.data.total - bin.data.rows.length : 0;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (wanted !== null && bin.data && over.length === 0) set.mutate(text.trim());
  };
  const act = S.retention.setWindow(text.trim());
  return (
    <Dialog title={S.retention.window} close={close}>
      <form className="window-form" onSubmit={submit}>
        <input id={id} className="mono field" value={text} aria-label={S.retention.window} aria-describedby={`${id}-note`} aria-invalid={wanted === null} autoComplete="off" onChange={(e) => setText(e.target.value)} />
        {over.length === 0 && (
          <button type="submit" className="button primary" disabled={wanted === null || wanted === windowMs || set.isPending || !bin.data}>
            {act}
          </button>
        )}
      </form>
      <p id={`${id}-note`} className="dim">
        {wanted === null ? S.retention.notDuration : S.retention.windowHint}
      </p>
      {wanted !== null && bin.data && wanted !== windowMs && <p className={over.length ? 'plan-never' : 'window-plan'}>{over.length ? S.retention.goesAtOnce(over.length, unseen) : S.retention.goesNothing}</p>}
      {over.length > 0 && <Typed word={text.trim()} act={act} busy={set.isPending} run={() => set.mutate(text.trim())} />}
      <Command text={`gyre retention window ${quoted(text.trim() || '30d')}`} />
      {set.error && <ErrorPanel error={set.error} />}
    </Dialog>
  );
}
