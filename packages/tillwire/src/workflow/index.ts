export {
  CannotUndo,
  InvalidWorkflowInput,
  KeySpent,
  LeaseLost,
  OutcomeUnknown,
  RunParked,
  RunPending,
  WorkflowChanged,
  WorkflowsClosed,
} from './errors.ts'
export { openWorkflows, type WorkflowsOptions } from './open-workflows.ts'
export { workflowCollections, workflowRuns } from './schema.ts'
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
} from './types.ts'
export { workflow } from './workflow.ts'
