import { describe, expect, it } from 'vitest';
import { commitmentTo } from '../../../../client/call/machine/commitment.ts';
import { EARLY_IN_ALL, EARLY_PER_DEVICE } from '../../../../client/call/machine/limits.ts';
import type { CallEffect, CallEvent } from '../../../../client/call/machine/types.ts';
import type { MediaEvent } from '../../../../client/call/media.ts';
import { ALL, CALL, effectsOf, entries, kinds, leg, ringing, signal, talking, tell } from './people.ts';
import { accept, place, settle } from './schedules.ts';
import {
  arrive,
  deliver,
  deviceOf,
  happen,
  newWorld,
  pass,
  phase,
  randomOf,
  signalOf,
  viewsOf,
  type World,
  work,
} from './world.ts';

const ON = { call: 'c1', leg: 1 };
const RELAYED = {
  candidate: 'candidate:1 1 udp 41885695 192.0.2.9 50000 typ relay raddr 0.0.0.0 rport 0',
  mid: '0',
} as const;
const HOST = { candidate: 'candidate:1 1 udp 2122260223 192.0.2.1 4000 typ host', mid: '0' } as const;
const SLY = { candidate: 'candidate:1 1 udp 2122260223 192.0.2.1 4000 typ host x typ relay', mid: '0' } as const;

const media = (peer: string, event: MediaEvent, number = 1): CallEvent => ({
  kind: 'media',
  name: leg(peer, number),
  event,
});
const ofKind = <Kind extends CallEffect['kind']>(effects: readonly CallEffect[], kind: Kind) =>
  effects.filter((effect): effect is Extract<CallEffect, { kind: Kind }> => effect.kind === kind);
const said = (effects: readonly CallEffect[]) => ofKind(effects, 'say').map((effect) => effect.said);

/** A1 and B1 in a call where not both allow a direct path. */
function relayed(): World {
  const timer = { seconds: 0, version: 0 } as const;
  const devices = [{ device: 1, random: randomOf('r') }];
  const event = {
    kind: 'place',
    call: 'c1',
    entry: 'e',
    account: 'B',
    devices,
    media: 'audio',
    direct: false,
    timer,
  } as const;
  return settle(accept(settle(happen(newWorld(ALL), 'A1', event)), 'B1', 'c1'));
}

describe('paths (T4)', () => {
  it('only what is relayed is told or taken, unless both allow a direct path', () => {
    const world = relayed();
    for (const candidate of [HOST, SLY]) {
      expect(effectsOf(world, 'A1', media('B1', { kind: 'candidate', generation: 0, candidate }))).toEqual([]);
      expect(
        effectsOf(
          world,
          'B1',
          signal('A1', 'B1', { type: 'call-candidates', ...ON, generation: 0, candidates: [candidate] }),
        ),
      ).toEqual([]);
    }
    expect(
      said(effectsOf(world, 'A1', media('B1', { kind: 'candidate', generation: 0, candidate: RELAYED }))),
    ).toHaveLength(1);
    const all = { type: 'call-candidates', ...ON, generation: 0, candidates: [HOST, RELAYED] } as const;
    const added = ofKind(
      effectsOf(world, 'B1', signal('A1', 'B1', { ...all, candidates: [...all.candidates] })),
      'add',
    );
    expect(added.flatMap(({ candidates }) => candidates)).toEqual([RELAYED]);
  });

  it('where both allow it, an own address waits for the answer, and a relayed one for the offer', () => {
    const world = settle(place(newWorld(ALL), CALL));
    const host = happen(world, 'A1', media('B1', { kind: 'candidate', generation: 0, candidate: HOST }));
    expect(host.network).toEqual([]);
    const answer = {
      type: 'call-answer',
      ...ON,
      camera: false,
      direct: true,
      random: randomOf('x'),
      sdp: 'x',
    } as const;
    const told = said(effectsOf(host, 'A1', signal('B1', 'A1', answer)));
    expect(told).toContainEqual({ type: 'call-candidates', ...ON, generation: 0, candidates: [HOST] });
    expect(
      said(effectsOf(host, 'A1', signal('B1', 'A1', { ...answer, direct: false }))).map(({ type }) => type),
    ).not.toContain('call-candidates');
    const placed = happen(
      place(newWorld(ALL), CALL),
      'A1',
      media('B1', { kind: 'candidate', generation: 0, candidate: RELAYED }),
    );
    const [job] = deviceOf(placed, 'A1').jobs;
    const sent = job ? work(placed, 'A1', job) : placed;
    expect(sent.network.map(({ letter }) => letter.kind === 'signal' && letter.signal.type)).toEqual([
      'call-offer',
      'call-candidates',
    ]);
  });

  it('a direct path is sought by the offerer, after the first connection, where both allow it', () => {
    const generations = (world: World) => deviceOf(world, 'A1').state.calls.map(({ legs }) => legs[0]?.generation);
    expect(generations(talking())).toEqual([1]);
    expect(generations(relayed())).toEqual([0]);
  });
});

