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

/** The model failed, fell silent, or its stream broke off. What it said is the cause; it is not for users. */
export class ModelFailed extends TillwireError {
  static override readonly code = 'model_failed'
  /** `status` is that of the provider's answer; 0 when there was none at all. */
  constructor(reason: string, cause?: unknown, details: { readonly status?: number } = {}) {
    super(ModelFailed.code, `The model failed: ${reason}. Ask again.`, {
      details: { reason, ...details },
      cause,
      retryable: true,
    })
  }
}

/** The provider does not take this question; asked again it would not either. */
export class QuestionRefused extends TillwireError {
  static override readonly code = 'question_refused'
  /** `why` is the question's length, the provider's content rules, or another thing about it. */
  constructor(details: { readonly why: 'length' | 'rules' | 'other'; readonly code: string | null }) {
    super(QuestionRefused.code, 'The model does not take this question: change it, then ask again.', { details })
  }
}

/** The provider does not take our requests: a wrong key or model, or an account without credit. The operator's to mend. */
export class ModelMisconfigured extends TillwireError {
  static override readonly code = 'model_misconfigured'
  constructor(details: {
    readonly status: number | null
    readonly code: string | null
    readonly param: string | null
  }) {
    const told = [details.status, details.code, details.param].filter((part) => part !== null).join(', ')
    super(
      ModelMisconfigured.code,
      `The model's provider takes none of our requests (${told}): check OPENAI_API_KEY, OPENAI_BASE_URL, the models of the price book and the account at the provider; \`tillwire doctor\` asks it.`,
      { details },
    )
  }
}

/** The provider takes no more requests for a while. `retryAfterMs` is when it says that it will; null when it does not. */
export class ModelLimited extends TillwireError {
  static override readonly code = 'model_limited'
  constructor(details: { readonly retryAfterMs: number | null }) {
    super(ModelLimited.code, 'The model takes no more questions at the moment: ask again in a while.', {
      details,
      retryable: true,
    })
  }
}

/** The provider of models cannot be used as it is set. The message names no secret. */
export class InvalidProvider extends TillwireError {
  static override readonly code = 'invalid_provider'
  constructor(problem: string, cause?: unknown) {
    super(InvalidProvider.code, `The model's provider cannot be used: ${problem}.`, { cause })
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
