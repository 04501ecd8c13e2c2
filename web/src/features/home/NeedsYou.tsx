import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { inboxQuery } from '../../api/queries';
import { S } from '../../strings';
import { Loaded } from '../../ui/Feedback';
import { Go } from '../../ui/Go';
import { Status } from '../../ui/Status';
import { Ago } from '../../ui/Text';

const SHOWN = 7;

// What waits for a person, worst first.
export function NeedsYou({ project }: { project: string }) {
  const inbox = useQuery(inboxQuery(project));
  const [all, setAll] = useState(false);
  return (
    <section id="needs" aria-labelledby="needs-title">
      <h2 id="needs-title">{S.home.needs(inbox.data?.total ?? 0)}</h2>
      <Loaded query={inbox} height={112} lines={3}>
        {({ rows }) =>
          rows.length === 0 ? (
            <p className="quiet-fact">
              <Status status="ok" word={false} /> {S.home.needsNone}
            </p>
          ) : (
            <ul className="rows">
              {rows.slice(0, all ? undefined : SHOWN).map((row) => (
                <li key={row.id} className={row.status === 'crit' ? 'row crit-edge' : 'row'}>
                  <Status status={row.status} word={false} />
                  <span className="row-text">{row.text}</span>
                  <Ago at={row.at} />
                  <Go className="row-action" href={row.link.url}>
                    {row.action}
                    <span className="hidden"> {row.text}</span>
                  </Go>
                </li>
              ))}
              {rows.length > SHOWN && (
                <li className="row">
                  <button type="button" className="text-button" onClick={() => setAll(!all)}>
                    {all ? S.home.fewer : S.home.more(rows.length - SHOWN)}
                  </button>
                </li>
              )}
            </ul>
          )
        }
      </Loaded>
    </section>
  );
}
