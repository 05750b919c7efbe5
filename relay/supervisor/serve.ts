import { RELAY_HEARTBEAT_MS } from '../../shared/store/relays.ts';
import { readCounters } from '../machine/counters.ts';
import { countAllocations } from '../machine/sockets.ts';
import { type Clock, repeat } from './clock.ts';
import type { DrainOrder } from './drain-order.ts';
import { during, RelayEnded } from './exits.ts';
import { loadMeter } from './load.ts';
import { metricLine } from './metrics.ts';
import { guard, LONGEST_DRAIN_MS } from './protection.ts';
import type { Relay } from './start.ts';

/** While it drains, a relay looks so often whether it is empty, milliseconds. */
const DRAIN_LOOK_MS = 1_000;

export interface ServeOptions {
  readonly clock: Clock;
  readonly order: DrainOrder;
  /** Gets the lines of metrics. */
  readonly write: (line: string) => void;
}

/**
 * Registers the relay, and reports until it has drained.
 *
 * @throws RelayEnded when it cannot be registered, or when coturn ends without having been told to
 */
export async function serve(relay: Relay, { clock, order, write }: ServeOptions): Promise<void> {
  const { environment, identity, services, coturn, secrets } = relay;
  const { registry } = services;
  const { listenPort, minPort, maxPort } = environment;
  const allocations = (): number => countAllocations(coturn.pid, minPort, maxPort);
  const measure = loadMeter(
    { totalQuota: environment.totalQuota, baselineMbit: environment.baselineMbit, processors: identity.processors },
    () => readCounters(identity.address, coturn.pid),
    allocations,
    () => clock.now(),
  );
  const protect = guard(relay.protection, () => clock.now());

  const register = (): Promise<boolean> =>
    registry.register({
      relay: identity.relay,
      address: identity.publicAddress,
      ports: { udp: listenPort, tcp: listenPort, ...(environment.tlsHost === undefined ? {} : { tls: 443 }) },
      ...(environment.tlsHost === undefined ? {} : { tlsHost: environment.tlsHost }),
      zone: identity.zone,
      started: relay.started,
      load: 0,
      secrets,
    });

  const beat = async (): Promise<void> => {
    const load = measure();
    let failed = 0;
    // Calls go on without the table and without ECS; what fails now is done with the next beat.
    const attempt = (step: Promise<void>): Promise<boolean> =>
      step.then(
        () => true,
        () => {
          failed += 1;
          return false;
        },
      );
    const registered = await attempt(
      (async () => {
        let state = await registry.beat(identity.relay, { load: load.load, secrets });
        // Taken out while nothing was heard of it: back in, but not when it is about to go.
        if (state === 'gone' && order.since === undefined) state = (await register()) ? 'active' : 'draining';
        if (state === 'draining') order.give(LONGEST_DRAIN_MS);
        // The mark was lost on the way.
        if (state === 'active' && order.since !== undefined) await registry.drain(identity.relay);
      })(),
    );
    await attempt(protect.update({ allocations: load.allocations, registered, drainingSince: order.since }));
    write(metricLine(environment.stage, clock.now(), load, failed));
  };

  // Before anybody counts on it: ECS could end it in the moment between. What fails is done with the first beat.
  await protect.update({ allocations: 0, registered: true, drainingSince: order.since }).catch(() => {});
  if (!(await during('registration', register))) order.give(LONGEST_DRAIN_MS);
  write('{"level":"INFO","event":"registered"}\n');
  const stopBeating = repeat(clock, RELAY_HEARTBEAT_MS, beat);
  try {
    const ended = coturn.ended.then(() => 'ended' as const);
    if ((await Promise.race([ended, order.begun])) === 'ended') throw new RelayEnded('died');
    write('{"level":"INFO","event":"draining"}\n');
    // First nobody new is sent here, then nobody new is let in, then whoever is here is told.
    await registry.drain(identity.relay).catch(() => {});
    coturn.drain();
    if (!order.isOver)
      await services.drainNotice.send(identity.relay).catch(() => write('{"level":"ERROR","event":"notice failed"}\n'));
    const stopLooking = repeat(clock, DRAIN_LOOK_MS, async () => {
      // coturn ends when its last allocation does, but not when it has none to begin with.
      if (order.isOver || allocations() === 0) await coturn.stop();
    });
    await ended;
    stopLooking();
  } finally {
    stopBeating();
    await registry.remove(identity.relay).catch(() => {});
  }
}
