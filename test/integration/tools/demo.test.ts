import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { findTurnserver } from '../../support/coturn.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

function run(file: string): Promise<{ code: number | null; output: string }> {
  const child = spawn(process.execPath, [file], { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (output += String(data)));
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, output })));
}

describe('npm run demo', () => {
  beforeAll(() => void findTurnserver());

  it('tells its story to the end: every device plays its part, a call is carried, and the lie is caught', {
    timeout: 180_000,
  }, async () => {
    const { code, output } = await run('tools/demo.ts');
    expect(output).toContain('bob-laptop | you: Hello Alice!');
    for (const device of ['alice | - you', 'bob-phone | - alice', 'bob-laptop | -']) expect(output).toContain(device);
    expect(output).toMatch(/bob-new-laptop \| \* the call with \S+ is over: elsewhere/);
    for (const device of ['alice', 'bob-phone']) {
      const received = `${device} \\| \\* received through the relay \\(relay to relay\\): sound and picture; frames decoded: `;
      expect(output).toMatch(new RegExp(`${received}[1-9][0-9]`));
    }
    expect(output).toMatch(/alice \| you: \(video call, \d+ s\)/);
    expect(output).toMatch(/alice \| ! refused/);
    expect(code).toBe(0);
  });
});
