import { type App, type Feature, type FeatureRouter, InvalidFeature } from './feature.ts'
import { type Running, runJobs } from './run-jobs.ts'

/**
 * Brings features to life: their routes on the router, their events on the sockets, their `start`
 * and their jobs.
 * @throws InvalidFeature when two features have the same name, or an event or a job of the same name.
 */
export function runFeatures(app: App, features: readonly Feature[], router: FeatureRouter): Running {
  refuseTwins(features)
  const ending = new AbortController()
  for (const feature of features) {
    feature.routes?.(router, app)
    for (const [event, handler] of Object.entries(feature.events.public)) {
      app.sockets.on('public', event, {
        ...handler,
        handle: (context, input) => handler.handle({ ...context, app }, input),
      })
    }
    for (const [event, handler] of Object.entries(feature.events.authenticated)) {
      app.sockets.on('authenticated', event, {
        ...handler,
        handle: (context, input) => handler.handle({ ...context, app }, input),
      })
    }
    feature.start?.(app, ending.signal)
  }
  const jobs = runJobs(
    app,
    features.flatMap((feature) => feature.jobs),
  )
  return {
    async close() {
      ending.abort()
      await jobs.close()
    },
  }
}

function refuseTwins(features: readonly Feature[]): void {
  const seen = new Map<string, string>()
  const claim = (feature: Feature, what: string) => {
    const other = seen.get(what)
    if (other !== undefined) throw new InvalidFeature(feature.name, `${what} is already one of "${other}"`)
    seen.set(what, feature.name)
  }
  for (const feature of features) {
    claim(feature, `the name "${feature.name}"`)
    for (const job of feature.jobs) claim(feature, `the job "${job.name}"`)
    for (const namespace of ['public', 'authenticated'] as const) {
      for (const event of Object.keys(feature.events[namespace])) claim(feature, `the ${namespace} event "${event}"`)
    }
  }
}
