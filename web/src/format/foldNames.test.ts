import { describe, expect, it } from 'vitest';
import { foldNames } from './foldNames';

const long = 'transformer-base-with-relative-positions-and-warmup-of-4000-steps-on-the-cleaned-corpus-of-november-wd0.1-lr3e-4-dropout0.1-';

describe('long names', () => {
  it('stay whole where there is room', () => {
    expect(foldNames(['a-1', 'b-2'], 10)).toEqual(['a-1', 'b-2']);
  });
  it('of 120 characters are told apart by their last five', () => {
    const names = Array.from({ length: 40 }, (_, i) => `${long}s${String(i).padStart(4, '0')}`);
    const folded = foldNames(names, 28);
    expect(new Set(folded).size).toBe(40);
    for (const [i, text] of folded.entries()) {
      expect(text.length).toBeLessThanOrEqual(28);
      expect(text.endsWith(`s${String(i).padStart(4, '0')}`)).toBe(true);
      expect(text.startsWith('transformer-')).toBe(true);
    }
  });
  it('are told apart by what differs in their middle', () => {
    const names = ['lr1e-3', 'lr3e-4', 'lr1e-4'].map((lr) => `resnet50-imagenet-${lr}-cosine-schedule-with-restarts-and-a-long-tail-of-words`);
    const folded = foldNames(names, 30);
    expect(new Set(folded).size).toBe(3);
    expect(folded[1]).toContain('3e-4');
  });
  it('of several families keep their beginnings', () => {
    const names = ['transformer-base-wd0.1-lr3e-4-seed7', 'transformer-base-wd0.1-lr3e-4-seed8', 'mlp-wide-wd0.1-lr3e-4-seed7-of-a-long-name'];
    const folded = foldNames(names, 24);
    expect(folded.map((t) => t.slice(0, 3))).toEqual(['tra', 'tra', 'mlp']);
    expect(folded[0]).not.toBe(folded[1]);
  });
  it('that are the same stay the same', () => {
    expect(new Set(foldNames([`${long}1`, `${long}1`], 20)).size).toBe(1);
  });
});
