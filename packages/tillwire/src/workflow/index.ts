export {
  CannotUndo,
  InvalidName,
  InvalidRunKey,
  InvalidRunStatus,
  InvalidWorkflowInput,
  KeySpent,
  LeaseLost,
  NothingHappened,
  NotRecordable,
  OutcomeUnknown,
  RunOver,
  RunParked,
  RunPending,
  RunTooLarge,
  UndoRefused,
  WorkflowChanged,
  WorkflowsClosed,
} from './errors.ts'
export { neverConnected } from './failure.ts'
export { openWorkflows, type WorkflowsOptions } from './open-workflows.ts'
export { RUN_STATUSES, workflowCollections, workflowRuns, workflowSteps } from './schema.ts'
export type {
  RunPoint,
  RunRecord,
  RunStatus,
  Step,
  StepContext,
  StepState,
  Workflow,
  WorkflowContext,
  WorkflowRun,
  Workflows,
  WorkflowsCheck,
} from './types.ts'
export { workflow } from './workflow.ts'
