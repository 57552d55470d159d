/** The longest prompt, all messages together, in characters, unless the server tells another. */
export const MAX_PROMPT_CHARACTERS = 100_000
/** The longest payload of an event in JSON, in bytes, unless the server tells another. */
export const MAX_FRAME_BYTES = 64 * 1024
/** Events whose payload may be as long as a prompt. */
export const LONG_EVENTS: readonly string[] = ['answer:start']

/** What a prompt of so many characters may be with all that goes with it, in JSON, where a character takes up to six bytes. */
export function longFrameBytes(promptCharacters: number): number {
  return 6 * promptCharacters + 16 * 1024
}
