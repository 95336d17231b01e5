import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import { kernelSuite } from '../../lab/kernel-suite.ts';
import { isEmulated } from '../../lab/project.ts';
import { Fuzzer } from './fuzzer.ts';
import { report } from './report.ts';

const { IPVSADM_FUZZ_SEED = '1', IPVSADM_FUZZ_FIRST = '0', IPVSADM_FUZZ_CASES } = process.env;
const seed = Number(IPVSADM_FUZZ_SEED);
const first = Number(IPVSADM_FUZZ_FIRST);
const cases = Number(IPVSADM_FUZZ_CASES ?? (isEmulated ? 100 : 500));

/** Number of differences after which the test stops. */
const maxDifferences = 5;

kernelSuite(import.meta.url, 'random command lines', () => {
  let fuzzer: Fuzzer;
  before(() => {
    fuzzer = new Fuzzer();
  });
  after(() => fuzzer.close());

  it(`have the same results as with ipvsadm 1.31: ${cases} sequences of seed ${seed}, from number ${first}`, async () => {
    const reports: string[] = [];
    for (let sequence = first; sequence < first + cases && reports.length < maxDifferences; sequence++) {
      const difference = await fuzzer.try(seed, sequence);
      if (difference) reports.push(report(difference, seed, sequence));
    }
    assert.equal(reports.join('\n'), '');
  });
});
