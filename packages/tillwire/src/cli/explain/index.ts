export { type ExplainParts, explain, UnknownSubject } from './explain.ts'
export { printTimeline } from './print-timeline.ts'
export type { Item, Problem, Subject, Timeline } from './timeline.ts'
