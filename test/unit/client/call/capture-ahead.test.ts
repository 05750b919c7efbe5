import wrtc from '@roamhq/wrtc';
import { beforeEach, describe, expect, it } from 'vitest';
import { CaptureAhead } from '../../../../client/call/webrtc/capture-ahead.ts';

const newTrack = () => new wrtc.nonstandard.RTCAudioSource().createTrack();

let opened: MediaStreamTrack[];
/** Devices that are being opened. */
let waiting: ((track: MediaStreamTrack) => void)[];
let fails: boolean;
let ahead: CaptureAhead;

beforeEach(() => {
  [opened, waiting, fails] = [[], [], false];
  const open = async () => {
    if (fails) throw new Error('in use');
    const track = await new Promise<MediaStreamTrack>((resolve) => waiting.push(resolve));
    opened.push(track);
    return track;
  };
  ahead = new CaptureAhead({ microphone: open, camera: open });
});

/** Everything that is being opened is open. */
const finish = () => {
  for (const ready of waiting.splice(0)) ready(newTrack());
};

describe('a device that is opened ahead', () => {
  it('is handed over once, and opened anew for the next', async () => {
    ahead.prepare({ microphone: true, camera: false });
    ahead.prepare({ microphone: true, camera: false });
    expect(waiting).toHaveLength(1);
    const first = ahead.microphone();
    finish();
    expect(await first).toBe(opened[0]);
    const second = ahead.microphone();
    await Promise.resolve().then(() => {});
    finish();
    expect(await second).toBe(opened[1]);
  });

  it('is closed when nobody took it, also when it opens only then', async () => {
    ahead.prepare({ microphone: true, camera: true });
    const taken = ahead.microphone();
    ahead.release();
    finish();
    expect(await taken).toMatchObject({ readyState: 'live' });
    await expect.poll(() => opened.map(({ readyState }) => readyState)).toEqual(['live', 'ended']);
  });

  it('and was unplugged meanwhile is opened anew', async () => {
    ahead.prepare({ microphone: false, camera: true });
    finish();
    await expect.poll(() => opened.length).toBe(1);
    opened[0]?.stop();
    const camera = ahead.camera();
    await expect.poll(() => waiting.length).toBe(1);
    finish();
    expect(await camera).toBe(opened[1]);
  });

  it('and could not be is told to whoever wants it, and to nobody else', async () => {
    fails = true;
    ahead.prepare({ microphone: true, camera: true });
    await expect(ahead.microphone()).rejects.toThrow('in use');
    ahead.release();
  });
});
