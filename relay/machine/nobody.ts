/** User and group `nobody` where this process is root and can become somebody else; undefined in the container, which is not root. */
export const NOBODY = process.getuid?.() === 0 ? ({ uid: 65_534, gid: 65_534 } as const) : undefined;
