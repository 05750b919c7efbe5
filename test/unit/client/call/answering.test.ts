import { describe, expect, it } from 'vitest';
import { commitmentTo } from '../../../../client/call/machine/commitment.ts';
import { CALL, effectsOf, entries, kinds, leg, mail, ringing, signal, talking, tell } from './people.ts';
import { accept, place, settle } from './schedules.ts';
import { crash, deliver, deviceOf, happen, newWorld, pass, phase, randomOf, work } from './world.ts';

const ON = { call: 'c1', leg: 1 };

describe('calling', () => {
  it('opens a leg for each device, and offers each something of its own', () => {
    const placed = place(newWorld(['A1', 'B1', 'B2']), CALL);
    expect(deviceOf(placed, 'A1').jobs).toHaveLength(2);
    const [first, second] = deviceOf(placed, 'A1').jobs;
    const offered = [first, second].reduce((world, job) => (job ? work(world, 'A1', job) : world), placed);
    const commitments = offered.network.map(({ letter }) =>
      letter.kind === 'signal' && letter.signal.type === 'call-offer' ? letter.signal.commitment : undefined,
    );
    expect(commitments).toEqual(['B1', 'B2'].map((to) => commitmentTo(randomOf(`A1${to}c1`))));
  });

  it('shows which devices ring', () => {
    const world = ringing();
    expect(phase(world, 'A1', 'c1')).toBe('calling');
    expect(['B1', 'B2'].map((key) => phase(world, key, 'c1'))).toEqual(['ringing', 'ringing']);
  });

  it('is refused during a call', () => {
    const world = talking();
    const refused = deviceOf(place(world, { ...CALL, call: 'c8', to: ['C1'] }), 'A1');
    expect(refused.state).toEqual(deviceOf(world, 'A1').state);
    expect(refused.jobs).toEqual([]);
  });

  it('ends unreachable when no device can be reached, and not before', () => {
    const undeliverable = (device: number) =>
      ({ kind: 'undeliverable', to: leg(`B${device}`), type: 'call-offer' }) as const;
    const one = happen(ringing(), 'A1', undeliverable(1));
    expect(phase(one, 'A1', 'c1')).toBe('calling');
    expect(phase(happen(one, 'A1', undeliverable(2)), 'A1', 'c1')).toBe('ended: unreachable');
    expect(phase(place(newWorld(['A1']), { ...CALL, to: [] }), 'A1', 'c1')).toBe('ended: unreachable');
  });
});

describe('the gesture (T1, T3, T12)', () => {
  it('before it, an offer is told to ring and does nothing else', () => {
    const offer = {
      type: 'call-offer',
      ...ON,
      entry: 'e',
      media: 'video',
      direct: true,
      timer: { seconds: 0, version: 0 },
      sdp: 'x',
    } as const;
    const event = signal('A1', 'B1', { ...offer, commitment: commitmentTo(randomOf('x')) });
    expect(kinds(effectsOf(newWorld(['B1']), 'B1', event))).toEqual(['call-ringing', 'changed']);
  });

  it('before it, candidates wait', () => {
    const candidates = [{ candidate: 'candidate:1 1 udp 1 192.0.2.9 5000 typ relay', mid: '0' }] as const;
    const early = tell(ringing(), 'A1', 'B1', {
      type: 'call-candidates',
      ...ON,
      generation: 0,
      candidates: [...candidates],
    });
    expect(early.network).toEqual([]);
    const claimed = accept(early, 'B1', 'c1');
    expect(kinds(effectsOf(claimed, 'B1', { kind: 'claimed', call: 'c1', by: 'this' }))).toEqual(['open', 'add']);
  });

  it('cannot be stood in for by a claim, a confirmation or an answer', () => {
    const world = ringing();
    expect(effectsOf(world, 'B1', { kind: 'claimed', call: 'c1', by: 'this' })).toEqual([]);
    expect(effectsOf(world, 'B1', { kind: 'claimed', call: 'c1', by: undefined })).toEqual([]);
    const random = randomOf('A1B1c1');
    expect(effectsOf(world, 'B1', signal('A1', 'B1', { type: 'call-confirm', ...ON, device: 1, random }))).toEqual([]);
    const answer = { type: 'call-answer', ...ON, camera: true, direct: true, random, sdp: 'x' } as const;
    expect(effectsOf(world, 'B1', signal('A1', 'B1', answer))).toEqual([]);
  });
});

