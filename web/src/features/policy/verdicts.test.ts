import { expect, it } from 'vitest';
import type { Schemas } from '../../api/client';
import { casesOf } from './verdicts';

const row = (id: string, case_id: string, day: number) => ({ id, case_id, at: `2001-04-0${day}T00:00:00Z` }) as Schemas['DecisionRow'];

it('groups decisions by case, cases newest first, decisions oldest first', () => {
  const cases = casesOf([row('d4', 'b', 7), row('d3', 'b', 5), row('d2', 'a', 2), row('d1', 'a', 1)]);
  expect(cases.map((c) => c.id)).toEqual(['b', 'a']);
  expect(cases[0]?.decisions.map((d) => d.id)).toEqual(['d3', 'd4']);
  expect(cases[1]?.to).toBe(Date.UTC(2001, 3, 2));
});
