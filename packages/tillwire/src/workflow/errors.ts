import { TillwireError } from '../core/index.ts'

/** What a workflow was given does not match its input. `details.issues` says where. */
export class InvalidWorkflowInput extends TillwireError {
  static override readonly code = 'invalid_workflow_input'
  constructor(workflow: string, issues: readonly { readonly path: string; readonly message: string }[]) {
    super(
      InvalidWorkflowInput.code,
      `The input of ${workflow} is wrong: ${issues.map(({ path, message }) => `${path || 'input'}: ${message}`).join('; ')}`,
      { details: { workflow, issues } },
    )
  }
}

/**
 * Thrown by a step whose key will only ever bring back the other side's stored server error: the
 * outcome has to be looked up, and a further try needs a fresh key.
 */
export class KeySpent extends TillwireError {
  static override readonly code = 'key_spent'
  constructor(key: string, cause?: unknown) {
    super(KeySpent.code, `Key "${key}" brings back a stored server error: look up what became of the request.`, {
      details: { key },
      cause,
      retryable: true,
    })
  }
}

/** It goes forward by itself, with back-off; the same key joins it. */
export class RunPending extends TillwireError {
  static override readonly code = 'workflow_pending'
  constructor(runId: string, cause?: unknown) {
    super(RunPending.code, `Run ${runId} goes on by itself; ask again with the same key for its outcome.`, {
      details: { runId },
      cause,
      retryable: true,
    })
  }
}

/** It waits for an operator. */
export class RunParked extends TillwireError {
  static override readonly code = 'workflow_parked'
  constructor(runId: string, because: { readonly code: string; readonly message: string }) {
    super(
      RunParked.code,
      `Run ${runId} is parked (${because.message}); put the reason right, then retry it with "tillwire workflows retry ${runId}".`,
      { details: { runId, reason: because.code } },
    )
  }
}

/** The recorded steps of a run are not those of the code. */
export class WorkflowChanged extends TillwireError {
  static override readonly code = 'workflow_changed'
  constructor(workflow: string, recorded: string, found: string) {
    super(
      WorkflowChanged.code,
      `${workflow} no longer matches its run: ${recorded} is recorded where the code has ${found}. Deploy the version that began it, then retry the run.`,
      { details: { workflow, recorded, found } },
    )
  }
}

/** Nobody can say whether a step happened: its key is too old to replay, and it has no `resolve`. */
export class OutcomeUnknown extends TillwireError {
  static override readonly code = 'outcome_unknown'
  constructor(step: string, key: string) {
    super(OutcomeUnknown.code, `Whether step ${step} happened (key "${key}") has to be found out by hand.`, {
      details: { step, key },
    })
  }
}

/** A step failed after one that cannot be taken back. */
export class CannotUndo extends TillwireError {
  static override readonly code = 'cannot_undo'
  constructor(step: string, reason: string, cause?: unknown) {
    super(CannotUndo.code, `Step ${step} failed and what came before it cannot be taken back: ${reason}`, {
      details: { step },
      cause,
    })
  }
}

/** Another process has taken the run over; this one has stopped writing. */
export class LeaseLost extends TillwireError {
  static override readonly code = 'lease_lost'
  constructor(runId: string) {
    super(LeaseLost.code, `Another process goes on with run ${runId}.`, { details: { runId }, retryable: true })
  }
}

/** The workflows of this process are closed; another process, or the next start, goes on with open runs. */
export class WorkflowsClosed extends TillwireError {
  static override readonly code = 'workflows_closed'
  constructor() {
    super(WorkflowsClosed.code, 'Workflows are closed in this process: ask another one, or start again.', {
      retryable: true,
    })
  }
}

/** An error as it was recorded with a run: the class is gone, code, message and details are the same, and so `is` holds. */
export class RecordedError extends TillwireError {
  constructor(record: {
    readonly code: string
    readonly message: string
    readonly details: Readonly<Record<string, unknown>>
    readonly retryable: boolean
  }) {
    super(record.code, record.message, { details: record.details, retryable: record.retryable })
  }
}