describe('roles (T2)', () => {
  it.each([
    ['a confirmation to the caller', { type: 'call-confirm', ...ON, device: 1, random: randomOf('x') }],
    [
      'a restart of the offerer, from the answerer',
      { type: 'call-restart', ...ON, generation: 1, kind: 'offer', sdp: 'x' },
    ],
    ['a second answer', { type: 'call-answer', ...ON, camera: true, direct: true, random: randomOf('x'), sdp: 'x' }],
    [
      'an offer',
      {
        type: 'call-offer',
        ...ON,
        entry: 'e',
        media: 'audio',
        direct: true,
        commitment: 'x',
        timer: { seconds: 0, version: 0 },
        sdp: 'x',
      },
    ],
  ] as const)('%s is ignored', (_, said) => {
    expect(effectsOf(talking(), 'A1', signal('B1', 'A1', said))).toEqual([]);
  });

  it('what is for a caller is ignored by the called device', () => {
    const answer = { type: 'call-answer', ...ON, camera: true, direct: true, random: randomOf('x'), sdp: 'x' } as const;
    const wanted = { type: 'call-restart', ...ON, generation: 1, kind: 'wanted', sdp: null } as const;
    for (const said of [answer, wanted]) expect(effectsOf(talking(), 'B1', signal('A1', 'B1', said))).toEqual([]);
  });

  it('an answer holds only from a device that was offered to', () => {
    const answer = {
      type: 'call-answer',
      ...ON,
      camera: false,
      direct: true,
      random: randomOf('x'),
      sdp: 'x',
    } as const;
    expect(effectsOf(ringing(), 'A1', signal('B9', 'A1', answer))).toEqual([]);
    expect(effectsOf(ringing(), 'A1', signal('C1', 'A1', answer))).toEqual([]);
    expect(kinds(effectsOf(ringing(), 'A1', signal('B1', 'A1', answer)))).toContain('accept');
  });
});

describe('answering', () => {
  it('connects the first that answers, and stops the others', () => {
    const world = talking();
    expect(['A1', 'B1', 'B2'].map((key) => phase(world, key, 'c1'))).toEqual([
      'connected',
      'connected',
      'ended: elsewhere',
    ]);
    expect(entries(world, 'B2')).toEqual([{ outcome: 'elsewhere', seconds: 0, tell: false, note: false }]);
    expect(entries(world, 'A1')).toEqual([{ outcome: 'ongoing', seconds: 0, tell: true, note: false }]);
  });

  it('the random is revealed to the device that answered, and to no other', () => {
    const answer = {
      type: 'call-answer',
      ...ON,
      camera: false,
      direct: true,
      random: randomOf('x'),
      sdp: 'x',
    } as const;
    const effects = effectsOf(ringing(), 'A1', signal('B2', 'A1', answer));
    const confirms = effects.flatMap((effect) =>
      effect.kind === 'say' && effect.said.type === 'call-confirm'
        ? [[effect.to.device, effect.said.device, effect.said.random, effect.urgent]]
        : [],
    );
    expect(confirms).toEqual([
      [1, 2, null, true],
      [2, 2, randomOf('A1B2c1'), false],
    ]);
    expect(kinds(effects).indexOf('send')).toBeGreaterThan(kinds(effects).lastIndexOf('call-confirm'));
    expect(effects).toContainEqual({ kind: 'close', name: leg('B1') });
  });

  it('goes on where the server cannot be asked, and of two that answer the caller takes one', () => {
    const both = accept(accept(ringing(), 'B1', 'c1'), 'B2', 'c1');
    const unasked = ['B1', 'B2'].reduce(
      (world, key) => happen(world, key, { kind: 'claimed', call: 'c1', by: undefined }),
      both,
    );
    const world = settle(unasked);
    expect(['A1', 'B1', 'B2'].map((key) => phase(world, key, 'c1'))).toEqual([
      'connected',
      'connected',
      'ended: elsewhere',
    ]);
  });

  it('ends where the revealed random is not what was committed to (T11)', () => {
    let world = accept(ringing(), 'B1', 'c1');
    for (const _ of ['claim', 'answer']) {
      const [job] = deviceOf(world, 'B1').jobs;
      if (job) world = work(world, 'B1', job);
    }
    const effects = effectsOf(
      world,
      'B1',
      signal('A1', 'B1', { type: 'call-confirm', ...ON, device: 1, random: randomOf('other') }),
    );
    expect(kinds(effects)).toEqual(['call-hangup', 'close', 'entry', 'changed']);
  });

  it('stops where another device of the person was faster', () => {
    const world = accept(settle(accept(ringing(), 'B1', 'c1')), 'B2', 'c1');
    expect(phase(world, 'B2', 'c1')).toBe('ended: elsewhere');
    const racing = accept(ringing(), 'B2', 'c1');
    expect(phase(happen(racing, 'B2', { kind: 'claimed', call: 'c1', by: 'other' }), 'B2', 'c1')).toBe(
      'ended: elsewhere',
    );
  });
});

