// Where something came from, left to right: commit, pipeline run, run, version.
import { Ref } from './Text';

interface LinkLike {
  ref: string;
  kind: string;
  name: string;
  url: string;
}

export function Strip({ links, label }: { links: readonly LinkLike[]; label: string }) {
  if (links.length === 0) return null;
  return (
    <ol className="strip" aria-label={label}>
      {links.map((link) => (
        <li key={link.ref}>
          <Ref link={link} />
        </li>
      ))}
    </ol>
  );
}
