import { describe, expect, it } from 'vitest';
import { readRecoveryPhrase } from '../../../../client/identity/recovery-phrase.ts';
import { readLinkCode, roomOf, writeLinkCode } from '../../../../client/linking/link-code.ts';
import { decodeLinkMessage, encodeLinkMessage } from '../../../../client/linking/link-messages.ts';
import { agree, commitTo, newEphemeral, opens } from '../../../../client/linking/link-secrets.ts';
import { seededBytes } from '../../../support/identities.ts';

const nonce = seededBytes('nonce');

describe('the agreement', () => {
  it('gives both devices the same keys and the same code', () => {
    const [device, holder] = [newEphemeral(), newEphemeral()];
    const agreement = { newDeviceKey: device.publicKey, holderKey: holder.publicKey, nonce };
    const atDevice = agree(device.secret, holder.publicKey, agreement);
    expect(atDevice).toEqual(agree(holder.secret, device.publicKey, agreement));
    expect(atDevice.shortCode).toMatch(/^[0-9]{3} [0-9]{3}$/);
    expect(atDevice.toHolder).not.toEqual(atDevice.toNewDevice);
  });

  it.each(['newDeviceKey', 'holderKey', 'nonce'] as const)('gives other keys with another %s', (part) => {
    const [device, holder] = [newEphemeral(), newEphemeral()];
    const agreement = { newDeviceKey: device.publicKey, holderKey: holder.publicKey, nonce };
    const other = { ...agreement, [part]: newEphemeral().publicKey };
    const [one, two] = [agreement, other].map((given) => agree(device.secret, holder.publicKey, given));
    expect(one?.toHolder).not.toEqual(two?.toHolder);
    expect(one?.toNewDevice).not.toEqual(two?.toNewDevice);
  });

  it('refuses a key of small order', () => {
    const device = newEphemeral();
    const holderKey = new Uint8Array(32);
    expect(() => agree(device.secret, holderKey, { newDeviceKey: device.publicKey, holderKey, nonce })).toThrow();
  });
});

describe('the commitment', () => {
  it('opens to one key for one device', () => {
    const [device, holder, other] = [newEphemeral(), newEphemeral(), newEphemeral()].map(({ publicKey }) => publicKey);
    if (!device || !holder || !other) throw new Error('three keys');
    const commitment = commitTo(holder, device);
    expect(opens(commitment, holder, device)).toBe(true);
    expect(opens(commitment, other, device)).toBe(false);
    expect(opens(commitment, holder, other)).toBe(false);
  });
});

describe('the code', () => {
  it('is the key, and no recovery phrase; the server is told of neither', () => {
    const { publicKey } = newEphemeral();
    const code = writeLinkCode(publicKey);
    expect(readLinkCode(code)).toEqual(publicKey);
    expect(readRecoveryPhrase(code)).toBeUndefined();
    expect(roomOf(publicKey)).not.toEqual(publicKey);
  });
});

describe('messages of linking', () => {
  const refusal = encodeLinkMessage({ kind: 'refuse' });

  it('are taken only where they are expected', () => {
    const offered = encodeLinkMessage({ kind: 'nonce', nonce });
    expect(decodeLinkMessage(offered, ['nonce'])).toEqual({ kind: 'nonce', nonce });
    expect(() => decodeLinkMessage(offered, ['offer', 'done'])).toThrow('tampered');
    expect(() => decodeLinkMessage(refusal, ['offer'])).toThrow('refused');
    expect(() => decodeLinkMessage(Uint8Array.of(1, 2), ['offer'])).toThrow('tampered');
  });
});