describe('an interrupted path', () => {
  const broken = (key: string, peer: string) => happen(relayed(), key, media(peer, { kind: 'interrupted' }));

  it('is restarted by the offerer after two seconds, with relay candidates alone', () => {
    const world = { ...broken('A1', 'B1') };
    expect(kinds(effectsOf({ ...world, now: world.now + 1_999 }, 'A1', { kind: 'time' }))).toEqual([]);
    const restarts = ofKind(effectsOf({ ...world, now: world.now + 2_000 }, 'A1', { kind: 'time' }), 'restart');
    expect(restarts).toEqual([{ kind: 'restart', name: leg('B1'), generation: 1, offer: undefined, policy: 'relay' }]);
  });

  it('is asked for by the answerer, and comes back', () => {
    const wanted = pass(broken('B1', 'A1'), 2_000);
    expect(said(effectsOf({ ...broken('B1', 'A1'), now: wanted.now }, 'B1', { kind: 'time' }))).toEqual([
      { type: 'call-restart', ...ON, generation: 1, kind: 'wanted', sdp: null },
    ]);
    const world = happen(settle(wanted), 'B1', media('A1', { kind: 'connected' }));
    expect(phase(world, 'B1', 'c1')).toBe('connected');
    expect(deviceOf(world, 'A1').state.calls[0]?.legs[0]).toMatchObject({ generation: 1, answered: 1 });
  });

  it('ends the call after 30 seconds', () => {
    const world = pass(broken('A1', 'B1'), 30_000);
    expect(phase(world, 'A1', 'c1')).toBe('ended: failed');
    expect(entries(world, 'A1').at(-1)).toMatchObject({ outcome: 'answered', seconds: 30 });
  });

  it('another certificate ends the call at once (T11)', () => {
    const effects = effectsOf(relayed(), 'A1', media('B1', { kind: 'failed', reason: 'certificate' }));
    expect(kinds(effects)).toEqual(['call-hangup', 'close', 'entry', 'changed']);
  });

  it('restarts of old generations, and second answers, are ignored', () => {
    const world = settle(pass(broken('A1', 'B1'), 2_000));
    const restart = { type: 'call-restart', ...ON, generation: 1, sdp: 'x' } as const;
    expect(effectsOf(world, 'A1', signal('B1', 'A1', { ...restart, kind: 'answer' }))).toEqual([]);
    expect(effectsOf(world, 'A1', signal('B1', 'A1', { ...restart, kind: 'wanted', sdp: null }))).toEqual([]);
    expect(effectsOf(world, 'B1', signal('A1', 'B1', { ...restart, kind: 'offer' }))).toEqual([]);
    expect(kinds(effectsOf(world, 'B1', signal('A1', 'B1', { ...restart, generation: 2, kind: 'offer' })))).toEqual([
      'restart',
    ]);
  });

  it('of a relay that ends, the offerer restarts', () => {
    expect(kinds(effectsOf(relayed(), 'A1', { kind: 'relay-draining' }))).toEqual(['restart']);
    expect(kinds(effectsOf(relayed(), 'B1', { kind: 'relay-draining' }))).toEqual([]);
  });
});

