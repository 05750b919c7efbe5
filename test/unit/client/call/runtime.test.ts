import { setImmediate } from 'node:timers/promises';
import { beforeEach, describe, expect, it } from 'vitest';
import { LegDesk } from '../../../../client/call/leg-desk.ts';
import type { CallEvent, LegName } from '../../../../client/call/machine/types.ts';
import type { IceServer } from '../../../../client/call/media.ts';
import { RelayDesk } from '../../../../client/call/relay-desk.ts';
import { RelayError } from '../../../../client/call/relays.ts';
import { SignalDesk } from '../../../../client/call/signal-desk.ts';
import type { ReplyOf } from '../../../../shared/protocol/actions.ts';
import { CALL, candidatesOf } from '../../../support/calls.ts';
import { eventually } from '../../../support/eventually.ts';
import { FakeMedia, FakeNetwork } from '../../../support/fake-media.ts';
import { ManualClock } from '../../../support/manual-clock.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const NAME: LegName = { call: CALL, leg: 1, account: 'bob', device: 1 };
const ANSWER = `answer ${Array.from({ length: 32 }, () => 'EE').join(':')}`;
const server = (username: string): IceServer => ({ urls: [], username, credential: '' });

let clock: ManualClock;
beforeEach(() => {
  clock = new ManualClock(1_800_000_000_000);
});
const platform = {
  now: () => clock.now(),
  elapsed: () => clock.now(),
  after: (ms: number, done: () => void) => clock.after(ms, done),
};

describe('relays of a call', () => {
  let requests: number;
  let replies: ReplyOf<'relay.credentials'>[];
  let desk: RelayDesk;
  let failures: unknown[];
  beforeEach(() => {
    [requests, replies, failures] = [0, [], []];
    const ask = async () => {
      requests++;
      return replies.shift() ?? ready(`n${requests}`);
    };
    const rules = { ownHost: '127.0.0.1', tlsHosts: [] };
    desk = new RelayDesk({ ask, platform, rules, onFailure: (error) => failures.push(error) });
  });

  const ready = (username: string, host = '127.0.0.1') => ({
    status: 'ready' as const,
    relays: [
      {
        relay: 'r1',
        endpoints: [{ transport: 'udp' as const, host, port: 3478 }],
        username,
        password: 'p',
        expires: 0,
      },
    ],
  });
  const names = async (given: Promise<readonly IceServer[]>) => (await given).map(({ username }) => username);

  it('are asked for once, and again when it is time or a path is restarted', async () => {
    expect(await names(desk.get(CALL))).toEqual(['n1']);
    expect(await names(desk.get(CALL))).toEqual(['n1']);
    clock.advance(5 * MINUTE - 1);
    expect(requests).toBe(1);
    clock.advance(1);
    expect(requests).toBe(2);
    expect(await names(desk.get(CALL))).toEqual(['n2']);
    expect(await names(desk.renew(CALL))).toEqual(['n3']);
    clock.advance(5 * MINUTE);
    expect(requests).toBe(4);
    desk.forget(CALL);
    clock.advance(60 * MINUTE);
    expect(requests).toBe(4);
  });

  it('are waited for while one is being started, but not for ever', async () => {
    replies = [{ status: 'starting', relays: [], retryAfter: 5 * SECOND }, ready('late')];
    const got = names(desk.get(CALL));
    await eventually(() => requests).toBe(1);
    clock.advance(5 * SECOND - 1);
    expect(requests).toBe(1);
    await untilAsked(2);
    expect(await got).toEqual(['late']);

    replies = Array.from({ length: 100 }, () => ({ status: 'starting', relays: [], retryAfter: 5 * SECOND }) as const);
    const never = names(desk.renew(CALL));
    // Two before, and then one every five seconds from 0 to 80.
    await untilAsked(19);
    expect(await never).toEqual([]);
    expect(requests).toBe(19);
  });

  it('are not asked for any more when the call is over', async () => {
    replies = Array.from({ length: 10 }, () => ({ status: 'starting', relays: [], retryAfter: 5 * SECOND }) as const);
    const got = names(desk.get(CALL));
    await eventually(() => requests).toBe(1);
    desk.forget(CALL);
    await eventually(() => {
      clock.advance(SECOND);
      return Promise.race([got, Promise.resolve('waiting')]);
    }).toEqual([]);
    expect(requests).toBe(1);
  });

  /** Lets time pass whenever somebody waits for it. */
  async function untilAsked(times: number): Promise<void> {
    await eventually(() => {
      clock.advance(SECOND);
      return requests;
    }).toBe(times);
  }

  it('that are not allowed are not kept, and a failure is asked about again', async () => {
    replies = [ready('lie', '10.0.0.1')];
    await expect(desk.get(CALL)).rejects.toThrow(RelayError);
    expect(await names(desk.get(CALL))).toEqual(['n2']);
    expect(await desk.uses(CALL, 'r1')).toBe(true);
    expect(await desk.uses(CALL, 'r2')).toBe(false);
    expect(await desk.uses('another', 'r1')).toBe(false);
  });
});

