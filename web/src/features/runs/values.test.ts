import { describe, expect, it } from 'vitest';
import { bytesBefore, indexOfByte, joinValues, readSort, shortNames, splitValues, wordEnd } from './values';

describe('values of the filter language', () => {
  it('are parted by commas outside of quotes and brackets', () => {
    expect(splitValues('metrics.auc, max(metrics.`a,b`),params.lr,,metrics.auc')).toEqual(['metrics.auc', 'max(metrics.`a,b`)', 'params.lr']);
    expect(splitValues(undefined)).toEqual([]);
    for (const list of [['a'], ["tags.'x,y'", 'b'], ['min(metrics.a)', 'c - d']]) expect(splitValues(joinValues(list))).toEqual(list);
    expect(joinValues([])).toBeUndefined();
  });
  it('know their places in bytes', () => {
    const text = 'tags.ä = "ß→x" ';
    for (let i = 0; i <= text.length; i++) expect(indexOfByte(text, bytesBefore(text, i))).toBe(i);
    expect(wordEnd('a > 12 AND', 4)).toBe(6);
    expect(wordEnd("a = 'x y' AND", 4)).toBe(9);
    expect(wordEnd('a >', 3)).toBe(4);
  });
  it('have short names that tell them apart', () => {
    expect(shortNames(['metrics.lr', 'params.lr', 'metrics.`val loss`', 'duration'])).toEqual(['metrics.lr', 'params.lr', 'val loss', 'duration']);
  });
  it('are sorted by', () => {
    expect(readSort('metrics.a - 1 DESC')).toEqual({ by: 'metrics.a - 1', descending: true });
    expect(readSort('params.p')).toEqual({ by: 'params.p', descending: false });
    expect(readSort(undefined)).toEqual({ by: '', descending: false });
  });
});
