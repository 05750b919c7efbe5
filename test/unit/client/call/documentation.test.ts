import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import * as limits from '../../../../client/call/machine/limits.ts';
import {
  CALL_OUTCOMES,
  CANDIDATES_PER_SIGNAL,
  callSignals,
  HANGUP_REASONS,
  LEGS,
} from '../../../../client/conversation/call-content.ts';

const page = readFileSync(new URL('../../../../docs/CALLS.md', import.meta.url), 'utf8');

/** After version, id, from, to, type, call, leg, fromDevice, toDevice. */
const HEAD = ['version', 'id', 'from', 'to', 'type', 'call', 'leg', 'fromDevice', 'toDevice'];

describe('docs/CALLS.md', () => {
  it('names every signal with its fields in their order', () => {
    const rows = [...page.matchAll(/^\| `(call-[a-z]+)` \| \w+ \|([^|]*)\|/gm)].map(
      ([, type, fields]) => `${type}: ${fields?.replaceAll('`', '').trim()}`,
    );
    const schemas = callSignals.map(({ shape }) => {
      const keys = Object.keys(shape);
      expect(keys.slice(0, HEAD.length)).toEqual(HEAD);
      return `${[...shape.type.def.values][0]}: ${keys.slice(HEAD.length).join(', ')}`;
    });
    expect(rows).toEqual(schemas);
  });

  it('names the reasons, outcomes and bounds that are compiled in', () => {
    expect(page).toContain(HANGUP_REASONS.map((reason) => `\`${reason}\``).join(', '));
    expect(page).toContain(CALL_OUTCOMES.map((outcome) => `\`${outcome}\``).join(', '));
    expect(page).toContain(`\`leg\` (1 to ${LEGS})`);
    expect(page).toContain(`1 to ${CANDIDATES_PER_SIGNAL} ICE candidates`);
    expect(page).toContain(`${limits.EARLY_PER_DEVICE} of one device and ${limits.EARLY_IN_ALL} in all`);
    expect(page).toContain(`(${limits.REMEMBERED_CALLS} calls)`);
  });

  it('has the times of the states', () => {
    const seconds = (state: string) => /^\| [^|]*\| (.*?)(\d+) s/m.exec(page.slice(page.indexOf(`| ${state}`)))?.[2];
    expect(seconds('calling, nobody')).toBe(String(limits.PREPARING_MS / 1_000));
    expect(seconds('calling, ringing')).toBe(String(limits.RINGING_MS / 1_000));
    expect(seconds('answering')).toBe(String(limits.ANSWERING_MS / 1_000));
    expect(seconds('declining')).toBe(String(limits.ANSWERING_MS / 1_000));
    expect(seconds('connecting')).toBe(String(limits.CONNECTING_MS / 1_000));
    expect(seconds('handing over')).toBe(String(limits.HANDOVER_MS / 1_000));
    expect(page).toContain(`ICE restart after ${limits.RESTART_AFTER_MS / 1_000} s`);
    expect(page).toContain(`; ${limits.INTERRUPTED_MS / 1_000} s in all`);
    expect(limits.SIGNAL_MS).toBe(limits.RINGING_MS);
    expect(limits.REMEMBERED_MS).toBe(120_000);
  });
});
