import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ACTIONS } from '../../../shared/protocol/actions.ts';
import { ERROR_CODES, TICKET_REFUSALS } from '../../../shared/protocol/errors.ts';
import { EVENTS } from '../../../shared/protocol/events.ts';

const page = readFileSync(new URL('../../../docs/PROTOCOL.md', import.meta.url), 'utf8');
const headings = [...page.matchAll(/^### (Event )?`([a-z.]+)`$/gm)];
const errorRows = [...page.slice(page.indexOf('## 9. Errors')).matchAll(/^\| `([a-z-]+)` \|/gm)].map((row) => row[1]);

/** The fields of a schema that the page must name: all that is not part of every frame. */
const fieldsOf = (schema: object): string[] =>
  Object.keys('shape' in schema ? (schema.shape as object) : {}).filter(
    (name) => !['id', 'action', 'event'].includes(name),
  );

/** The text of a section, up to the next heading. */
function sectionOf(heading: string): string {
  const start = page.indexOf(`\n${heading}\n`);
  return start < 0 ? '' : page.slice(start + 1, page.indexOf('\n##', start + heading.length));
}

describe('docs/PROTOCOL.md', () => {
  it('has a section for every action, and for nothing else', () => {
    const documented = headings.filter((heading) => !heading[1]).map((heading) => heading[2]);
    expect(documented.sort()).toEqual([...Object.keys(ACTIONS), 'ping'].sort());
  });

  it('has a section for every event but pong, which stands with ping', () => {
    const documented = headings.filter((heading) => heading[1]).map((heading) => heading[2]);
    expect([...documented, 'pong'].sort()).toEqual(Object.keys(EVENTS).sort());
  });

  it.each(Object.entries(ACTIONS))('names every field of %s', (name, { request, reply }) => {
    const section = sectionOf(`### \`${name}\``);
    for (const field of [...fieldsOf(request), ...fieldsOf(reply)])
      expect(section).toMatch(new RegExp(`\\b${field}\\b`));
  });

  it('lists every error code once, and no other', () => {
    expect(errorRows.sort()).toEqual(Object.keys(ERROR_CODES).sort());
  });

  it('names every reason to refuse a ticket', () => {
    for (const reason of TICKET_REFUSALS) expect(page).toContain(`'${reason}'`);
  });
});
