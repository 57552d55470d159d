import { DECLINES, type Decline, type TestCard } from './cards.ts'

export type Decision = { kind: 'approve' } | { kind: 'authenticate' } | { kind: 'decline'; decline: Decline }

export interface Situation {
  /** The holder is not there to answer. */
  offSession: boolean
  /** The holder has just proven who they are. */
  authenticated: boolean
  /** The card was set up earlier for payments without its holder. */
  setUp: boolean
}

/** What the bank answers when the card is charged. */
export function decidePayment(card: TestCard, situation: Situation): Decision {
  if (!situation.authenticated && asksForProof(card, situation)) {
    return situation.offSession
      ? { kind: 'decline', decline: DECLINES.authenticationRequired }
      : { kind: 'authenticate' }
  }
  return card.decline === null ? { kind: 'approve' } : { kind: 'decline', decline: card.decline }
}

/** What the bank answers when the card is set up for later payments. */
export function decideSetup(card: TestCard, authenticated: boolean): Decision {
  if (card.decline !== null && card.declinesSetup) return { kind: 'decline', decline: card.decline }
  const asks = card.authentication === 'always' || card.authentication === 'unless-set-up'
  return asks && !authenticated ? { kind: 'authenticate' } : { kind: 'approve' }
}

function asksForProof(card: TestCard, { offSession, setUp }: Situation): boolean {
  switch (card.authentication) {
    case 'never':
      return false
    case 'always':
      return true
    case 'on-session':
      return !offSession
    case 'unless-set-up':
      return !(offSession && setUp)
  }
}
