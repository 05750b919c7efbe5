import { base64UrlDecode, base64UrlEncode } from '../../shared/protocol/base64url.ts';
import { utf8 } from '../../shared/protocol/bytes.ts';
import { type Frame, type ManInTheMiddle, startManInTheMiddle } from '../adversary/man-in-the-middle.ts';

/** A server that can be told to lie: it puts a device of its own into every device list that it hands out. */
export interface Liar extends ManInTheMiddle {
  lies: boolean;
}

export async function startLiar(upstream: string): Promise<Liar> {
  const state = { lies: false };
  const proxy = await startManInTheMiddle(upstream, {
    fromClient: () => {},
    fromServer: (frame, line) => line.tell(state.lies ? withGhost(frame) : frame),
  });
  return Object.assign(state, proxy);
}

function withGhost(frame: Frame): Frame {
  if (!Array.isArray(frame.lists)) return frame;
  return {
    ...frame,
    lists: frame.lists.map((list) => (isSigned(list) ? { ...list, payload: haunted(list.payload) } : list)),
  };
}

const isSigned = (list: unknown): list is { payload: string } =>
  typeof list === 'object' && list !== null && 'payload' in list && typeof list.payload === 'string';

/** The first device once more, under another id. */
function haunted(payload: string): string {
  const list = JSON.parse(new TextDecoder().decode(base64UrlDecode(payload)));
  const ghost = { ...list.devices[0], id: 99 };
  return base64UrlEncode(utf8(JSON.stringify({ ...list, devices: [...list.devices, ghost] })));
}
