import { explain as explainSubject, printTimeline } from '../explain/index.ts'
import type { Output } from '../output.ts'
import { withTillwire } from '../with-tillwire.ts'

/** `tillwire explain ID`: one timeline of a user, a payment or an answer. Reads only. */
export async function explain(output: Output, id: string): Promise<boolean> {
  return await withTillwire(async (tillwire) => {
    const timeline = await explainSubject(tillwire, id)
    output.result(timeline, printTimeline(timeline))
    return timeline.problems.length === 0
  })
}
