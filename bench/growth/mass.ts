import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { createGzip } from 'node:zlib';
import { findBinary } from '../../local/dynamodb/emulator.ts';
import { readModel } from '../../local/template/model.ts';
import type { TableSpec } from '../../local/template/tables.ts';

/** An item as DynamoDB's JSON writes it: bytes are base64. */
type Item = Readonly<Record<string, Readonly<Record<string, string | boolean>>>>;

/** Mail that waits for one device. */
export interface Waiting {
  /** Account, device and registration as the mailbox's partition names them. */
  readonly installation: string;
  readonly count: number;
}

/**
 * A data folder for the local cloud in which so many accounts have been for a while: imported as a whole, because a hundred thousand accounts
 * would take hours through the front door. Whoever is measured joins through the front door.
 */
export async function importMass(assembly: string, accounts: number, waiting: readonly Waiting[]): Promise<string> {
  const data = await mkdtemp(join(tmpdir(), 'sotto-mass-'));
  const source = await mkdtemp(join(tmpdir(), 'sotto-export-'));
  try {
    const { tables } = readModel(assembly);
    await writeFile(join(source, 'schema.json'), JSON.stringify(tables.map(schemaOf)));
    for (const table of tables) {
      const folder = join(source, 'tables', table.name, 'data');
      await mkdir(folder, { recursive: true });
      const lines = Readable.from(linesOf(table.logicalId.replace(/Table$/, ''), accounts, waiting));
      await pipeline(lines, createGzip({ level: 1 }), createWriteStream(join(folder, 'items.json.gz')));
    }
    const from = ['--source', join(source, 'tables'), '--schema', join(source, 'schema.json')];
    await promisify(execFile)(findBinary(), ['import', ...from, '--output', join(data, 'dynamodb.sqlite')]);
    return data;
  } finally {
    await rm(source, { recursive: true, force: true });
  }
}

/** As DescribeTable tells it. */
function schemaOf({ name, keySchema, attributes }: TableSpec) {
  return {
    Table: {
      TableName: name,
      KeySchema: keySchema,
      AttributeDefinitions: attributes,
      BillingModeSummary: { BillingMode: 'PAY_PER_REQUEST' },
    },
  };
}

function* linesOf(table: string, accounts: number, waiting: readonly Waiting[]): Generator<string> {
  for (let i = 0; i < accounts; i++) {
    for (const item of itemsOfAccount(table, i)) yield `${JSON.stringify({ Item: item })}\n`;
  }
  if (table !== 'Mailbox') return;
  for (const { installation, count } of waiting) {
    for (let i = 0; i < count; i++) yield `${JSON.stringify({ Item: mail(installation, i) })}\n`;
  }
}

const EXPIRES = { N: String(Math.floor(Date.now() / 1000) + 86_400) };

/** Small items under real keys: what a request costs depends on keys and on the items that it meets itself. */
function itemsOfAccount(table: string, i: number): Item[] {
  const account = idOf(i);
  const device = { S: `${account}#1#1` };
  switch (table) {
    case 'DeviceLists':
      return ['head', 'list#00000001'].map((entry) => ({ account: { S: account }, entry: { S: entry } }));
    case 'Connections':
      return [{ account: { S: account }, device: { N: '1' }, registration: { N: '1' }, ticket: { N: '0' } }];
    case 'PreKeys':
      return ['signed', 'last-resort', 'cursor#ec', 'cursor#kem'].map((part) => ({ device, part: { S: part } }));
    case 'Mailbox':
      return [{ device, message: { S: `0193b2f0-0000-7000-8000-000000000001#${account}#1` }, expires: EXPIRES }];
    case 'Ephemera':
      return [{ key: { S: `rate#send#${account}` }, part: { S: '0' }, used: { N: '1' }, expires: EXPIRES }];
    default:
      return [];
  }
}

/** A message of 300 bytes as the mailbox keeps it. */
function mail(installation: string, i: number): Item {
  const sender = idOf(0);
  const time = (Date.now() - 3_600_000).toString(16).padStart(12, '0');
  const message = `${time.slice(0, 8)}-${time.slice(8)}-7000-8000-${i.toString(16).padStart(12, '0')}`;
  const bytes = (length: number) => ({ B: Buffer.alloc(length, i).toString('base64') });
  return {
    device: { S: installation },
    message: { S: `${message}#${sender}#1` },
    sender: { S: sender },
    senderDevice: { N: '1' },
    type: { N: '2' },
    ciphertext: bytes(300),
    commitment: bytes(32),
    stamp: bytes(32),
    week: { N: '1' },
    received: { N: String(Date.now()) },
    urgent: { BOOL: false },
    expires: EXPIRES,
  };
}

/** Spread over the key space as real ids are. */
function idOf(i: number): string {
  const hash = createHash('sha256').update(`mass ${i}`).digest('hex');
  return `${hash.slice(0, 8)}-${hash.slice(8, 12)}-8${hash.slice(13, 16)}-8${hash.slice(17, 20)}-${hash.slice(20, 32)}`;
}