describe('the media of a leg', () => {
  let media: FakeMedia;
  let events: CallEvent[];
  let failures: unknown[];
  let legs: LegDesk;
  let credentials: PromiseWithResolvers<readonly IceServer[]>;
  beforeEach(() => {
    media = new FakeMedia(new FakeNetwork());
    [events, failures, credentials] = [[], [], Promise.withResolvers()];
    const relays = { get: () => credentials.promise, renew: async () => [server('new')] };
    const dispatch = (event: CallEvent) => void events.push(event);
    legs = new LegDesk({ engine: media, relays, dispatch, onFailure: (error) => void failures.push(error) });
  });

  const open = (offer?: string, needsRelay = true) => legs.perform({ kind: 'open', name: NAME, offer, needsRelay });
  const kinds = () => events.map(({ kind }) => kind);

  it('is worked on in the order in which it was wanted, whatever takes how long', async () => {
    open();
    legs.perform({ kind: 'accept', name: NAME, sdp: ANSWER });
    legs.perform({ kind: 'add', name: NAME, generation: 0, candidates: candidatesOf(0).candidates });
    legs.perform({ kind: 'send', name: NAME, sending: { microphone: true, camera: false } });
    legs.perform({ kind: 'restart', name: NAME, generation: 1, offer: undefined, policy: 'relay' });
    const slow = Promise.withResolvers<void>();
    media.before = (work) => (work === 'accept' ? slow.promise : Promise.resolve());
    credentials.resolve([server('first')]);
    await eventually(() => media.legs[0]?.done).toEqual(['offer']);
    expect(media.legs[0]?.options).toMatchObject({ policy: 'relay', relays: [{ username: 'first' }] });
    slow.resolve();
    await eventually(kinds).toContain('restarted');
    expect(media.legs[0]?.done).toEqual(['offer', 'accept', 'add 0', 'send', 'restart 1 new']);
    expect(events.filter(({ kind }) => kind !== 'media')).toMatchObject([
      { kind: 'described', role: 'offer' },
      { kind: 'restarted', role: 'offer', generation: 1 },
    ]);
    expect(legs.carrying(CALL)).toBe(media.legs[0]);
  });

  it('says nothing any more once it is closed, and begins nothing', async () => {
    open();
    credentials.resolve([server('first')]);
    const slow = Promise.withResolvers<void>();
    media.before = () => slow.promise;
    await eventually(() => media.legs).toHaveLength(1);
    legs.perform({ kind: 'close', name: NAME });
    slow.resolve();
    media.legs[0]?.options.onEvent({ kind: 'connected' });
    expect(await legs.fingerprints(NAME)).toBeUndefined();
    await media.legs[0]?.offer().catch(() => {});
    expect([events, failures]).toEqual([[], []]);

    credentials = Promise.withResolvers();
    open();
    // It waits for credentials by then.
    await setImmediate();
    legs.perform({ kind: 'close', name: NAME });
    credentials.resolve([server('late')]);
    await setImmediate();
    expect(media.legs).toHaveLength(1);
    expect(legs.carrying(CALL)).toBeUndefined();
  });

  it('is not opened where there is no relay, unless both people allow a direct path', async () => {
    credentials.resolve([]);
    open();
    await eventually(() => events).toEqual([{ kind: 'media-error', name: NAME, reason: 'no-relay' }]);
    legs.perform({ kind: 'close', name: NAME });
    open(undefined, false);
    await eventually(kinds).toContain('described');
    expect(media.legs[0]?.options).toMatchObject({ policy: 'all', relays: [] });
  });

  it('that fails is told, with the reason', async () => {
    credentials.reject(new RelayError('relay-address', 'a lie'));
    open();
    await eventually(() => events).toEqual([{ kind: 'media-error', name: NAME, reason: 'no-relay' }]);
    credentials = Promise.withResolvers();
    credentials.resolve([server('first')]);
    open('nonsense');
    await eventually(() => events.at(-1)).toEqual({ kind: 'media-error', name: NAME, reason: 'media' });
    expect(failures).toHaveLength(2);
  });
});

describe('signals', () => {
  it('to one device leave one after the other, candidates together, and not behind those to another', async () => {
    const said: string[] = [];
    const answers: ((answer: boolean | 'fails') => void)[] = [];
    const events: CallEvent[] = [];
    const host = {
      say: (to: { device: number }, signal: { type: string }) => {
        const count = 'candidates' in signal && Array.isArray(signal.candidates) ? ` ${signal.candidates.length}` : '';
        said.push(`${signal.type}${count} to ${to.device}`);
        return new Promise<boolean>((resolve, reject) =>
          answers.push((answer) => (answer === 'fails' ? reject(new Error('no store')) : resolve(answer))),
        );
      },
    };
    const failures: unknown[] = [];
    const dispatch = (event: CallEvent) => void events.push(event);
    const desk = new SignalDesk({ host, dispatch, onFailure: (error) => void failures.push(error) });
    const say = (device: number, signal: ReturnType<typeof candidatesOf> | { type: 'call-ringing' }) =>
      desk.say({
        ...{ kind: 'say', to: { account: 'bob', device }, urgent: false, expires: 0 },
        said: { call: CALL, leg: 1, ...signal },
      });
    say(1, { type: 'call-ringing' });
    for (let i = 0; i < 10; i++) say(1, candidatesOf(0));
    say(1, candidatesOf(1));
    say(2, { type: 'call-ringing' });
    expect(said).toEqual(['call-ringing to 1', 'call-ringing to 2']);
    answers[0]?.(true);
    await eventually(() => said.at(-1)).toBe('call-candidates 8 to 1');
    answers[2]?.(true);
    await eventually(() => said.at(-1)).toBe('call-candidates 2 to 1');
    answers[3]?.('fails');
    await eventually(() => said).toHaveLength(5);
    const to = { call: CALL, leg: 1, account: 'bob', device: 1 };
    expect(events).toEqual([{ kind: 'undeliverable', to, type: 'call-candidates' }]);
    expect(failures).toHaveLength(1);

    let isIdle = false;
    void desk.idle().then(() => (isIdle = true));
    answers[1]?.(true);
    await Promise.resolve();
    expect(isIdle).toBe(false);
    answers[4]?.(false);
    await eventually(() => isIdle).toBe(true);
    expect(events).toHaveLength(2);
  });
});
