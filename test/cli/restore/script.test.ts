import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { Script } from '../../../src/cli/restore/script.ts';
import { Ipvs } from '../../../src/ipvs/client.ts';
import { numericOnly } from '../../../src/rules/names.ts';
import type { Rule } from '../../../src/rules/rule.ts';
import { hex } from '../../netlink/hex.ts';
import {
  answer,
  carryOut,
  errorAnswer,
  ScriptedKernel,
  type SeenRequest,
} from '../../netlink/scripted-kernel.ts';
import { fileBlocks, parsePlainly } from '../../rules/file-arbitraries.ts';

const EEXIST = 17;

/** Refuses requests whose sum of bytes is a multiple of 5, which holds for some copies of a rule and not for others. */
function errnoOf({ payload }: SeenRequest): number {
  return payload.reduce((sum, byte) => sum + byte, 0) % 5 === 0 ? EEXIST : 0;
}

/** Runs a script; returns the datagrams that the kernel receives, the messages about refusals, and the exit status. */
async function run(
  receiveBufferSize: number,
  scriptFor: (ipvs: Ipvs) => Script,
): Promise<{ datagrams: (readonly SeenRequest[])[]; messages: string; status: number }> {
  const transport = new ScriptedKernel((requests) => {
    const [request] = requests;
    if (request?.type !== 0x10) return carryOut(requests, errnoOf);
    return [answer(request, hex('01020000 0600 0100 2100 0000 0800 0300 01000000')), errorAnswer(request)];
  }, receiveBufferSize);
  transport.atOnce = true;
  const ipvs = await Ipvs.open({ transport });
  let messages = '';
  const err = {
    write(text: string | Uint8Array) {
      messages += text;
    },
    flush() {},
  };
  const script = scriptFor(ipvs);
  const status = await script.run({ input: async () => [], out: { write() {}, flush() {} }, err });
  ipvs.close();
  return { datagrams: transport.seen.slice(1), messages, status };
}

/** Returns the rules that print nothing. */
function changes(rules: readonly Rule[]): Rule[] {
  const printing: readonly string[] = ['list', 'save', 'help', 'version'];
  return rules.filter(({ command }) => !printing.includes(command.name));
}

/** Sizes of the receive buffer with room for two refusals, or for very many. */
const receiveBufferSize = fc.constantFrom(2 * 2 * 1536, 425984);

describe('Script', () => {
  it('sends the same requests for a file as for single rules, and reports the same refusals', async () => {
    await fc.assert(
      fc.asyncProperty(fileBlocks, receiveBufferSize, async (blocks, size) => {
        const { rules, errors } = parsePlainly(Buffer.concat(blocks));
        fc.pre(changes(rules).length === rules.length);
        const plain = await run(size, (ipvs) => Script.of(rules, ipvs));
        let bad: unknown;
        const bulk = await run(size, (ipvs) => {
          const script = new Script(ipvs);
          bad = script.addFile(blocks, numericOnly);
          return script;
        });
        assert.deepEqual(bulk, plain);
        assert.deepEqual(bad, errors);
      }),
      { numRuns: 100 },
    );
  });

  it('sends the same requests for thousands of servers, and around a command that prints', async () => {
    const lines: string[] = [];
    for (let service = 0; service < 3; service++) {
      const host = `10.0.0.${service}:80`;
      lines.push(`-A -t ${host} -s rr\n`);
      for (let server = 0; server < 3000; server++) {
        lines.push(`-a -t ${host} -r 10.1.${server >> 8}.${server & 255}:8080 -m -w ${server % 3}\n`);
      }
      lines.push('--version\n'.repeat(service === 2 ? 1 : 0));
    }
    const file = Buffer.from(lines.join(''));
    const plain = await run(425984, (ipvs) => Script.of(parsePlainly(file).rules, ipvs));
    const bulk = await run(425984, (ipvs) => {
      const script = new Script(ipvs);
      script.addFile([file], numericOnly);
      return script;
    });
    assert.deepEqual(bulk, plain);
    assert.equal(plain.datagrams.flat().length, 9003);
    assert.equal(plain.messages.split('\n').length > 1000, true);
  });
});
