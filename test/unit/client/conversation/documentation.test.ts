import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { CONTENT, NAMED_MESSAGES, TEXT_BYTES } from '../../../../client/conversation/content.ts';
import { PAYLOAD_BYTES } from '../../../../client/conversation/courier.ts';
import { REQUEST_MESSAGES, REQUESTS } from '../../../../client/conversation/requests.ts';
import { TIMER_SECONDS } from '../../../../client/conversation/timer.ts';

const page = readFileSync(new URL('../../../../docs/CONVERSATIONS.md', import.meta.url), 'utf8');

/** Type and further keys of each row in a section, as the page has them. */
function rowsOf(heading: string): string[] {
  const section = page.slice(page.indexOf(heading)).split('\n###')[0]?.split('\n## ')[0] ?? '';
  return [...section.matchAll(/^\| `([a-z-]+)` \| ([^|]*) \|/gm)].map(
    ([, type, keys]) => `${type}: ${keys?.replaceAll('`', '')}`,
  );
}

/** The same from the schemas. */
function typesOf(channel: keyof typeof CONTENT): string[] {
  return CONTENT[channel].def.options.map(({ shape }) => {
    const keys = Object.entries(shape).slice(5);
    const named = keys.map(([key, schema]) => (schema.def.type === 'optional' ? `${key}?` : key));
    return `${[...shape.type.def.values][0]}: ${named.join(', ')}`;
  });
}

describe('docs/CONVERSATIONS.md', () => {
  it('names every type with its keys in their order', () => {
    expect(rowsOf('### 2.1')).toEqual(typesOf('peer'));
    expect(rowsOf('### 2.2')).toEqual(typesOf('own'));
    for (const { shape } of [...CONTENT.peer.def.options, ...CONTENT.own.def.options]) {
      expect(Object.keys(shape).slice(0, 5)).toEqual(['version', 'id', 'from', 'to', 'type']);
    }
  });

  it('has the limits that are compiled in', () => {
    const figures = [PAYLOAD_BYTES, TEXT_BYTES].map((bytes) => `${bytes.toLocaleString('en')} bytes`);
    for (const figure of [...figures, `1 to ${NAMED_MESSAGES}`, `${REQUEST_MESSAGES} texts`, `${REQUESTS} accounts`]) {
      expect(page).toContain(figure);
    }
    expect(TIMER_SECONDS).toHaveLength(14);
  });
});
