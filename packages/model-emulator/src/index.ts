export type { Fault } from './faults.ts'
export { type ModelEmulator, type ModelEmulatorOptions, startModelEmulator } from './start-model-emulator.ts'
