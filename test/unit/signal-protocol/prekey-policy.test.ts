import { describe, expect, it } from 'vitest';
import { expiredPreKeys, preKeyDuties, RETENTION_MS, ROTATION_MS } from '../../../client/signal-protocol/index.ts';

const NOW = 1_800_000_000_000;
const fresh = { signedPreKeyCreatedAt: NOW, lastResortCreatedAt: NOW, oneTimePreKeys: 100, oneTimeKyberPreKeys: 100 };
const none = { rotateSignedPreKey: false, rotateLastResort: false, generatePreKeys: 0, generateKyberPreKeys: 0 };

describe('prekey policy', () => {
  it('asks for nothing while everything is fresh', () => {
    expect(preKeyDuties(fresh, NOW)).toEqual(none);
    expect(preKeyDuties({ ...fresh, oneTimePreKeys: 25 }, NOW)).toEqual(none);
  });

  it('asks for everything at the start', () => {
    const empty = {
      signedPreKeyCreatedAt: undefined,
      lastResortCreatedAt: undefined,
      oneTimePreKeys: 0,
      oneTimeKyberPreKeys: 0,
    };
    expect(preKeyDuties(empty, NOW)).toEqual({
      rotateSignedPreKey: true,
      rotateLastResort: true,
      generatePreKeys: 100,
      generateKyberPreKeys: 100,
    });
  });

  it('fills each kind up to a full batch on its own', () => {
    expect(preKeyDuties({ ...fresh, oneTimePreKeys: 24 }, NOW)).toEqual({ ...none, generatePreKeys: 76 });
    expect(preKeyDuties({ ...fresh, oneTimeKyberPreKeys: 3 }, NOW)).toEqual({ ...none, generateKyberPreKeys: 97 });
  });

  it('rotates after two days, and when the clock was set back', () => {
    const at = (signedPreKeyCreatedAt: number) =>
      preKeyDuties({ ...fresh, signedPreKeyCreatedAt }, NOW).rotateSignedPreKey;
    expect([at(NOW - ROTATION_MS + 1), at(NOW - ROTATION_MS), at(NOW + 1)]).toEqual([false, true, true]);
  });

  it('forgets replaced keys after their retention, never the newest', () => {
    const old = { createdAt: NOW - ROTATION_MS - RETENTION_MS - 1 };
    const kept = { createdAt: NOW - RETENTION_MS };
    expect(expiredPreKeys([old, kept], NOW)).toEqual([old]);
    expect(expiredPreKeys([old], NOW)).toEqual([]);
    expect(expiredPreKeys([], NOW)).toEqual([]);
  });
});
