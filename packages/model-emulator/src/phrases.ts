/**
 * Said once, at the start of each answer, so that it is said also when the answer is cut. The first has
 * room in every answer.
 */
export const NOTICES: readonly [string, ...string[]] = [
  'An emulator wrote this; set `OPENAI_API_KEY` for real answers.',
  'This text comes from a local emulator; with `OPENAI_API_KEY` set, a real model answers.',
  'You are talking to an emulator, which answers from a shelf of short texts until `OPENAI_API_KEY` is set.',
  'An emulator stands in for the model here; real answers come once `OPENAI_API_KEY` is set.',
  'No model was asked, for this is an emulator with texts of its own; `OPENAI_API_KEY` brings real answers.',
]

/** For questions about which there is no passage: `{name}` is what they get instead. */
export const NOTICES_OF_ANOTHER_SUBJECT: readonly [string, ...string[]] = [
  'This emulator has no text on that, so here is one on {name}; set `OPENAI_API_KEY` for real answers.',
  'An emulator answers here, and offers {name} in place of what it does not know; set `OPENAI_API_KEY` to ask a model.',
  'The emulator knows a few dozen subjects and yours is not among them, so read about {name}, or set `OPENAI_API_KEY`.',
]

/** Whole answers of 1, 2, 3 ... words: too short for a notice and a text. */
export const TINY_ANSWERS: readonly string[] = [
  'Emulated.',
  'Emulated answer.',
  'An emulator answers.',
  'An emulator answers here.',
  'An emulator answers you here.',
  "This is an emulator's short answer.",
  'This is an emulator, not a model.',
  'An emulator answers until `OPENAI_API_KEY` has been set.',
  'An emulator wrote this; set `OPENAI_API_KEY` for real answers.',
  'An emulator wrote this short text; set `OPENAI_API_KEY` for answers.',
  'An emulator wrote this short text; set `OPENAI_API_KEY` for real answers.',
  'An emulator wrote this very short text; set `OPENAI_API_KEY` for real answers.',
]

export const GREETINGS: readonly [string, ...string[]] = [
  'Hello! I am an emulator: ask me about bread, tides or chess, and set `OPENAI_API_KEY` to ask a real model.',
  'Hi there. An emulator is listening: name a subject, or set `OPENAI_API_KEY` to talk to a real model.',
  'Good to see you. I am the emulator, with a text on bees and one on bridges; `OPENAI_API_KEY` brings a real model.',
]

/** From the name of one passage to that of the next. */
export const TRANSITIONS: readonly string[] = [
  'From {from} it is a short walk to {to}.',
  'So much for {from}, and on to {to}.',
  'The next subject is {to}.',
  'Leave {from} for a moment, and turn to {to}.',
  'There is a quiet line from {from} to {to}.',
  'After {from}, a few words on {to}.',
  'Quite another matter, though no less curious, is that of {to}.',
  'It is worth setting {to} beside {from}.',
  'Those who like to read about {from} often like to read about {to} too.',
  'Now for something on {to}.',
  'Whoever has followed so far may want to hear about {to}.',
]

/** Closings that name passages which were not told. */
export const OUTLOOKS: readonly [string, ...string[]] = [
  'Next would come {next}.',
  'There would be more to tell about {next}.',
  'Ask about {next}, or about {later}.',
  'There is a text on {next} too, and one on {later}.',
  'From here one could go on to {next}, or to {later}.',
  'Those who like this may like to read about {next} as well.',
  'A longer answer would go on to {next}, and then to {later}.',
]

/** Of the closings, in words. */
export const SHORTEST_CLOSING = 4
export const LONGEST_CLOSING = 18

/** Sentences that may stand after any text, one at least of every length: they fill an answer to the word. */
export const CLOSINGS: readonly [string, ...string[]] = [
  'There is always more.',
  'There is more to say.',
  'The rest is for another day.',
  'That is a fair place to stop.',
  'Any part of it could fill a book.',
  'Each of these points would bear a longer look.',
  'A good library has a whole shelf on it.',
  'Others would begin elsewhere and come to the same end.',
  'Whoever looks closely at it will find more than this.',
  'Name a number of words, and the answer will have it.',
  'The details differ from case to case, but the outline holds.',
  'A longer answer goes on from here, to this subject and others.',
  'None of it is as simple as one page makes it look.',
  'Ask about bread, tides, chess or ledgers, and you will read about those.',
  'It rewards a second look, as most things do that people care about.',
  'The same question always gets the same answer, so try it in other words.',
  'What is said here in a few words takes others a working life to learn.',
  'If one thing here surprised you, that is the best place from which to read on.',
  'Much has been left out here, as it must be in a text of a certain length.',
  'There is a good deal more to tell, but this is as far as this length will reach.',
  'More could follow from here.',
  'Much more could be said here.',
  'The details would take a longer text.',
  'It repays every hour that you give it.',
  'It is one of those things that get more interesting the longer you look.',
  'Once you have begun to notice such things, you will meet them almost every day.',
  'There are whole books on it, and the good ones begin with the same few facts.',
  'It is a subject on which two people can talk for an evening and both learn something.',
  'Some of what is known about it was found out by people who were looking for something else.',
]
