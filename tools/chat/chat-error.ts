/** What a person typed cannot be done; the text says why. */
export class ChatError extends Error {}
