export { logId, readText } from './answer-log.ts'
export {
  AnswerNotFound,
  AnswersClosed,
  InvalidAnswerRequest,
  ModelFailed,
  ModelLimited,
  ModelMisconfigured,
  PromptTooLong,
  QuestionRefused,
  ReceiptNotFound,
  TooManyAnswers,
  UnknownModel,
} from './errors.ts'
export { answerOfHold, holdKeyOf } from './hold-key.ts'
export { openAnswers } from './open-answers.ts'
export { costOf, providerCostOf, type TokenPrices, type Tokens } from './price.ts'
export { answerLog, answers, answersCollections, receipts } from './schema.ts'
export type * from './types.ts'
