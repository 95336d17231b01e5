import assert from 'node:assert/strict';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import { formatMetrics } from '../../src/view/prometheus.ts';
import { runInLab } from '../lab/lab.ts';
import { lab } from '../lab/lab-test.ts';
import { binFolder } from '../lab/project.ts';
import { sample, stats } from '../view/framed-table/tables.ts';
import { findPromtool, type MetricsCheck } from './promtool.ts';

describe('promtool check metrics', lab, () => {
  let check: MetricsCheck;
  before(async () => {
    check = await findPromtool();
  });

  it('reports faults', async () => {
    assert.match(await check('# TYPE bad counter\nbad 1\n'), /no help text.*exit code/s);
    assert.match(await check('bad{ 1\n'), /exit code/);
  });

  it('accepts the metrics of a table with every kind of entry', async () => {
    const info = { version: { major: 1, minor: 2, patch: 1 }, connectionTableSize: 4096 };
    const source = { info, totals: stats({ inBytes: 18_446_744_073_709_551_615n }), entries: sample };
    assert.equal(await check([...formatMetrics(source)].join('')), '');
  });

  it('accepts the metrics that ipvsadm prints on a director', async () => {
    const script = `
      ipvsadm=${join(binFolder, 'ipvsadm')}
      $ipvsadm -A -t 192.0.2.1:80 -p 300 && $ipvsadm -a -t 192.0.2.1:80 -r 192.0.2.2 -x 100 -y 50
      $ipvsadm -A -f 1 -b flag-1 && $ipvsadm -a -f 1 -r 192.0.2.3 -m -w 0
      $ipvsadm -A -f 1 -6 && $ipvsadm -a -f 1 -6 -r [2001:db8::1]:80 -i
      $ipvsadm -L --prometheus`;
    const { code, stdout, stderr } = await runInLab(['sh', '-c', script]);
    assert.deepEqual([code, stderr], [0, '']);
    assert.match(stdout, /^ipvs_services 3$/m);
    assert.equal(await check(stdout), '');
  });
});