describe('declining (T6)', () => {
  it('ends the call everywhere', () => {
    const world = settle(happen(ringing(), 'B2', { kind: 'decline', call: 'c1' }));
    expect(['A1', 'B1', 'B2'].map((key) => phase(world, key, 'c1'))).toEqual([
      'ended: declined',
      'ended: elsewhere',
      'ended: declined',
    ]);
    expect(entries(world, 'B2')).toEqual([{ outcome: 'declined', seconds: 0, tell: true, note: false }]);
    expect(entries(world, 'A1')).toEqual([{ outcome: 'declined', seconds: 0, tell: true, note: false }]);
  });

  it('late, ends no answered call', () => {
    const world = talking();
    for (const said of [
      { type: 'call-decline', ...ON },
      { type: 'call-busy', ...ON },
    ] as const) {
      expect(effectsOf(world, 'A1', signal('B2', 'A1', said))).toEqual([]);
      expect(effectsOf(world, 'A1', signal('B1', 'A1', said))).toEqual([]);
    }
    expect(effectsOf(world, 'B1', { kind: 'claimed', call: 'c1', by: 'other' })).toEqual([]);
    expect(effectsOf(world, 'A1', signal('B2', 'A1', { type: 'call-hangup', ...ON, reason: 'ended' }))).toEqual([]);
  });

  it('loses against an answer that claimed first', () => {
    const declined = happen(ringing(), 'B2', { kind: 'decline', call: 'c1' });
    const won = happen(declined, 'B2', { kind: 'claimed', call: 'c1', by: 'other' });
    expect(mail(won)).toEqual([]);
    expect(phase(won, 'B2', 'c1')).toBe('ended: elsewhere');
  });

  it('tells the caller without the server too, and leaves the person free at once', () => {
    const declined = happen(ringing(), 'B2', { kind: 'decline', call: 'c1' });
    expect(phase(declined, 'B2', 'c1')).toBe('ended: declined');
    expect(place(declined, { call: 'c9', by: 'B2', to: ['C1'], media: 'audio' }).placed).toContain('c9');
    expect(mail(pass(declined, 20_000))).toEqual(['call-decline to A1']);
  });
});

describe('a side that is gone (T9)', () => {
  it.each(['calling', 'answering', 'connected'])('leaves nobody busy: the caller, when %s', (when) => {
    const start = when === 'calling' ? ringing() : when === 'answering' ? accept(ringing(), 'B1', 'c1') : talking();
    let world = settle(crash(start, 'A1'));
    world = settle(pass(world, 30_000));
    world = settle(pass(world, 30_000));
    expect(['B1', 'B2'].map((key) => phase(world, key, 'c1')?.slice(0, 5) ?? 'ended')).toEqual(['ended', 'ended']);
  });

  it('a confirmation that is lost ends both sides', () => {
    let world = accept(ringing(), 'B1', 'c1');
    for (const _ of ['claim', 'answer']) {
      const [job] = deviceOf(world, 'B1').jobs;
      if (job) world = work(world, 'B1', job);
    }
    const answer = world.network.find(({ letter }) => letter.kind === 'signal' && letter.signal.type === 'call-answer');
    if (answer) world = deliver(world, answer);
    world = pass({ ...world, network: [] }, 20_000);
    expect(phase(world, 'B1', 'c1')).toBe('ended: failed');
    expect(phase(settle(world), 'A1', 'c1')).toBe('ended: failed');
  });
});
