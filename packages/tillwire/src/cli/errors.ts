import { TillwireError } from '../core/index.ts'

/** The command line cannot be understood: exit code 2. */
export class WrongUse extends TillwireError {
  static override readonly code = 'wrong_use'
  constructor(message: string) {
    super(WrongUse.code, message)
  }
}

/** Nobody has this username: exit code 1. */
export class UnknownUser extends TillwireError {
  static override readonly code = 'unknown_user'
  constructor(username: string) {
    super(UnknownUser.code, `There is no user "${username}": give an e-mail address or a username.`, {
      details: { username },
    })
  }
}

/** No run has this id: exit code 1. */
export class UnknownRun extends TillwireError {
  static override readonly code = 'unknown_run'
  constructor(id: string) {
    super(UnknownRun.code, `There is no run "${id}": "tillwire workflows list --status all" lists them.`, {
      details: { id },
    })
  }
}

/** Production does not allow this by default: exit code 1. */
export class NotAllowed extends TillwireError {
  static override readonly code = 'not_allowed'
  constructor(what: string, allowance: string) {
    super(NotAllowed.code, `${what} is refused in production: set TILLWIRE_ALLOW=${allowance} to allow it.`)
  }
}
