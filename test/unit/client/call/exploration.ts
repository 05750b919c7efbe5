// Every schedule up to a depth, each state once.

import { type Action, actionsOf, comeToRest, holdAtRest, holdTogether, type Plan } from './schedules.ts';
import { type Device, Violation, type World } from './world.ts';

export interface Bounds {
  readonly depth: number;
  /** How often a schedule loses, repeats, fails or crashes. */
  readonly troubles: number;
  /** Each so many states are brought to rest. */
  readonly restEvery: number;
}

interface Node {
  readonly world: World;
  readonly troubles: number;
  readonly path: readonly string[];
}

export interface Explored {
  readonly states: number;
  readonly rested: number;
  /** Each state of a device that was seen, once. */
  readonly devices: ReadonlyMap<string, { readonly world: World; readonly device: Device }>;
}

export function explore(start: World, plans: readonly Plan[], bounds: Bounds): Explored {
  const seen = new Set<string>();
  const devices = new Map<string, { world: World; device: Device }>();
  let rested = 0;
  let visited = 0;
  let level: Node[] = [{ world: start, troubles: 0, path: [] }];
  for (let depth = 0; depth <= bounds.depth && level.length > 0; depth++) {
    const next: Node[] = [];
    for (const node of level) {
      for (const device of Object.values(node.world.devices)) {
        devices.set(JSON.stringify(device.state), { world: node.world, device });
      }
      if (visited++ % bounds.restEvery === 0) {
        held(node.path, () => holdAtRest(comeToRest(node.world)));
        rested++;
      }
      if (depth === bounds.depth) continue;
      for (const action of actionsOf(node.world, plans, false)) {
        const troubles = node.troubles + (action.kind === 'trouble' ? 1 : 0);
        if (troubles > bounds.troubles) continue;
        const path = [...node.path, action.name];
        const world = held(path, () => checked(action, node.world));
        const key = `${troubles} ${keyOf(world)}`;
        if (seen.has(key)) continue;
        seen.add(key);
        next.push({ world, troubles, path });
      }
    }
    level = next;
  }
  return { states: seen.size, rested, devices };
}

function checked({ act }: Action, world: World): World {
  const next = act(world);
  holdTogether(next);
  return next;
}

/** A violation is told with the way to it. */
export function held<Value>(path: readonly string[], run: () => Value): Value {
  try {
    return run();
  } catch (error) {
    if (error instanceof Violation) throw new Violation(`${error.message}\n  ${path.join('\n  ')}`);
    throw error;
  }
}

/** Two worlds with one key go on in the same way: what was only watched is left out, and the order of the mail. */
function keyOf({ now, devices, network, claims, placed }: World): string {
  const kept = Object.values(devices).map(({ alive, state, media, jobs, confirmed }) => [
    alive,
    state,
    media,
    jobs,
    confirmed,
  ]);
  return JSON.stringify([now, kept, network.map((mail) => JSON.stringify(mail)).toSorted(), claims, placed]);
}
