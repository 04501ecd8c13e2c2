// The pictures of a run; one that was logged by step has them all below one slider.
import { useMemo, useState } from 'react';
import { fileUrl, type Schemas } from '../../../api/client';
import { S } from '../../../strings';
import { picturesOf, type Pictures } from './files';
import { FileLink } from './RunFiles';

const SHOWN = 12;

export function Gallery({ run }: { run: Schemas['Run'] }) {
  const all = useMemo(() => picturesOf(run.files), [run.files]);
  const [whole, setWhole] = useState(false);
  if (all.length === 0) return null;
  return (
    <section className="below" aria-labelledby="pictures-title">
      <h2 id="pictures-title">{S.files.pictures(all.length)}</h2>
      <div className="gallery">
        {all.slice(0, whole ? undefined : SHOWN).map((p) => (
          <Shown key={p.name} run={run.id} pictures={p} />
        ))}
      </div>
      {all.length > SHOWN && (
        <button type="button" className="text-button" onClick={() => setWhole(!whole)}>
          {whole ? S.home.fewer : S.home.more(all.length - SHOWN)}
        </button>
      )}
    </section>
  );
}

// The newest step, until another one is chosen.
function Shown({ run, pictures: { name, steps } }: { run: string; pictures: Pictures }) {
  const [chosen, setChosen] = useState<number | null>(null);
  const at = Math.min(chosen ?? steps.length - 1, steps.length - 1);
  const picture = steps[at];
  if (!picture) return null;
  const told = steps.length > 1 ? S.files.step(name, picture.step) : name;
  return (
    <figure className="picture">
      <FileLink path={picture.path} className="picture-box" label={told}>
        <img src={fileUrl(run, picture.small)} alt="" loading="lazy" decoding="async" />
      </FileLink>
      <figcaption>
        <span className="clip mono" data-tip={name}>
          {name}
        </span>
        {steps.length > 1 && (
          <label className="picture-step">
            <span className="num dim">{S.files.stepOnly(picture.step)}</span>
            <input type="range" min={0} max={steps.length - 1} value={at} aria-label={S.files.stepOf(name)} aria-valuetext={told} onChange={(e) => setChosen(Number(e.target.value))} />
          </label>
        )}
      </figcaption>
    </figure>
  );
}
