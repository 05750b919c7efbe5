import { ChatError } from './chat-error.ts';
import type { Command, Session } from './session.ts';

/** What can be typed after a slash about calls. */
export const CALL_COMMANDS: Readonly<Record<string, Command>> = {
  call: {
    usage: '/call [video]',
    does: 'call whom you write to; all their devices ring',
    async run(session, [media]) {
      if (media !== undefined && media !== 'video') throw new ChatError('/call or /call video');
      await session.client.calls.place(session.current(), { media: media ?? 'audio' });
    },
  },
  pick: {
    usage: '/pick',
    does: 'answer the call that rings, or take over the one that another of your devices hands to you',
    async run({ client }) {
      const { call, media } = running(client, ({ phase }) => phase === 'ringing' || phase === 'offered-here');
      client.calls.accept(call, { camera: media === 'video' });
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
      client.calls.wantVideo(running(client).call, word === 'on');
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

function running({ calls }: Client, fits: (call: Shown) => boolean = () => true): Shown {
  const found = calls.list().find((call) => call.phase !== 'ended' && fits(call));
  if (!found) throw new ChatError('there is no such call');
  return found;
}
