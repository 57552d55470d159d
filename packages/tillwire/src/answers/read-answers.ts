import { isPlainText, microcredits } from '../core/index.ts'
import type { Message } from '../protocol/index.ts'
import { readText } from './answer-log.ts'
import { AnswerNotFound, ReceiptNotFound } from './errors.ts'
import type { AnswerParts } from './parts.ts'
import { type AnswerDocument, answerPrompts, answers, receipts } from './schema.ts'
import type { AnswerSummary, Answers, Receipt } from './types.ts'

const LIST_LIMIT = 50
const LIST_MOST = 100

/** @throws AnswerNotFound when there is none, or it is someone else's. */
export async function ownAnswer({ store }: AnswerParts, userId: string, answerId: string): Promise<AnswerDocument> {
  const answer = isPlainText(answerId) ? await store.collection(answers).get(answerId) : null
  if (!answer || answer.userId !== userId) throw new AnswerNotFound(answerId)
  return answer
}

export async function getAnswer(
  parts: AnswerParts,
  request: Parameters<Answers['get']>[0],
): ReturnType<Answers['get']> {
  const answer = await ownAnswer(parts, request.userId, request.answerId)
  const prompt = await parts.store.collection(answerPrompts).get(answer.id)
  const messages: readonly Message[] = prompt?.messages ?? []
  const pieces: string[] = []
  for await (const { text } of readText(parts.store, answer.id, 0)) pieces.push(text)
  const { truncated, withheld, error } = answer
  return { ...summaryOf(answer), text: pieces.join(''), messages, truncated, withheld, error }
}

/** Newest first. */
export async function listAnswers(
  { store }: AnswerParts,
  request: Parameters<Answers['list']>[0],
): ReturnType<Answers['list']> {
  const { userId, after, limit = LIST_LIMIT } = request
  const page = await store.collection(answers).find({
    where: { userId },
    orderBy: { id: 'desc' },
    limit: Math.min(limit, LIST_MOST),
    ...(after !== undefined && { after }),
  })
  return { items: page.items.map(summaryOf), next: page.next }
}

export async function getReceipt(
  { store, credits }: AnswerParts,
  { userId, receiptId }: Parameters<Answers['receipt']>[0],
): Promise<Receipt> {
  const receipt = isPlainText(receiptId) ? await store.collection(receipts).get(receiptId) : null
  if (!receipt || receipt.userId !== userId) throw new ReceiptNotFound(receiptId)
  const hold = await credits.getHold(receipt.holdId)
  return {
    id: receipt.id,
    answerId: receipt.answerId,
    model: receipt.model,
    priceVersion: receipt.priceVersion,
    tokens: receipt.tokens,
    spent: microcredits(receipt.spent),
    absorbed: microcredits(receipt.absorbed),
    providerCost: receipt.providerCost,
    grants: (hold?.used ?? []).map(({ grant, amount }) => ({ id: grant, amount })),
    entries: (await hold?.entries()) ?? [],
    startedAt: receipt.startedAt,
    endedAt: receipt.endedAt,
    outcome: receipt.outcome,
    truncated: receipt.truncated,
  }
}

function summaryOf(answer: AnswerDocument): AnswerSummary {
  return {
    id: answer.id,
    at: answer.startedAt,
    model: answer.model,
    outcome: answer.state,
    spent: microcredits(answer.spent),
    receiptId: answer.receiptId,
    preview: answer.preview,
  }
}
