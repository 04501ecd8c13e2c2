// Views that are saved: opened, saved under a name, changed, deleted with a way back, and passed on as a link.
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState, type FormEvent } from 'react';
import { changeView, deleteView, makeView, viewsQuery, type View } from '../../api/views';
import { S } from '../../strings';
import { copyText } from '../../ui/Feedback';
import { Icon } from '../../ui/Icon';
import { Popover } from '../../ui/Popover';
import { toast } from '../../ui/Toast';
import { VIEW_KIND, type InWorkspace } from './useWorkspace';
import { sameState, stateOf, type WorkspaceSearch } from './workspace';

type Saved = View<WorkspaceSearch>;

export function ViewsMenu({ experiment, inWorkspace }: { experiment: string; inWorkspace: InWorkspace }) {
  const { search, open: openSearch, patch } = inWorkspace;
  const [open, setOpen] = useState(false);
  const [name, setName] = useState('');
  const queries = useQueryClient();
  const views = useQuery(viewsQuery<WorkspaceSearch>(VIEW_KIND, experiment));
  const rows = views.data ?? [];
  const own = rows.find((view) => view.id === search.view);
  const edited = own !== undefined && !sameState(search, own.state);
  const known = (view: Saved) => {
    queries.setQueryData(['views', 'one', view.id], view);
    void queries.invalidateQueries({ queryKey: ['views', 'list'] });
  };
  const opened = (view: Saved) => {
    known(view);
    patch({ view: view.id });
    setOpen(false);
    toast(S.runs.viewSaved(view.name));
  };
  const failed = (error: Error) => toast(error.message);
  const save = (event: FormEvent) => {
    event.preventDefault();
    const wanted = name.trim();
    if (wanted) void makeView(VIEW_KIND, experiment, wanted, stateOf(search)).then(opened, failed);
    setName('');
  };
  const drop = (view: Saved) =>
    void deleteView(view).then((gone) => {
      void queries.invalidateQueries({ queryKey: ['views', 'list'] });
      toast(S.runs.viewGone(view.name), () => void changeView(view, { state: view.state, name: view.name }, gone.rev).then(known, failed));
    }, failed);
  const link = () =>
    void makeView(VIEW_KIND, '', '', stateOf(search)).then(async ({ id }) => {
      await copyText(`${location.origin}${location.pathname}?view=${id}`);
      toast(S.runs.linkCopied);
      setOpen(false);
    }, failed);
  return (
    <Popover label={S.runs.views} open={open} setOpen={setOpen} className="views-button" button={<>{own ? S.runs.viewOf(own.name, edited) : S.runs.saveView} <Icon name="chevron" size={12} /></>}>
      <div className="views-menu">
        {own && edited && (
          <button type="button" className="button primary" onClick={() => void changeView(own, { state: stateOf(search) }).then(opened, failed)}>
            {S.runs.saveChanges(own.name)}
          </button>
        )}
        <form className="pop-row" onSubmit={save}>
          <input value={name} placeholder={S.runs.viewName} aria-label={S.runs.viewName} maxLength={120} onChange={(e) => setName(e.target.value)} />
          <button type="submit" className="button" disabled={!name.trim()}>
            {S.runs.saveAs}
          </button>
        </form>
        {rows.length === 0 ? (
          <p className="dim">{S.runs.noViews}</p>
        ) : (
          <ul className="views-list">
            {rows.map((view) => (
              <li key={view.id} className={view.id === own?.id ? 'on' : undefined}>
                <button
                  type="button"
                  className="menu-item clip"
                  onClick={() => {
                    queries.setQueryData(['views', 'one', view.id], view);
                    openSearch({ view: view.id });
                    setOpen(false);
                  }}
                >
                  {view.name}
                </button>
                <button type="button" className="quiet" aria-label={S.runs.deleteView(view.name)} onClick={() => drop(view)}>
                  <Icon name="close" size={12} />
                </button>
              </li>
            ))}
          </ul>
        )}
        <button type="button" className="text-button" onClick={link}>
          {S.runs.copyLink}
        </button>
      </div>
    </Popover>
  );
}
