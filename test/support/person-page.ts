// What the page of the call tests can do: a device of somebody, with the whole client. Runs in a browser.

import { browserMedia, browserPlatform, openBrowserStore } from '../../client/browser.ts';
import { ConversationCalls } from '../../client/conversation/conversation-calls.ts';
import { createAccount, joinAccount, type ShownCall, Sotto, WebRtcLeg } from '../../client/index.ts';
import { countMedia, type MediaCounts } from './media-counts.ts';

type Signal = Parameters<ConversationCalls['say']>[1];

/** What has been used of the browser since the page was loaded. */
const used = { connections: 0, devices: 0 };
/** What left for other devices about calls, and every candidate that the browser has found. */
const said: Signal[] = [];
const found: string[] = [];
/** The other side's certificate, as a tampered client would have it. */
let foreign: string | undefined;
const connections: RTCPeerConnection[] = [];
const failures: string[] = [];
/** Of each call, every phase that was shown. */
const phases = new Map<string, string[]>();
let joined: Promise<boolean> | undefined;
const code = Promise.withResolvers<string>();
let client: Sotto | undefined;

globalThis.RTCPeerConnection = class extends RTCPeerConnection {
  constructor(configuration?: RTCConfiguration) {
    super(configuration);
    used.connections++;
    connections.push(this);
    this.addEventListener('icecandidate', ({ candidate }) => candidate?.candidate && found.push(candidate.candidate));
  }
};

const { mediaDevices } = navigator;
const getUserMedia = mediaDevices.getUserMedia.bind(mediaDevices);
mediaDevices.getUserMedia = (constraints) => {
  used.devices++;
  return getUserMedia(constraints);
};

const say = ConversationCalls.prototype.say;
ConversationCalls.prototype.say = function (to, signal, options) {
  const told = foreign !== undefined && 'sdp' in signal && signal.sdp ? tampered(signal, foreign) : signal;
  said.push(told);
  return say.call(this, to, told, options);
};

/** From now on this device names a certificate in its descriptions that it does not have. */
export function nameCertificate(fingerprint: string): void {
  foreign = fingerprint;
}

function tampered<Said extends Signal>(signal: Said, fingerprint: string): Said {
  const sdp = 'sdp' in signal && signal.sdp ? signal.sdp.replace(/(?<=sha-256 )\S+/, fingerprint) : null;
  return { ...signal, sdp };
}

/** A new account on this device. */
export async function signUp(endpoint: string): Promise<void> {
  await createAccount(await optionsOf(endpoint));
  await start(endpoint);
}

/** Asks another device to be let into its account; {@link linkCode} is what that needs, {@link start} waits for it. */
export async function join(endpoint: string): Promise<void> {
  const options = await optionsOf(endpoint);
  joined = joinAccount(options, { name: 'another device', showCode: code.resolve, agree: async () => true });
}
export const linkCode = () => code.promise;
export const link = async (shown: string) => (await opened().linkDevice(shown)).confirm();

let store: Awaited<ReturnType<typeof openBrowserStore>> | undefined;
async function optionsOf(endpoint: string) {
  store ??= await openBrowserStore('call');
  return { endpoint, store, platform: browserPlatform };
}

/** With every start of the page. */
export async function start(endpoint: string): Promise<void> {
  await joined;
  const onFailure = (error: unknown) => void failures.push(String(error));
  const options = await optionsOf(endpoint);
  client = await Sotto.open({ ...options, calls: { media: browserMedia() }, onFailure });
  client.calls.onChange(({ call, phase }) => {
    phases.set(call, [...(phases.get(call) ?? []), phase]);
    play(call);
  });
}

export const account = () => opened().account;
export const device = () => opened().device;
export const contactLink = () => opened().contactLink;
export const addContact = (shown: string) => opened().addContact(shown);
export const send = (to: string, text: string) => opened().conversations.send(to, text);

/** Resolves when a conversation shows so many messages. */
export async function shows(peer: string, count: number): Promise<void> {
  const { conversations } = opened();
  const shown = Promise.withResolvers<void>();
  const look = async () => {
    if ((await conversations.messages(peer)).length === count) shown.resolve();
  };
  const stop = conversations.onChange(look);
  await look();
  await shown.promise;
  stop();
}
export const entries = async (peer: string) =>
  (await opened().conversations.messages(peer)).flatMap((message) => (message.call ? [message.call] : []));

export const place = (peer: string, media: 'audio' | 'video') => opened().calls.place(peer, { media });
export const accept = (call: string) => opened().calls.accept(call, { camera: true });
export const hangUp = (call: string) => opened().calls.hangUp(call);
export const calls = (): ShownCall[] => opened().calls.list();

export const phasesOf = (call: string) => phases.get(call) ?? [];
export const whatWasUsed = () => used;
export const whatWasSaid = () => said;
export const whatWasFound = () => found;
export const whatFailed = () => failures;
/** Of the connection that is open. */
export const counts = async (): Promise<MediaCounts> =>
  countMedia(await connections.findLast(({ connectionState }) => connectionState !== 'closed')?.getStats());

/** Chromium decodes sound only for somebody who listens. */
function play(call: string): void {
  const leg = opened().calls.media(call);
  if (!(leg instanceof WebRtcLeg) || leg.received.length === 0) return;
  const player = document.querySelector('video') ?? document.body.appendChild(document.createElement('video'));
  const [playing] = player.srcObject instanceof MediaStream ? player.srcObject.getTracks() : [];
  if (playing === leg.received[0]) return;
  player.srcObject = new MediaStream(leg.received);
  player.autoplay = true;
}

function opened(): Sotto {
  if (!client) throw new Error('no client is open in this page');
  return client;
}
