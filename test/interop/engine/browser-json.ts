/** Text that carries byte arrays, for crossing into a page and back. */
export type Json = string;

export function toJson(value: unknown): Json {
  return JSON.stringify(value, (_key, item: unknown) =>
    item instanceof Uint8Array ? { bytes: Array.from(item) } : item,
  );
}

/** The other end of the same test made the text, so its type is known. */
export function fromJson<T>(text: Json): T {
  return JSON.parse(text, (_key, item: unknown) => (isBytes(item) ? Uint8Array.from(item.bytes) : item));
}

function isBytes(item: unknown): item is { bytes: number[] } {
  return typeof item === 'object' && item !== null && 'bytes' in item && Array.isArray(item.bytes);
}
