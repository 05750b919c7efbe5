import { ChatError } from './chat-error.ts';
import type { Command, Session } from './session.ts';

/** What can be typed after a slash about calls. */
export const CALL_COMMANDS: Readonly<Record<string, Command>> = {
  call: {
    usage: '/call [video] [direct]',
    does: 'call whom you write to; all their devices ring. direct: not through the relay, if they allow it too',
    async run(session, words) {
      if (!words.every((word) => word === 'video' || word === 'direct')) throw new ChatError('/call [video] [direct]');
      const account = session.current();
      const direct = words.includes('direct');
      if (direct) session.print(shows(session.names.of(account)));
      await session.client.calls.place(account, { media: words.includes('video') ? 'video' : 'audio', direct });
    },
  },
  pick: {
    usage: '/pick [direct]',
    does: 'answer the call that rings, or take over the one that another of your devices hands to you',
    async run({ client, names, print }, [word]) {
      if (word !== undefined && word !== 'direct') throw new ChatError('/pick or /pick direct');
      const isOpen = ({ phase }: Shown) => phase === 'ringing' || phase === 'offered-here';
      const { call, account, media } = running(client, isOpen);
      const direct = word === 'direct';
      if (direct) print(shows(names.of(account)));
      client.calls.accept(call, { camera: media === 'video', direct });
    },
  },
  decline: {
    usage: '/decline',
    does: 'do not answer, on any of your devices',
    async run({ client }) {
      client.calls.decline(running(client, ({ phase }) => phase === 'ringing').call);
    },
  },
  hangup: {
    usage: '/hangup',
    does: 'end the call',
    run: async ({ client }) => client.calls.hangUp(running(client).call),
  },
  video: {
    usage: '/video on|off',
    does: 'ask for video, agree to it, or end it',
    async run({ client }, [word]) {
      if (word !== 'on' && word !== 'off') throw new ChatError('/video on or /video off');
      const { call } = running(client);
      client.calls.wantVideo(call, word === 'on');
      if (word === 'on') filmWhenAgreed(client, call);
    },
  },
  mute: {
    usage: '/mute on|off',
    does: 'close the microphone, or open it again',
    async run({ client }, [word]) {
      if (word !== 'on' && word !== 'off') throw new ChatError('/mute on or /mute off');
      const { call, sending } = running(client);
      client.calls.setSending(call, { ...sending, microphone: word === 'off' });
    },
  },
  handover: {
    usage: '/handover DEVICE',
    does: 'go on with the call on another of your devices, by its number',
    async run({ client }, [device = '']) {
      if (!/^[0-9]{1,3}$/.test(device)) throw new ChatError('which of your devices? /handover 2');
      client.calls.handOver(running(client).call, Number(device));
    },
  },
};

type Client = Session['client'];
type Shown = ReturnType<Client['calls']['list']>[number];

/** The camera opens once the other person wants video too. */
function filmWhenAgreed({ calls }: Client, call: string): void {
  const look = (shown: Shown | undefined) => {
    if (shown?.call !== call || shown.video === 'asked-by-us') return;
    stop();
    if (shown.video === 'agreed') calls.setSending(call, { ...shown.sending, camera: true });
  };
  const stop = calls.onChange(look);
  look(calls.get(call));
}

const shows = (who: string) =>
  `* direct: if ${who} allows it too, each of you is shown the network addresses of the other`;

function running({ calls }: Client, fits: (call: Shown) => boolean = () => true): Shown {
  const found = calls.list().find((call) => call.phase !== 'ended' && fits(call));
  if (!found) throw new ChatError('there is no such call');
  return found;
}
