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

/** A key under which an attempt cannot be kept: it has to be text of 1 to 500 characters, with no NUL and no half of a pair. */
export class InvalidRunKey extends TillwireError {
  static override readonly code = 'invalid_run_key'
  constructor(field: 'key' | 'requestId', reason: string) {
    super(InvalidRunKey.code, `The ${field} of a run ${reason}: give a text of 1 to 500 characters.`, {
      details: { field, reason },
    })
  }
}

/** What was asked for is no status of a run. `details.known` lists those that are. */
export class InvalidRunStatus extends TillwireError {
  static override readonly code = 'invalid_run_status'
  constructor(status: string, known: readonly string[]) {
    super(InvalidRunStatus.code, `"${status}" is no status of a run: give one of ${known.join(', ')}.`, {
      details: { status, known },
    })
  }
}

/** A call of `step` that came after its run had gone on without it: nothing was begun. */
export class RunOver extends TillwireError {
  static override readonly code = 'run_over'
  constructor(runId: string, step: string) {
    super(
      RunOver.code,
      `Step "${step}" was asked for when run ${runId} had ended here: nothing was begun. Ask for steps only until the workflow returns.`,
      { details: { runId, step } },
    )
  }
}

/** A name that no workflow or step can have. */
export class InvalidName extends TillwireError {
  static override readonly code = 'invalid_name'
  constructor(of: 'workflow' | 'step', reason: string) {
    super(InvalidName.code, `The name of a ${of} ${reason}: give it 1 to 100 characters of ASCII.`, {
      details: { of, reason },
    })
  }
}

/** A value that would not come back from the record as it was. */
export class NotRecordable extends TillwireError {
  static override readonly code = 'not_recordable'
  constructor(what: string, path: readonly (string | number)[], reason: string) {
    const at = path.length > 0 ? ` at ${path.join('.')}` : ''
    super(NotRecordable.code, `${what} cannot be kept as it is${at}: it ${reason}. Return plain values.`, {
      details: { what, path: path.join('.'), reason },
    })
  }
}

/** A run asks for more than a run may have: steps, or bytes that it keeps. */
export class RunTooLarge extends TillwireError {
  static override readonly code = 'run_too_large'
  constructor(what: string, { size, most, unit }: { size: number; most: number; unit: 'bytes' | 'steps' }) {
    super(RunTooLarge.code, `${what} comes to ${size} ${unit}, and at most ${most} are kept: keep less, or split it.`, {
      details: { what, size, most, unit },
    })
  }
}

/**
 * Thrown by a step that certainly did nothing this time, and may do it later: nothing has been sent. A failed
 * connection (ECONNREFUSED, ENOTFOUND) that a step throws as it is says as much; so does any error of Tillwire's with
 * `details.happened: false`.
 * @example if (breaker.isOpen) throw new NothingHappened('the other side is known to be away')
 */
export class NothingHappened extends TillwireError {
  static override readonly code = 'nothing_happened'
  constructor(reason: string, cause?: unknown) {
    super(NothingHappened.code, `Nothing was sent (${reason}): try again in a moment.`, {
      details: { reason, happened: false },
      cause,
      retryable: true,
    })
  }
}

/** What a step did was not taken back, because that was refused. */
export class UndoRefused extends TillwireError {
  static override readonly code = 'undo_refused'
  constructor(step: string, reason: string, cause?: unknown) {
    super(UndoRefused.code, `Step ${step} cannot be undone: ${reason}`, { details: { step }, cause })
  }
}

/**
 * Thrown by a step whose key will only ever bring back the other side's stored server error: the
 * outcome has to be looked up, and a further try needs a fresh key. When it comes to nothing, whoever asked for the run
 * is told its cause, if that is an error of Tillwire's.
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

/** Nobody can say whether a step happened: its key is too old to replay, and it has no `resolve`, or that cannot tell. */
export class OutcomeUnknown extends TillwireError {
  static override readonly code = 'outcome_unknown'
  constructor({ step, key }: { readonly step: string; readonly key: string }, reason?: string) {
    const because = reason === undefined ? '' : `: ${reason}`
    super(OutcomeUnknown.code, `Whether step ${step} happened (key "${key}") has to be found out by hand${because}.`, {
      details: { step, key, reason: reason ?? null },
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