describe('video, by consent', () => {
  const film = { kind: 'set-sending', call: 'c1', sending: { microphone: true, camera: true } } as const;
  const want = (wanted: boolean) => ({ kind: 'want-video', call: 'c1', wanted }) as const;
  const video = (world: World) => ['A1', 'B1'].map((key) => viewsOf(world, key)[0]?.video);

  it('a camera is refused until both want it', () => {
    const world = talking();
    expect(effectsOf(world, 'A1', film)).toEqual([]);
    const asked = settle(happen(world, 'A1', want(true)));
    expect(video(asked)).toEqual(['asked-by-us', 'asked-by-them']);
    expect(effectsOf(asked, 'A1', film)).toEqual([]);
    const agreed = settle(happen(asked, 'B1', want(true)));
    expect(video(agreed)).toEqual(['agreed', 'agreed']);
    expect(ofKind(effectsOf(agreed, 'A1', film), 'send')).toMatchObject([
      { sending: { microphone: true, camera: true } },
    ]);
  });

  it('the other side cannot agree for this one', () => {
    const state = { type: 'call-state', ...ON, revision: 9, microphone: true, camera: true, video: 'agreed' } as const;
    const world = tell(talking(), 'B1', 'A1', state);
    expect(viewsOf(world, 'A1')[0]?.video).toBe('asked-by-them');
    expect(effectsOf(world, 'A1', film)).toEqual([]);
  });

  it('ends when one does not want it any more, and needs a new gesture of both', () => {
    const both = settle(happen(settle(happen(talking(), 'A1', want(true))), 'B1', want(true)));
    const filming = settle(happen(both, 'A1', film));
    expect(viewsOf(filming, 'B1')[0]?.theirs).toEqual({ microphone: true, camera: true });
    const ended = settle(happen(filming, 'B1', want(false)));
    expect(video(ended)).toEqual(['off', 'off']);
    expect(viewsOf(ended, 'A1')[0]?.sending.camera).toBe(false);
    expect(video(settle(happen(ended, 'B1', want(true))))).toEqual(['asked-by-them', 'asked-by-us']);
  });

  it('that is refused is not asked for any more, and may be asked for anew', () => {
    const refused = settle(happen(settle(happen(talking(), 'A1', want(true))), 'B1', want(false)));
    expect(video(refused)).toEqual(['off', 'off']);
    expect(video(settle(happen(refused, 'A1', want(true))))).toEqual(['asked-by-us', 'asked-by-them']);
  });

  it('that was refused is not shown again before the other side has heard of it', () => {
    const asked = settle(happen(talking(), 'A1', want(true)));
    const refused = happen(asked, 'B1', want(false));
    const state = { type: 'call-state', ...ON, revision: 9, microphone: false, camera: false, video: 'asked' } as const;
    expect(viewsOf(tell(refused, 'A1', 'B1', state), 'B1')[0]?.video).toBe('off');
  });

  it('accepting a video call agrees, with the own camera as chosen', () => {
    const world = talking('video', false);
    expect(video(world)).toEqual(['agreed', 'agreed']);
    expect(viewsOf(world, 'A1')[0]?.sending.camera).toBe(true);
    expect(viewsOf(world, 'B1')[0]?.sending.camera).toBe(false);
    expect(viewsOf(talking('audio', true), 'B1')[0]?.sending.camera).toBe(false);
  });

  it('of states, the highest revision holds', () => {
    const state = { type: 'call-state', ...ON, microphone: true, camera: false, video: 'off' } as const;
    const world = tell(talking(), 'B1', 'A1', { ...state, revision: 9, microphone: false });
    expect(viewsOf(tell(world, 'B1', 'A1', { ...state, revision: 8 }), 'A1')[0]?.theirs.microphone).toBe(false);
  });
});

