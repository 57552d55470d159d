export * from './answers.ts'
export * from './common.ts'
export * from './events.ts'
export * from './http.ts'
