import type { Schemas } from '../../api/client';
import { S } from '../../strings';
import { Command } from '../../ui/Feedback';
import { Status } from '../../ui/Status';

// The five commands that light each station in turn.
export function FirstRun({ steps }: { steps: Schemas['SetupStep'][] }) {
  return (
    <section className="first-run" aria-labelledby="first-title">
      <h2 id="first-title">{S.home.firstSteps}</h2>
      <p className="dim">{S.home.firstNote}</p>
      <ol>
        {steps.map((step, i) => (
          <li key={step.station}>
            {step.done ? <Status status="ok" word={false} /> : <span className="step-number">{i + 1}</span>}
            <span className="step-text">{step.text}</span>
            <Command text={step.command} />
          </li>
        ))}
      </ol>
    </section>
  );
}
