import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { eventually } from '../../support/eventually.ts';
import { connect } from '../../support/fixture-stack/client.ts';
import { startFixture } from '../../support/fixture-stack/cloud.ts';
import { processesMentioning } from '../../support/processes.ts';

const root = join(import.meta.dirname, '../../..');
let folder: string;
const children: ChildProcess[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sotto-process-'));
});
afterAll(async () => {
  for (const child of children) child.kill('SIGKILL');
  await rm(folder, { recursive: true, force: true });
});

/** Starts a program and waits for the first line that matches; gives what is in its parentheses. */
async function run(program: string, args: string[], pattern: RegExp): Promise<{ child: ChildProcess; found: string }> {
  const env = { ...process.env, TMPDIR: folder };
  const child = spawn(process.execPath, [join(root, program), ...args], {
    cwd: root,
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  for await (const line of createInterface({ input: child.stdout })) {
    const found = pattern.exec(line)?.[1];
    if (found !== undefined) return { child, found };
  }
  throw new Error(`${program} ended without a line like ${pattern}`);
}

describe('kill -9 in the middle of writing', () => {
  it('leaves no process behind, and nothing that was acknowledged is lost', async () => {
    const data = join(folder, 'killed');
    const { child, found: url } = await run('test/support/fixture-stack/run.ts', [data], /^(ws:.*)$/);
    const client = await connect(url, 'allow.writer');
    const acknowledged: string[] = [];
    for (let n = 0; n < 300; n++) client.send({ action: 'note', owner: 'writer', part: `note-${n}` });
    while (acknowledged.length < 100) {
      const { stored } = await client.next();
      if (typeof stored === 'string') acknowledged.push(stored);
    }
    child.kill('SIGKILL');
    await client.closed;
    await eventually(() => processesMentioning(data)).toEqual([]);

    const cloud = await startFixture({ data });
    const parts = (await cloud.items('Notes')).map(({ part }) => part?.S);
    expect(parts).toEqual(expect.arrayContaining(acknowledged));
    await cloud.close();
  });
});

describe('the end of the embedded database', () => {
  it('is told with a sentence, and what it had acknowledged is found by the next start', async () => {
    const data = join(folder, 'database-killed');
    const first = await startFixture({ data });
    const client = await connect(first.url, 'allow.writer');
    expect(await client.ask({ action: 'note', owner: 'writer', part: 'kept' })).toEqual({ stored: 'kept' });
    for (const pid of processesMentioning(data)) process.kill(pid, 'SIGKILL');
    expect(await first.died).toMatch(/^The embedded database has ended unexpectedly/);
    await first.close();
    const second = await startFixture({ data });
    expect(await second.item('Notes', 'writer', 'kept')).toBeDefined();
    await second.close();
  });
});

describe('the start program', () => {
  it('says where to connect, and ends on Ctrl-C without leaving a process or a file', async () => {
    const { child, found: url } = await run(
      'local/start.ts',
      ['--port', '0', '--ephemeral'],
      /clients connect to {2}(ws:.*)$/,
    );
    const health = await (await fetch(url.replace('ws:', 'http:').replace(/\/\w+$/, '/health'))).json();
    expect(health).toMatchObject({ status: 'ok', websocket: url, stack: 'Sotto-dev' });
    const [temporary] = await readdir(folder).then((names) => names.filter((name) => name.startsWith('sotto-')));
    expect(processesMentioning(join(folder, String(temporary)))).not.toEqual([]);

    const socket = new WebSocket(url);
    await once(socket, 'error');
    child.kill('SIGINT');
    expect(await once(child, 'exit')).toEqual([0, null]);
    expect(processesMentioning(join(folder, String(temporary)))).toEqual([]);
    expect((await readdir(folder)).filter((name) => name.startsWith('sotto-'))).toEqual([]);
  }, 180_000);

  it.each([
    [['--port', 'many'], /^--port many is not a port/],
    [['--data', 'x', '--ephemeral'], /^--data and --ephemeral exclude each other/],
    [['--colour'], /^Unknown option '--colour'/],
    [['--stage', 'nowhere', '--ephemeral'], /There is no stage "nowhere"/],
  ])('refuses %j with a sentence and an exit code', async (args, sentence) => {
    const child = spawn(process.execPath, [join(root, 'local/start.ts'), ...args], {
      cwd: root,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let written = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      written += text;
    });
    const [code] = await once(child, 'close');
    expect(written).toMatch(sentence);
    expect(code).toBe(1);
  });
});
