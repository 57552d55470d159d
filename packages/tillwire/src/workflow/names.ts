import { textProblem } from '../core/index.ts'
import { InvalidName, InvalidRunKey } from './errors.ts'

const MAX_KEY_LENGTH = 500
/** What a header can carry: a step's name is part of the keys that are sent outward. */
const NAME = /^[\x20-\x7e]{1,100}$/

/** @throws InvalidRunKey */
export function checkKey(field: 'key' | 'requestId', text: string | null): void {
  if (field === 'requestId' && text === null) return
  const problem =
    typeof text !== 'string'
      ? 'is no text'
      : text === ''
        ? 'is empty'
        : text.length > MAX_KEY_LENGTH
          ? 'is too long'
          : textProblem(text)
  if (problem !== null) throw new InvalidRunKey(field, problem)
}

/** @throws InvalidName */
export function checkName(of: 'workflow' | 'step', text: string): void {
  if (typeof text !== 'string') throw new InvalidName(of, 'is no text')
  if (NAME.test(text)) return
  throw new InvalidName(of, text === '' ? 'is empty' : (textProblem(text) ?? 'has other characters, or too many'))
}
