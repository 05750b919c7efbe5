import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { violationsIn } from '../../../tools/project/arrows.ts';

const REPOSITORY = fileURLToPath(new URL('../../../', import.meta.url));

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'sotto-arrows-'));
});
afterEach(() => rmSync(root, { recursive: true }));

function plant(file: string, source: string): string[] {
  mkdirSync(dirname(join(root, file)), { recursive: true });
  writeFileSync(join(root, file), source);
  return violationsIn(root);
}

it('hold in this repository', () => {
  expect(violationsIn(REPOSITORY)).toEqual([]);
});

describe('an import against the arrows is found', () => {
  it.each([
    ['client/conversation/send.ts', '../../shared/store/mailbox.ts'],
    ['client/conversation/send.ts', '../../functions/message/handler.ts'],
    ['client/transport/post.ts', '@aws-sdk/client-dynamodb'],
    ['functions/message/send.ts', '../../infra/boundaries.ts'],
    ['functions/message/send.ts', '../../client/transport/socket.ts'],
    ['functions/message/send.ts', '@aws-sdk/client-dynamodb'],
    ['functions/message/send.ts', '@smithy/types'],
    ['infra/functions.ts', '../functions/message/handler.ts'],
    ['infra/routes.ts', '../shared/protocol/actions.ts'],
    ['local/start.ts', '../functions/message/handler.ts'],
    ['local/start.ts', '../shared/store/mailbox.ts'],
    ['local/start.ts', '../infra/stages.ts'],
    ['shared/environment.ts', './protocol/limits.ts'],
    ['shared/environment.ts', 'node:process'],
    ['shared/protocol/frames.ts', '../trust/xeddsa.ts'],
    ['shared/protocol/frames.ts', 'node:buffer'],
    ['shared/protocol/frames.ts', 'buffer'],
    ['shared/protocol/frames.ts', 'zod'],
    ['shared/trust/tickets.ts', '../store/device-lists.ts'],
    ['shared/trust/tickets.ts', 'node:crypto'],
    ['shared/store/mailbox.ts', '../../functions/message/send.ts'],
    ['tools/chat/chat.ts', '../../shared/store/mailbox.ts'],
    ['tools/project/test.ts', '../../shared/protocol/limits.ts'],
    ['web/main.ts', '../shared/protocol/limits.ts'],
    ['settings.ts', 'zod'],
  ])('%s -> %s', (file, specifier) => {
    const violations = plant(file, `import '${specifier}';`);
    expect(violations).toEqual([expect.stringContaining(`${file} imports ${specifier}: `)]);
  });
});

describe('an import along the arrows is none', () => {
  it.each([
    ['client/conversation/send.ts', '../../shared/protocol/message.ts'],
    ['client/conversation/send.ts', '../transport/socket.ts'],
    ['functions/message/send.ts', '../../shared/store/mailbox.ts'],
    ['infra/functions.ts', '../shared/environment.ts'],
    ['local/start.ts', '../shared/environment.ts'],
    ['shared/store/mailbox.ts', '@aws-sdk/client-dynamodb'],
    ['shared/trust/tickets.ts', '../protocol/base64url.ts'],
    ['test/e2e/story.test.ts', '../../client/transport/socket.ts'],
    ['tools/chat/chat.ts', '@sotto/client'],
    ['web/main.ts', '@sotto/client/conversation/send.ts'],
  ])('%s -> %s', (file, specifier) => {
    expect(plant(file, `import '${specifier}';`)).toEqual([]);
  });
});

describe('no form of import is overlooked', () => {
  it.each([
    ["import { a } from '../infra/app.ts';"],
    ["import type { A } from '../infra/app.ts';"],
    ["export { a } from '../infra/app.ts';"],
    ["export type { A } from '../infra/app.ts';"],
    ["export * from '../infra/app.ts';"],
    ["await import('../infra/app.ts');"],
    ["type A = import('../infra/app.ts').A;"],
  ])('%s', (source) => {
    expect(plant('local/start.ts', source)).toHaveLength(1);
  });

  it('a computed import is refused, but where bundles are loaded', () => {
    expect(plant('functions/message/handler.ts', 'await import(process.env.HANDLER);')).toHaveLength(1);
    rmSync(join(root, 'functions'), { recursive: true });
    expect(plant('local/lambda.ts', 'await import(process.env.HANDLER);')).toEqual([]);
  });

  it('a file that cannot be parsed is refused', () => {
    expect(() => plant('local/start.ts', 'import {')).toThrow('local/start.ts');
  });

  it('what a comment or a text says is not an import', () => {
    expect(plant('local/start.ts', "// import '../infra/app.ts';\nconst text = `import '../infra/app.ts'`;")).toEqual(
      [],
    );
  });
});
