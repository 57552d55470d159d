import { withRequest } from '../../core/index.ts'
import { creditsCollections, openCredits } from '../../credits/index.ts'
import { openStore } from '../../store/index.ts'
import { answersCollections, openAnswers } from '../index.ts'
import { openaiModel } from '../openai/index.ts'
import { priceBook, userId } from './open-test-answers.ts'

// A process of its own that starts an answer, tells its id, and streams until it is killed.
const [url = '', baseUrl = ''] = process.argv.slice(2)
process.on('disconnect', () => process.exit(1))
const store = await openStore({ url, collections: [...creditsCollections, ...answersCollections] })
const credits = openCredits({ store })
const answers = openAnswers({ store, credits, model: openaiModel({ apiKey: 'any', baseUrl }), priceBook })
const messages = [{ role: 'user' as const, content: 'Write 2000 words about rivers' }]
const { answerId } = await withRequest('req_child', () => answers.start({ userId, key: 'child', messages }))
process.send?.({ answerId })
