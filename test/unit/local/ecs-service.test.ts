import { beforeEach, describe, expect, it } from 'vitest';
import { LocalService } from '../../../local/ecs/service.ts';
import { ManualClock } from '../../support/manual-clock.ts';

const MINUTE = 60_000;

let clock: ManualClock;
let service: LocalService;
let changes: number;
beforeEach(() => {
  clock = new ManualClock(0);
  changes = 0;
  service = new LocalService({ cluster: 'c', name: 's', desired: 2 }, clock);
  service.onChange(() => changes++);
});

const surplus = () => service.surplus.map(({ id }) => id);
const start = (...ids: string[]) => {
  for (const id of ids) service.started(id);
};

describe('a service', () => {
  it('wants as many tasks as it was told, and none beyond', () => {
    expect(service.missing).toBe(2);
    start('one', 'two');
    expect([service.missing, surplus()]).toEqual([0, []]);
    service.ended('one');
    expect(service.missing).toBe(1);
  });

  it('ends what is too many, but nothing that is protected, until that is over', () => {
    start('one', 'two');
    for (const id of ['one', 'two']) expect(service.protect(id, 15 * MINUTE)).toBe(true);
    service.update({ desiredCount: 1 });
    expect(surplus()).toEqual([]);
    service.protect('one', 0);
    expect(surplus()).toEqual(['one']);
    service.ended('one');
    service.update({ desiredCount: 0 });
    expect(surplus()).toEqual([]);
    const before = changes;
    clock.advance(15 * MINUTE);
    expect(surplus()).toEqual(['two']);
    expect(changes).toBeGreaterThan(before);
    expect(service.protect('three', MINUTE)).toBe(false);
  });

  it('replaces tasks by those of a new deployment, and has at most twice as many as are wanted', () => {
    start('one', 'two');
    service.update({ forceNewDeployment: true });
    expect([service.missing, surplus()]).toEqual([2, []]);
    start('three');
    expect(surplus()).toEqual([]);
    start('four');
    expect([service.missing, surplus()]).toEqual([0, ['two', 'one']]);
    service.update({ forceNewDeployment: true });
    expect([service.missing, surplus()]).toEqual([0, []]);
    service.ended('one');
    expect(service.missing).toBe(1);
  });
});
