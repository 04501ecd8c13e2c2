import { describe, expect, it } from 'vitest';
import { axisOf, best, chosen, nearestRun, ticksOfAxis } from './fields';

describe('axes of fields', () => {
  it('are straight, by powers where values are wide apart, or names', () => {
    expect(axisOf('metrics.auc', [0.7, 0.9], undefined).log).toBe(false);
    const lr = axisOf('params.lr', ['0.0001', '0.01', '1', null, 'NaN'], undefined);
    expect(lr).toMatchObject({ log: true, name: 'lr', names: null });
    expect([...lr.places].map((p) => Math.round(p * 10) / 10)).toEqual([0, 0.5, 1, NaN, NaN]);
    expect(axisOf('params.lr', ['0.0001', '1'], '0').log).toBe(false);
    const model = axisOf('params.model', ['mlp', 'gbdt', 'mlp', null], undefined);
    expect(model.names).toEqual(['gbdt', 'mlp']);
    expect([...model.places]).toEqual([1, 0, 1, NaN]);
    expect(ticksOfAxis(model, 6).map((t) => t.text)).toEqual(['gbdt', 'mlp']);
    expect(ticksOfAxis(lr, 6).map((t) => t.text)).toEqual(['.0001', '.001', '.01', '.1', '1.0'].map((t) => t.replace('1.0', '1')));
    expect(axisOf('metrics.x', [5, 5, 5], undefined).places.every((p) => p > 0.4 && p < 0.6)).toBe(true);
  });
});

describe('parallel coordinates', () => {
  const axes = [axisOf('a', [0, 1, 2, 3, null], '0'), axisOf('b', [3, 2, 1, 0, 1], '0')];
  it('leave out what has no value, and choose by brushes', () => {
    expect(chosen(axes, [null, null])).toEqual({ whole: [0, 1, 2, 3], inside: [true, true, true, true] });
    expect(chosen(axes, [[0, 0.5], [0.5, 0.7]]).inside).toEqual([false, true, false, false]);
  });
  it('know the best of one axis', () => {
    expect([...best(axes[1]!, [0, 1, 2, 3], 0.5, true)].sort()).toEqual([2, 3]);
    expect(best(axes[1]!, [0, 1, 2, 3], 0.01, false)).toEqual(new Set([0]));
  });
  it('find the line under the pointer', () => {
    const at = { xs: [0, 100], y: (place: number) => 100 - 100 * place };
    expect(nearestRun(axes, [0, 1, 2, 3], 0, 100 - 100 * axes[0]!.places[2]!, at, 8)).toBe(2);
    expect(nearestRun(axes, [0, 3], 50, 50, at, 8)).toBeGreaterThanOrEqual(0);
    expect(nearestRun(axes, [0], 25, 90, at, 8)).toBe(-1);
  });
});
