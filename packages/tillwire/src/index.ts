export { type ExplainParts, explain, printTimeline, type Timeline, UnknownSubject } from './cli/explain/index.ts'
export { defaultConfig, defineConfig, InvalidConfig, type Limits, type TillwireConfig } from './config.ts'
export * from './core/index.ts'
export {
  type App,
  defineFeature,
  type Feature,
  type FeatureDefinition,
  type FeatureRequest,
  type FeatureResponse,
  type FeatureRouter,
  InvalidFeature,
  type Job,
  type RouteHandler,
} from './feature.ts'
export { createLogger } from './logging.ts'
export { PortInUse } from './port-in-use.ts'
export { loadConfig, projectRoot } from './project.ts'
export { InvalidSettings, type SettingProblem } from './read-setting.ts'
export { runFeatures } from './run-features.ts'
export { readSettings, type Settings } from './settings.ts'
export { giveMissedSignUpCredits } from './sign-up-credits.ts'
export { createTillwire, type Tillwire, type TillwireOptions } from './tillwire.ts'
