import { expect, it } from 'vitest';
import { cellOf, csvOf } from './exportCsv';

it('values of runs are written so that a spreadsheet reads what was logged', () => {
  expect(csvOf({ ids: ['a'], names: ['x, "y"'], columns: [{ text: 'metrics.auc', values: [0.5] }, { text: 'params.p', values: [null] }] })).toBe('run_id,run_name,metrics.auc,params.p\r\na,"x, ""y""",0.5,\r\n');
  expect(cellOf('=HYPERLINK("x")')).toBe(`"'=HYPERLINK(""x"")"`);
  expect(cellOf('-0.5')).toBe('-0.5');
  expect(cellOf('NaN')).toBe('NaN');
});
