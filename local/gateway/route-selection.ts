import type { Api, Route } from '../template/api.ts';

/**
 * The route of a frame: the one that the selection expression names, else `$default`, else none. The keys of connecting and disconnecting are never
 * selected by a frame.
 */
export function selectRoute(api: Api, text: string): Route | undefined {
  const key = valueAt(text, api.selector);
  const named = typeof key === 'string' && !key.startsWith('$') ? api.routes.get(key) : undefined;
  return named ?? api.routes.get('$default');
}

function valueAt(text: string, path: readonly string[]): unknown {
  let value: unknown = parse(text);
  for (const name of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
    value = Object.entries(value).find(([key]) => key === name)?.[1];
  }
  return value;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
