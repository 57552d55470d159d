import { InternalError } from '../core/index.ts'
import { type Store, UniqueViolation } from '../store/index.ts'
import {
  checkExpiresIn,
  checkHolder,
  checkId,
  checkText,
  endsAfter,
  isoTime,
  label,
  MAX_TEXT_LENGTH,
  positive,
} from './command.ts'
import { decideGrant } from './decide-grant.ts'
import { InvalidCommand, PaymentAlreadyFunded } from './errors.ts'
import { findPurchase } from './find-purchase.ts'
import type { RunCommand } from './hold.ts'
import { grants, SOURCES } from './schema.ts'
import type { Credits, GrantRequest, GrantSource } from './types.ts'

const DEFAULT_PRIORITY = 100

/** Gives credits to a holder. */
export async function grantCredits(store: Store, run: RunCommand, request: GrantRequest): ReturnType<Credits['grant']> {
  const { holder, source, expiresAt, expiresIn, priority = DEFAULT_PRIORITY, also } = request
  const amount = positive(request.amount)
  if (!Number.isSafeInteger(priority)) throw new InvalidCommand({ field: 'priority', reason: 'give a whole number' })
  if (expiresAt !== undefined && expiresIn !== undefined)
    throw new InvalidCommand({ field: 'expiresIn', reason: 'give expiresAt or expiresIn, not both' })
  if (expiresIn !== undefined) checkExpiresIn(expiresIn)
  const end = expiresAt === undefined ? null : isoTime('expiresAt', expiresAt)
  checkSource(source)
  const refs: { payment?: string } = source.kind === 'purchase' ? { payment: source.payment } : {}
  const given = {
    label: label('grant', { ...request, refs: { ...refs } }, [amount, source, priority, end, expiresIn]),
    amount,
    source,
    priority,
  }
  try {
    const { entry, replayed } = await run({
      holder: checkHolder(holder),
      label: given.label,
      also,
      ...refs,
      decide: (books, moment) =>
        decideGrant(
          books,
          { ...given, expiresAt: expiresIn === undefined ? end : endsAfter(moment, expiresIn) },
          moment,
        ),
    })
    if (!entry.grant) throw new InternalError(`Entry "${entry.id}" is not about a grant.`)
    return { grant: entry.grant.id, entry: entry.id, replayed }
  } catch (error) {
    if (source.kind !== 'purchase' || !isPaymentTaken(error)) throw error
    const funded = await findPurchase(store, source.payment)
    throw funded ? new PaymentAlreadyFunded({ payment: source.payment, grant: funded.grant }) : error
  }
}

function checkSource(source: GrantSource): void {
  if (typeof source !== 'object' || source === null)
    throw new InvalidCommand({ field: 'source', reason: "say where the credits come from, as { kind: 'manual' }" })
  if (!SOURCES.includes(source.kind))
    throw new InvalidCommand({ field: 'source.kind', reason: `give one of ${SOURCES.join(', ')}` })
  if (source.kind === 'purchase') checkId('source.payment', source.payment)
  else if (source.reason !== undefined) checkText('source.reason', source.reason, MAX_TEXT_LENGTH)
}

function isPaymentTaken(error: unknown): boolean {
  return UniqueViolation.is(error) && error.details.collection === grants.name
}
