import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { CallCloud } from '../../support/call-cloud.ts';
import { CallPeople } from '../../support/call-people.ts';

/** Nobody rings, waits or is busy for longer after the other side has gone (CALLS.md, section 3); with room for a busy machine. Milliseconds. */
const LONGEST = 75_000;

let cloud: CallCloud;
let people: CallPeople;
beforeAll(async () => {
  cloud = await CallCloud.start();
  await cloud.run('relay');
}, 240_000);
afterAll(() => cloud?.close());
beforeEach(async () => {
  people = await CallPeople.meet(cloud.url);
}, 240_000);
afterEach(() => people.close());

const within = <T>(look: () => T) => expect.poll(look, { timeout: LONGEST, interval: 100 });

describe('a browser that is killed', () => {
  it('while people talk ends the call on the other side', async () => {
    const { alice, phone, ids, browsers } = people;
    const call = await alice.place(ids.bob);
    await within(() => phone.phase(call)).toBe('ringing');
    await phone.accept(call);
    for (const device of [alice, phone]) await within(() => device.phase(call)).toBe('connected');
    browsers[1].kill();
    const gone = performance.now();
    await within(() => alice.phase(call)).toBe('ended: failed');
    console.log(`the call ended ${Math.round(performance.now() - gone)} ms after the callee's browser was killed`);
    await within(async () => (await alice.entries(ids.bob)).at(-1)?.outcome).toBe('answered');
  });

  it('while it calls lets nobody ring for longer than a minute', async () => {
    const { alice, phone, laptop, ids, browsers } = people;
    const call = await alice.place(ids.bob);
    for (const device of [phone, laptop]) await within(() => device.phase(call)).toBe('ringing');
    browsers[0].kill();
    const gone = performance.now();
    for (const device of [phone, laptop]) await within(() => device.phase(call)).toBe('ended: missed');
    console.log(`the ringing ended ${Math.round(performance.now() - gone)} ms after the caller's browser was killed`);
    for (const device of [phone, laptop])
      await within(async () => (await device.entries(ids.alice)).at(-1)?.outcome).toBe('missed');
  });
});