describe('handover', () => {
  const handing = () => settle(happen(talking(), 'A1', { kind: 'hand-over', call: 'c1', device: 2 }));

  it('goes on at the other device after a gesture there, and the old leg ends when the new one is heard', () => {
    const asked = handing();
    expect(phase(asked, 'A2', 'c1')).toBe('offered-here');
    expect(deviceOf(asked, 'A2').media).toEqual({});
    const world = settle(accept(asked, 'A2', 'c1'));
    expect(['A1', 'A2', 'B1'].map((key) => phase(world, key, 'c1'))).toEqual([
      'ended: moved',
      'connected',
      'connected',
    ]);
    expect(viewsOf(world, 'B1')[0]).toMatchObject({ device: 2, connectedAt: viewsOf(asked, 'B1')[0]?.connectedAt });
    expect(entries(world, 'A1').at(-1)?.outcome).toBe('ongoing');
    const ended = settle(happen(world, 'A2', { kind: 'hang-up', call: 'c1' }));
    expect(entries(ended, 'A2').at(-1)).toMatchObject({ outcome: 'answered', tell: true, note: false });
  });

  it('both legs run until then', () => {
    let world = accept(handing(), 'A2', 'c1');
    while (world.network.length > 0 || Object.values(world.devices).some(({ jobs }) => jobs.length > 0)) {
      const device = Object.values(world.devices).find(({ jobs }) => jobs.length > 0);
      const [job] = device?.jobs ?? [];
      const [letter] = world.network;
      if (letter) world = arrive({ ...world, network: world.network.slice(1) }, letter.to, letter.letter, 0);
      else if (device && job) world = work(world, device.key, job);
    }
    expect(Object.keys(deviceOf(world, 'B1').media)).toEqual(['c1/1/A1', 'c1/2/A2']);
    expect(phase(world, 'A1', 'c1')).toBe('connected');
  });

  it('is answered only for the device and the leg that the current device has announced', () => {
    const offer = {
      type: 'call-offer',
      call: 'c1',
      leg: 2,
      entry: 'e',
      media: 'audio',
      direct: true,
      commitment: 'x',
      timer: { seconds: 0, version: 0 },
      sdp: 'x',
    } as const;
    const transfer = { type: 'call-transfer', call: 'c1', leg: 2, device: 2 } as const;
    expect(kinds(effectsOf(talking(), 'B1', signal('A2', 'B1', offer)))).toEqual([]);
    expect(tell(talking(), 'A2', 'B1', transfer).devices.B1?.state.calls).toEqual(talking().devices.B1?.state.calls);
    const announced = tell(talking(), 'A1', 'B1', transfer);
    expect(kinds(effectsOf(announced, 'B1', signal('A3', 'B1', offer)))).toEqual([]);
    expect(kinds(effectsOf(announced, 'B1', signal('C2', 'B1', offer)))).toEqual([]);
    expect(kinds(effectsOf(announced, 'B1', signal('A2', 'B1', { ...offer, leg: 3 })))).toEqual([]);
    expect(kinds(effectsOf(announced, 'B1', signal('A2', 'B1', offer)))).toEqual(['open']);
    const handingOver = happen(talking(), 'B1', { kind: 'hand-over', call: 'c1', device: 2 });
    expect(kinds(effectsOf(handingOver, 'B1', signal('A2', 'B1', offer)))).toEqual([]);
    const early = tell(talking(), 'A2', 'B1', offer);
    expect(kinds(effectsOf(early, 'B1', signal('A1', 'B1', transfer)))).toEqual(['open']);
  });

  it('that comes to nothing leaves the old leg running', () => {
    const world = settle(pass(handing(), 60_000));
    expect(['A1', 'A2', 'B1'].map((key) => phase(world, key, 'c1'))).toEqual([
      'connected',
      'ended: elsewhere',
      'connected',
    ]);
    const taken = accept(handing(), 'A2', 'c1');
    const failed = settle(happen(taken, 'A2', { kind: 'media-error', name: leg('B1', 2), reason: 'media' }));
    expect(['A1', 'A2', 'B1'].map((key) => phase(failed, key, 'c1'))).toEqual([
      'connected',
      'ended: failed',
      'connected',
    ]);
    expect(entries(failed, 'A2')).toEqual([]);
  });

  it('whose new leg is given up after its offer leaves the old leg running', () => {
    let world = accept(handing(), 'A2', 'c1');
    const [job] = deviceOf(world, 'A2').jobs;
    if (job) world = work(world, 'A2', job);
    for (const sent of world.network) world = deliver(world, sent);
    expect(Object.keys(deviceOf(world, 'B1').media)).toEqual(['c1/1/A1', 'c1/2/A2']);
    const given = settle(happen(world, 'A2', { kind: 'hang-up', call: 'c1' }));
    expect(['A1', 'B1'].map((key) => phase(given, key, 'c1'))).toEqual(['connected', 'connected']);
    expect(Object.keys(deviceOf(given, 'B1').media)).toEqual(['c1/1/A1']);
  });

  it('to a device that does not want video, nothing is filmed', () => {
    const filming = talking('video', true);
    const next = { call: 'c1', leg: 2 };
    const timer = { seconds: 0, version: 0 } as const;
    const random = randomOf('x');
    let world = tell(filming, 'A1', 'B1', { type: 'call-transfer', ...next, device: 2 });
    const bound = {
      entry: 'e',
      media: 'audio',
      direct: true,
      commitment: commitmentTo(random),
      timer,
      sdp: 'x',
    } as const;
    world = tell(world, 'A2', 'B1', { type: 'call-offer', ...next, ...bound });
    const [job] = deviceOf(world, 'B1').jobs;
    if (job) world = work(world, 'B1', job);
    const confirm = signal('A2', 'B1', { type: 'call-confirm', ...next, device: 1, random });
    expect(ofKind(effectsOf(world, 'B1', confirm), 'send')).toEqual([
      { kind: 'send', name: leg('A2', 2), sending: { microphone: true, camera: false } },
    ]);
    world = happen(world, 'B1', confirm);
    for (const kind of ['connected', 'decoding'] as const) world = happen(world, 'B1', media('A2', { kind }, 2));
    expect(viewsOf(world, 'B1')[0]).toMatchObject({ device: 2, video: 'off', sending: { camera: false } });
  });

  it('a leg that is heard before its confirmation is not moved to', () => {
    let world = accept(handing(), 'A2', 'c1');
    const held = () => world.network.filter(({ to, letter }) => to === 'B1' && letter.kind === 'signal');
    for (let round = 0; round < 2; round++) {
      for (const { key, jobs } of Object.values(world.devices)) for (const job of jobs) world = work(world, key, job);
      for (const sent of held()) world = deliver(world, sent);
    }
    const [old, next] = ['A1', 'A2'].map((key) => viewsOf(world, key)[0]?.phase);
    expect([old, next]).toEqual(['connected', 'connecting']);
    for (const kind of ['connected', 'decoding'] as const) {
      world = happen(world, 'B1', media('A2', { kind }, 2));
      expect(viewsOf(world, 'B1')[0]?.device).toBe(1);
    }
    expect(viewsOf(settle(world), 'B1')[0]?.device).toBe(2);
  });

  it('with a random that was not committed to leaves the old leg running (T11)', () => {
    const transfer = { type: 'call-transfer', call: 'c1', leg: 2, device: 2 } as const;
    const offer = { type: 'call-offer', call: 'c1', leg: 2, entry: 'e', media: 'audio', direct: true } as const;
    const timer = { seconds: 0, version: 0 } as const;
    let world = tell(talking(), 'A1', 'B1', transfer);
    world = tell(world, 'A2', 'B1', { ...offer, commitment: 'x', timer, sdp: 'x' });
    const [job] = deviceOf(world, 'B1').jobs;
    if (job) world = work(world, 'B1', job);
    const confirm = { type: 'call-confirm', call: 'c1', leg: 2, device: 1, random: randomOf('x') } as const;
    expect(kinds(effectsOf(world, 'B1', signal('A2', 'B1', confirm)))).toEqual(['call-hangup', 'close']);
    expect(phase(tell(world, 'A2', 'B1', confirm), 'B1', 'c1')).toBe('connected');
  });

  it('of both people at once, that of the offerer of the leg holds', () => {
    const both = happen(talking(), 'A1', { kind: 'hand-over', call: 'c1', device: 2 });
    const world = settle(happen(both, 'B1', { kind: 'hand-over', call: 'c1', device: 2 }));
    expect(deviceOf(world, 'A1').state.calls[0]?.transfer).toMatchObject({ by: 'this', device: 2 });
    expect(deviceOf(world, 'B1').state.calls[0]?.transfer).toMatchObject({ by: 'other', device: 2 });
    const moved = settle(accept(world, 'A2', 'c1'));
    expect(['A2', 'B1'].map((key) => phase(moved, key, 'c1'))).toEqual(['connected', 'connected']);
  });
});

