import type { EventHandler } from '../event-handler.ts'
import { refundCreated } from './refund-created.ts'

/** A refund went on: what counts is how much has gone back by now. */
export const refundUpdated: EventHandler = { ...refundCreated, type: 'refund.updated' }
