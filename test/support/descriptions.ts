import fc from 'fast-check';
import type { Description } from '../../client/call/webrtc/description.ts';

export const DESCRIPTION: Description = {
  ufrag: '+fBs',
  password: 'mKwjXjYHGDwdIlgQGk4ds+14',
  fingerprint: Array.from({ length: 32 }, (_, i) => (i + 160).toString(16).toUpperCase()).join(':'),
  opus: 111,
  vp8: 96,
  retransmission: 97,
  midExtension: 4,
  congestionExtension: 3,
  audioSource: 1987058882,
  videoSource: 2588075678,
  retransmissionSource: 4142068754,
};

const iceCharacters = (minLength: number, maxLength: number) =>
  fc.string({
    unit: fc.constantFrom(...'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+/'),
    minLength,
    maxLength,
  });
const distinct = (count: number, values: fc.Arbitrary<number>) =>
  fc.uniqueArray(values, { minLength: count, maxLength: count });

/** Every description that a device may send. */
export const anyDescription: fc.Arbitrary<Description> = fc
  .record({
    ufrag: iceCharacters(4, 32),
    password: iceCharacters(22, 64),
    bytes: fc.uint8Array({ minLength: 32, maxLength: 32 }),
    types: distinct(3, fc.oneof(fc.integer({ min: 35, max: 63 }), fc.integer({ min: 96, max: 127 }))),
    extensions: distinct(2, fc.integer({ min: 1, max: 14 })),
    sources: distinct(3, fc.integer({ min: 1, max: 0xffff_ffff })),
  })
  .map(({ ufrag, password, bytes, types, extensions, sources }) => ({
    ufrag,
    password,
    fingerprint: Array.from(bytes, (byte) => byte.toString(16).toUpperCase().padStart(2, '0')).join(':'),
    opus: types[0] ?? 0,
    vp8: types[1] ?? 0,
    retransmission: types[2] ?? 0,
    midExtension: extensions[0] ?? 0,
    congestionExtension: extensions[1] ?? 0,
    audioSource: sources[0] ?? 0,
    videoSource: sources[1] ?? 0,
    retransmissionSource: sources[2] ?? 0,
  }));
