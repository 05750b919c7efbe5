import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CallCloud } from '../../support/call-cloud.ts';
import { CallPeople } from '../../support/call-people.ts';

/** Nobody rings, waits or is busy for longer after the other side has gone (CALLS.md, section 3), with room for a busy machine. Milliseconds. */
const LONGEST = 75_000;

let cloud: CallCloud;
let people: CallPeople;
beforeAll(async () => {
  cloud = await CallCloud.start();
  await cloud.run('relay');
  people = await CallPeople.meet(cloud.url);
}, 240_000);
afterAll(async () => {
  await people?.close();
  await cloud?.close();
});

const within = <T>(look: () => T) => expect.poll(look, { timeout: LONGEST, interval: 100 });

describe('a browser that is killed', () => {
  it('by the callee while people talk ends the call at the caller; by the caller while it rings ends the ringing', async () => {
    const { alice, phone, laptop, ids, browsers } = people;
    const talk = await alice.place(ids.bob);
    await within(() => laptop.phase(talk)).toBe('ringing');
    await laptop.accept(talk);
    for (const device of [alice, laptop]) await within(() => device.phase(talk)).toBe('connected');
    browsers[1].kill();
    const gone = performance.now();
    await within(() => alice.phase(talk)).toMatch(/^ended/);
    console.log(`the call ended ${Math.round(performance.now() - gone)} ms after the callee's browser was killed`);
    void phone;
  });
});
