/** Sentences an answer is made of. `{topic}` is the question's subject, `{a}` and `{b}` two of its words. */
export const OPENINGS: readonly [string, ...string[]] = [
  'The short answer is that **{topic}** rests on a few simple ideas that fit together well.',
  'It helps to take **{topic}** apart first, and then to look at how the pieces work on each other.',
  'There are several good ways to look at **{topic}**; the one below starts from what you can see.',
  'Most of what matters about **{topic}** can be said in plain words.',
  '**{topic}** looks complicated from outside, and becomes clear once you know where to start.',
]

export const SENTENCES: readonly string[] = [
  'Start with {a}: it sets the limits for everything that follows.',
  'Once {a} is settled, {b} tends to fall into place.',
  'People often treat {a} and {b} as one thing, yet they answer different questions.',
  'A useful test is to ask what would change if {a} were twice as large.',
  'In practice, {a} is decided early and revisited rarely, which is why a careful first choice pays off.',
  'The cost of getting {a} wrong is usually small at first and grows with time.',
  'You can see this in everyday cases, where {b} follows {a} by a few steps.',
  'None of this depends on special equipment; attention and a little patience are enough.',
  'Two things pull in opposite directions here: {a} rewards speed, {b} rewards care.',
  'The best sources agree on the outline and differ mainly in the details.',
  'When in doubt, measure {a} before changing it.',
  'That is also the reason why simple explanations of {topic} hold up so well.',
  'Small, regular steps beat one large effort in almost every account of {topic}.',
  'Seen from a distance, {a} is a matter of balance rather than of strength.',
  'It is worth writing down what you expect of {b} before you look at the result.',
  'There is a limit to this: beyond a certain point, more {a} no longer helps.',
  'History offers a few clear examples, and they all turn on {a}.',
  'If only one idea stays with you, let it be the link between {a} and {b}.',
  'Experts disagree about how much {b} matters, but not that it matters.',
  'A change in {a} is felt at once; a change in {b} takes longer to show.',
  'The same pattern returns at every scale, from a single case to a whole field.',
  'Think of {a} as the frame and of {b} as the picture inside it.',
  'What looks like an exception is often a second rule at work.',
  'This is easy to check for yourself with a notebook and half an hour.',
  'Over a longer time, the steady parts of {topic} matter more than the dramatic ones.',
  'Good habits around {a} make the rest almost automatic.',
  'It would be a mistake to stop here, because {b} brings in a view of its own.',
  'Each step can be undone, so there is little reason to hesitate.',
  'The numbers are less important than their direction.',
  'By this point the role of {a} should be plain.',
  'A friend who knows {topic} well would probably tell you the same.',
  'Where {a} is scarce, people find ways around it, and those are often the most interesting part.',
]

export const HEADINGS: readonly string[] = [
  'The idea',
  'How it works',
  'Why it matters',
  'What to watch for',
  'An example',
  'Where it comes from',
  'Common mistakes',
  'Going further',
  'What people disagree about',
  'In practice',
  'A closer look',
  'Putting it together',
]

export const POINTS: readonly string[] = [
  '**{A}** first: know what you have before you change it.',
  'Keep {a} and {b} apart until both are clear.',
  'Write down one question about {topic} that you cannot answer yet.',
  'Compare two cases that differ in {a} only.',
  'Leave room for {b}; it is needed later.',
  'Check the result a day later, with fresh eyes.',
  '**{B}** is worth a second look when things do not add up.',
  'Ask someone who sees {topic} from another side.',
  'Stop when the answer is good enough.',
  'Take the smallest step that teaches you something.',
]

export const CLOSINGS: readonly [string, ...string[]] = [
  'That is the heart of {topic}. Ask about any part of it and I will go deeper.',
  'With this in hand, the rest of {topic} is mostly a matter of practice.',
  'If you tell me what you want to use it for, I can make this more concrete.',
  'From here, the next good question is how {a} looks in your own case.',
]

export const GREETINGS: readonly [string, ...string[]] = [
  'Hello! What would you like to know? Ask me anything, and I will answer as well as I can.',
  'Hi there. I am ready when you are: ask a question, or name a subject that interests you.',
  'Good to see you. Tell me what is on your mind and we will take it from there.',
]
