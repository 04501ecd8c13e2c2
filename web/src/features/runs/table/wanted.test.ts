import { describe, expect, it } from 'vitest';
import { decimalsOf, looksNumeric, lowIsBetter, textOf, toldOf, wantedOf } from './wanted';

describe('columns of a table', () => {
  it('are read by the server, but for small curves', () => {
    expect(wantedOf(['metrics.auc', 'spark(metrics.auc)', 'max(metrics.`a b`)', 'params.lr'])).toEqual({ columns: ['metrics.auc', 'max(metrics.`a b`)', 'params.lr'], sparks: ['metrics.auc'] });
  });
  it('tell the last, least, greatest or number of a metric', () => {
    for (const text of ['metrics.val/auc', 'max(metrics.val/auc)', 'count(metrics.`val loss`)']) expect(textOf(toldOf(text) ?? { metric: '', statistic: 'last' })).toBe(text);
    expect(toldOf('metrics.a - metrics.b')).toBeNull();
    expect(toldOf('params.lr')).toBeNull();
  });
  it('know of which metrics less is better', () => {
    expect(['val/loss', 'train_loss', 'log_loss', 'RMSE', 'test/error'].every(lowIsBetter)).toBe(true);
    expect(['auc', 'glossary', 'accuracy', 'terror'].some(lowIsBetter)).toBe(false);
  });
  it('have as many decimals as their largest number needs', () => {
    expect(decimalsOf([0.913, 0.8871, 'NaN', null])).toBe(4);
    expect(decimalsOf([21.7, 3])).toBe(2);
    expect(decimalsOf([40, 12])).toBe(0);
    expect(decimalsOf([230_114, 0.5])).toBe(0);
    expect(decimalsOf([])).toBe(4);
  });
  it('of texts that are numbers are told from others', () => {
    expect(looksNumeric(['1e-3', '0.1', null, '32'])).toBe(true);
    expect(looksNumeric(['adam', '1'])).toBe(false);
    expect(looksNumeric([null])).toBe(false);
  });
});