describe('early signals', () => {
  const state = (from: string, revision: number) => {
    const part = { account: from.slice(0, 1), device: Number(from.slice(1)) };
    const body = { type: 'call-state', ...ON, revision, microphone: false, camera: false, video: 'off' } as const;
    return { kind: 'signal', signal: signalOf(part, { account: 'B', device: 1 }, body) } as const;
  };
  const kept = (world: World) => deviceOf(world, 'B1').state.early.length;

  it('wait within their bounds, and 60 seconds', () => {
    let world = newWorld(ALL);
    for (let index = 0; index < 40; index++) world = arrive(world, 'B1', state('A1', index + 1), 0);
    expect(kept(world)).toBe(EARLY_PER_DEVICE);
    for (let device = 2; device < 12; device++) {
      for (let index = 0; index < 40; index++) world = arrive(world, 'B1', state(`A${device}`, index + 1), 0);
    }
    expect(kept(world)).toBe(EARLY_IN_ALL);
    expect(kept(pass(world, 59_999))).toBe(EARLY_IN_ALL);
    expect(kept(pass(world, 60_000))).toBe(0);
  });

  it('a state that overtakes the confirmation holds after it', () => {
    const world = settle(accept(arrive(ringing(), 'B1', state('A1', 9), 0), 'B1', 'c1'));
    expect(viewsOf(world, 'B1')[0]?.theirs.microphone).toBe(false);
  });
});
