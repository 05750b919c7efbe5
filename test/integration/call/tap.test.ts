import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CallBrowsers } from '../../support/call-browsers.ts';
import { connect, mediaFlows } from '../../support/call-peer.ts';
import { Capture } from '../../support/capture.ts';
import { launchChromium } from '../../support/chromium.ts';
import { Coturn } from '../../support/coturn.ts';
import { kindOf, unwrapped } from '../../support/datagrams.ts';
import { type PageServer, servePage } from '../../support/page-server.ts';
import { pictureIn } from '../../support/pictures.ts';

const BOTH = { microphone: true, camera: true };

let coturn: Coturn;
let pages: PageServer;
beforeAll(async () => {
  [coturn, pages] = await Promise.all([Coturn.start(), servePage('./call-page.ts')]);
});
afterAll(() => Promise.all([coturn?.kill(), pages?.close()]));

/** The media that pass the relay while something happens: what came to it, and what it sent on. */
async function tapped(happens: () => Promise<void>): Promise<Buffer[]> {
  const capture = await Capture.start(`udp port ${coturn.port}`);
  const failure = await happens().catch((error: unknown) => error);
  const packets = await capture.stop();
  if (failure !== undefined) throw failure;
  return packets.map(({ data }) => unwrapped(data)).filter((data) => kindOf(data) === 'rtp');
}

const picturesIn = (packets: readonly Buffer[]) => packets.flatMap((packet) => pictureIn(packet) ?? []);

describe('whoever listens at the relay', () => {
  it('finds no picture in a call', async () => {
    const browsers = await CallBrowsers.launch();
    try {
      const packets = await tapped(async () => {
        const caller = await browsers.open(0, [coturn.server('udp')], 'relay');
        const callee = await browsers.open(1, [coturn.server('udp')], 'relay');
        await connect(caller, callee);
        await Promise.all([caller.send(BOTH), callee.send(BOTH)]);
        await mediaFlows(caller, callee);
      });
      expect(packets.length).toBeGreaterThan(100);
      expect(picturesIn(packets)).toEqual([]);
    } finally {
      await browsers.close();
    }
  });

  it('would find them without encryption, as in a browser that is told to leave it out', async () => {
    const browser = await launchChromium([
      '--use-fake-device-for-media-stream',
      '--use-fake-ui-for-media-stream',
      '--disable-webrtc-encryption',
    ]);
    try {
      const tab = await browser.newPage();
      await tab.goto(pages.url);
      const packets = await tapped(() => tab.evaluate(callItself, coturn.server('udp')));
      expect(picturesIn(packets)).toContainEqual({ width: 640, height: 480 });
    } finally {
      await browser.close();
    }
  });
});

/** In the page: two peer connections, a camera, the relay, until a picture has been decoded. */
async function callItself(relay: { urls: readonly string[]; username: string; credential: string }): Promise<void> {
  const configuration: RTCConfiguration = {
    iceServers: [{ ...relay, urls: [...relay.urls] }],
    iceTransportPolicy: 'relay',
    bundlePolicy: 'max-bundle',
  };
  const [one, other] = [new RTCPeerConnection(configuration), new RTCPeerConnection(configuration)];
  one.onicecandidate = ({ candidate }) => void (candidate && other.addIceCandidate(candidate));
  other.onicecandidate = ({ candidate }) => void (candidate && one.addIceCandidate(candidate));
  const stream = await navigator.mediaDevices.getUserMedia({ video: { width: 640, height: 480 } });
  for (const track of stream.getTracks()) {
    const codecs = RTCRtpSender.getCapabilities('video')?.codecs ?? [];
    one.addTransceiver(track).setCodecPreferences(codecs.filter(({ mimeType }) => mimeType === 'video/VP8'));
  }
  const played = new Promise<void>((resolve) => {
    other.ontrack = ({ track }) => {
      const player = document.createElement('video');
      player.srcObject = new MediaStream([track]);
      player.muted = true;
      player.requestVideoFrameCallback(() => resolve());
      void player.play();
    };
  });
  await one.setLocalDescription();
  if (one.localDescription) await other.setRemoteDescription(one.localDescription);
  await other.setLocalDescription();
  if (other.localDescription) await one.setRemoteDescription(other.localDescription);
  await played;
}
