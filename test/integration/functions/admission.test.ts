import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { afterEach, expect, it } from 'vitest';
import { ENVIRONMENT } from '../../../shared/environment.ts';
import { base64UrlEncode } from '../../../shared/protocol/base64url.ts';
import { invites } from '../../../shared/store/invites.ts';
import { type DeployedFunctions, startFunctions } from '../../support/deployed-functions.ts';
import { TestAccount } from '../../support/identities.ts';
import { devicePreKeys, refusalOf } from '../../support/people.ts';

const ISSUER = 'https://login.example';
const AUDIENCE = 'sotto';

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

async function start(variables: Record<string, string>): Promise<DeployedFunctions> {
  const functions = await startFunctions(variables);
  closing.push(() => functions.close());
  return functions;
}

async function create(functions: DeployedFunctions, seed: string, admission?: string): Promise<string> {
  const account = new TestAccount(seed);
  const guest = await functions.guest();
  const fields = { list: account.list, prekeys: devicePreKeys(account, 1), tokens: [] };
  return refusalOf(guest.request('account.create', admission === undefined ? fields : { ...fields, admission }));
}

it('an invite code admits one account until it expires; only an account uses it up', async () => {
  const functions = await start({ [ENVIRONMENT.admission]: 'invite' });
  const codes = invites(functions.tables.dynamo, functions.tables.names.ephemera, Date.now);
  await codes.issue('welcome', Date.now() + 60_000);
  await codes.issue('too late', Date.now());
  expect((await (await functions.guest()).request('hello', {})).admission).toBe('invite');
  expect(await create(functions, 'invited')).toBe('admission-refused');
  expect(await create(functions, 'invited', 'guess')).toBe('admission-refused');
  expect(await create(functions, 'invited', 'too late')).toBe('admission-refused');
  const wrong = { list: new TestAccount('invited').list, prekeys: devicePreKeys(new TestAccount('x'), 1), tokens: [] };
  const guest = await functions.guest();
  expect(await refusalOf(guest.request('account.create', { ...wrong, admission: 'welcome' }))).toBe('invalid-prekey');
  expect(await create(functions, 'invited', 'welcome')).toBe('none');
  expect(await create(functions, 'invited', 'welcome')).toBe('none');
  expect(await create(functions, 'uninvited', 'welcome')).toBe('admission-refused');
});

it('one invite code used by two at once admits one of them', async () => {
  const functions = await start({ [ENVIRONMENT.admission]: 'invite' });
  const codes = invites(functions.tables.dynamo, functions.tables.names.ephemera, Date.now);
  await codes.issue('one', Date.now() + 60_000);
  const outcomes = await Promise.all(['first', 'second'].map((seed) => create(functions, seed, 'one')));
  expect(outcomes.toSorted()).toEqual(['admission-refused', 'none']);
});

it('a JWT of the operator’s login admits; another issuer, audience, key, algorithm or time does not', async () => {
  const { publicKey, privateKey } = await generateKeyPair('ES256', { extractable: true });
  const stranger = await generateKeyPair('ES256');
  const jwks = JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), kid: 'one', alg: 'ES256' }] });
  const server = createServer((_request, response) => response.setHeader('content-type', 'application/json').end(jwks));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => server.close());
  const { port } = server.address() as AddressInfo;
  const functions = await start({
    [ENVIRONMENT.admission]: 'jwt',
    [ENVIRONMENT.jwtIssuer]: ISSUER,
    [ENVIRONMENT.jwtAudience]: AUDIENCE,
    [ENVIRONMENT.jwksUrl]: `http://127.0.0.1:${port}/keys`,
  });
  const token = (key: CryptoKey, { issuer = ISSUER, audience = AUDIENCE, expires = '1m', subject = 'somebody' } = {}) =>
    new SignJWT({})
      .setProtectedHeader({ alg: 'ES256', kid: 'one' })
      .setSubject(subject)
      .setIssuer(issuer)
      .setAudience(audience)
      .setExpirationTime(expires)
      .sign(key);
  const unsigned = `${base64UrlEncode(Buffer.from('{"alg":"none"}'))}.${base64UrlEncode(Buffer.from('{}'))}.`;

  expect(await create(functions, 'jwt', await token(privateKey, { issuer: 'https://evil.example' }))).toBe(
    'admission-refused',
  );
  expect(await create(functions, 'jwt', await token(privateKey, { audience: 'other' }))).toBe('admission-refused');
  expect(await create(functions, 'jwt', await token(privateKey, { expires: '1m ago' }))).toBe('admission-refused');
  expect(await create(functions, 'jwt', await token(stranger.privateKey))).toBe('admission-refused');
  expect(await create(functions, 'jwt', unsigned)).toBe('admission-refused');
  expect(await create(functions, 'jwt', 'no token')).toBe('admission-refused');
  expect(await create(functions, 'jwt')).toBe('admission-refused');
  expect(await create(functions, 'jwt', await token(privateKey))).toBe('none');

  // The same creation again is no new account; five a day are, for one login, and another login has its own five.
  expect(await create(functions, 'jwt', await token(privateKey))).toBe('none');
  for (const seed of ['second', 'third', 'fourth', 'fifth']) {
    expect(await create(functions, seed, await token(privateKey))).toBe('none');
  }
  expect(await create(functions, 'sixth', await token(privateKey))).toBe('rate-limited');
  expect(await create(functions, 'sixth', await token(privateKey, { subject: 'somebody else' }))).toBe('none');
});

it('a key set that cannot be had is trouble of the moment, not a refusal', async () => {
  const { privateKey } = await generateKeyPair('ES256');
  const functions = await start({
    [ENVIRONMENT.admission]: 'jwt',
    [ENVIRONMENT.jwtIssuer]: ISSUER,
    [ENVIRONMENT.jwtAudience]: AUDIENCE,
    [ENVIRONMENT.jwksUrl]: 'http://127.0.0.1:9/keys',
  });
  const jwt = new SignJWT({}).setProtectedHeader({ alg: 'ES256', kid: 'one' }).setSubject('s').setIssuer(ISSUER);
  const token = await jwt.setAudience(AUDIENCE).setExpirationTime('1m').sign(privateKey);
  expect(await create(functions, 'down', token)).toBe('unavailable');
});
