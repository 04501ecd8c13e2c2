import { describe, expect, it } from 'vitest';
import { blocks, inlines } from './markdown';

describe('notes', () => {
  it('have headings, lists, quotes, code and emphasis', () => {
    expect(blocks('# A **b**\n\ntext\nmore\n\n- one\n- two\n\n1. x\n\n> q\n\n```\n<b>\n```\n---').map((b) => b.kind)).toEqual(['heading', 'text', 'list', 'list', 'quote', 'code', 'rule']);
    expect(inlines('a *b* `c*d*` snake_case_name')).toEqual([{ kind: 'text', text: 'a ' }, { kind: 'em', children: [{ kind: 'text', text: 'b' }] }, { kind: 'text', text: ' ' }, { kind: 'code', text: 'c*d*' }, { kind: 'text', text: ' snake_case_name' }]);
  });
  it('lead nowhere but to pages', () => {
    expect(inlines('[x](javascript:alert(1))').some((i) => i.kind === 'link')).toBe(false);
    expect(inlines('[x](//evil.example)').some((i) => i.kind === 'link')).toBe(false);
    expect(inlines('[x](/p/default)')[0]).toMatchObject({ kind: 'link', href: '/p/default' });
  });
  it('are read in time however they are nested', () => {
    expect(blocks('*'.repeat(20_000)).length).toBe(1);
    expect(inlines('[['.repeat(3000)).length).toBeGreaterThan(0);
  });
});
