import { TillwireError } from '../core/index.ts'

/** The price book has no such model. */
export class UnknownModel extends TillwireError {
  static override readonly code = 'unknown_model'
  constructor(details: { model: string; models: readonly string[] }) {
    super(UnknownModel.code, `There is no model "${details.model}": choose one of ${details.models.join(', ')}.`, {
      details,
    })
  }
}

export class PromptTooLong extends TillwireError {
  static override readonly code = 'prompt_too_long'
  constructor(details: { characters: number; limit: number }) {
    super(
      PromptTooLong.code,
      `The messages have ${details.characters} characters together and may have ${details.limit}: shorten them.`,
      { details },
    )
  }
}

/** A request that no answer can be made of. */
export class InvalidAnswerRequest extends TillwireError {
  static override readonly code = 'invalid_payload'
  constructor(details: { path: string; reason: string }) {
    super(InvalidAnswerRequest.code, `"${details.path}" is not valid: ${details.reason}.`, { details })
  }
}

/** The user has as many answers under way as one may have. */
export class TooManyAnswers extends TillwireError {
  static override readonly code = 'too_many_answers'
  constructor(details: { limit: number }) {
    super(TooManyAnswers.code, `${details.limit} answers are under way already: wait for one to end, or stop one.`, {
      details,
      retryable: true,
    })
  }
}

/** There is no such answer, or it is someone else's. */
export class AnswerNotFound extends TillwireError {
  static override readonly code = 'not_found'
  constructor(answer: string) {
    super(AnswerNotFound.code, `There is no answer "${answer}".`, { details: { answer } })
  }
}

/** There is no such receipt, or it is someone else's. */
export class ReceiptNotFound extends TillwireError {
  static override readonly code = 'not_found'
  constructor(receipt: string) {
    super(ReceiptNotFound.code, `There is no receipt "${receipt}".`, { details: { receipt } })
  }
}

/** The model refused, failed, fell silent, or its stream broke off. What it said is the cause; it is not for users. */
export class ModelFailed extends TillwireError {
  static override readonly code = 'model_failed'
  constructor(reason: string, cause?: unknown) {
    super(ModelFailed.code, `The model failed: ${reason}. Ask again.`, { details: { reason }, cause, retryable: true })
  }
}

/** `close` was called: this process takes no more answers. */
export class AnswersClosed extends TillwireError {
  static override readonly code = 'unavailable'
  constructor() {
    super(AnswersClosed.code, 'The server is about to stop and takes no new answers: try again in a moment.', {
      retryable: true,
    })
  }
}
