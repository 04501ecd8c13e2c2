// What judges a model comes first, and of it what was held out; the rest keeps its order.
const QUALITY = ['auc', 'log_loss', 'loss', 'accuracy', 'f1', 'skill', 'rmse', 'mae', 'ece', 'brier'];

export function telling(metric: string): number {
  const measure = QUALITY.indexOf(metric.split(/[./]/).at(-1) ?? '');
  return measure < 0 ? 2 * QUALITY.length : measure + (/^train/.test(metric) ? QUALITY.length : 0);
}
