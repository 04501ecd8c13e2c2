import { describe, expect, it } from 'vitest';
import { foldShared, middle } from './name';
import { bytes, count, duration, figure, fixed, percent, signed } from './number';
import { absolute, ago, day, DAY_MS, span, storyEnd } from './time';

const plain = (text: string) => text.replaceAll('\u00a0', ' ');

describe('numbers', () => {
  it('keeps four digits and drops the leading zero', () => {
    expect(figure(0.0963)).toBe('.0963');
    expect(figure(-0.004, 'none', 3)).toBe('−.004');
    expect(figure(21.7)).toBe('21.7');
    expect(figure(0)).toBe('0');
    expect(figure(33104)).toBe('33,104');
    expect(figure(0.00000012)).toBe('1.2e−7');
  });
  it('draws what is not finite', () => {
    expect(figure('NaN')).toBe('NaN');
    expect(figure('Infinity')).toBe('+Inf');
    expect(figure('-Infinity')).toBe('−Inf');
    expect(figure(null)).toBe('—');
  });
  it('knows units', () => {
    expect(plain(bytes(5_392_338))).toBe('5.14 MiB');
    expect(count(1_954_726)).toBe('1.95M');
    expect(count(9_999)).toBe('9,999');
    expect(plain(duration(840))).toBe('840 ms');
    expect(plain(duration(1.9))).toBe('1.9 ms');
    expect(plain(duration(1240))).toBe('1.24 s');
    expect(plain(duration(8_040_000))).toBe('2 h 14 m');
    expect(plain(duration(8 * DAY_MS + 4 * 3_600_000))).toBe('8 d 4 h');
    expect(plain(percent(0.982, 1))).toBe('98.2 %');
    expect(signed(0.005, 'none', 3)).toBe('+.005');
    expect(fixed(0.8, 2)).toBe('.80');
  });
});

describe('times', () => {
  const apr2 = Date.UTC(2001, 3, 2);
  it('ends a range with its last day', () => {
    expect(plain(span(apr2, apr2 + DAY_MS))).toBe('2 Apr');
    expect(plain(span(apr2, apr2 + 7 * DAY_MS))).toBe('2 Apr – 8 Apr');
  });
  it('counts from the clock it is given', () => {
    expect(plain(ago(apr2, apr2 + 3 * 3_600_000))).toBe('3 h ago');
    expect(plain(ago(apr2 + DAY_MS * 3, apr2))).toBe('in 3 d');
    expect(ago(apr2, apr2)).toBe('just now');
  });
  it('tells by its day what is long past, with the year of another year', () => {
    expect(plain(ago(apr2, apr2 + 90 * DAY_MS))).toBe('2 Apr');
    expect(plain(ago(apr2, apr2 + 400 * DAY_MS))).toBe('2 Apr 2001');
  });
  it('ends a time line now, or where all is long over', () => {
    expect(storyEnd(apr2, apr2 + 10 * DAY_MS, apr2 + 15 * DAY_MS)).toBe(apr2 + 15 * DAY_MS);
    expect(storyEnd(apr2, apr2 + 10 * DAY_MS, apr2 + 9000 * DAY_MS)).toBeLessThan(apr2 + 12 * DAY_MS);
  });
  it('is UTC', () => {
    expect(absolute(apr2)).toBe('2001-04-02 00:00:00 UTC');
    expect(plain(day(apr2, true))).toBe('2 Apr 2001');
  });
});

describe('names', () => {
  it('keeps what tells apart', () => {
    expect(foldShared(['transformer-base-lr3e-4-seed7', 'transformer-base-lr3e-4-seed8'])).toEqual(['…4-seed7', '…4-seed8']);
    expect(foldShared(['only'])).toEqual(['only']);
    expect(middle('a'.repeat(30) + 'tail', 12).endsWith('tail')).toBe(true);
  });
});
