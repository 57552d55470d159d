import { Counter, Histogram, type Registry } from 'prom-client'
import type { SocketMetrics } from 'tillwire/sockets'

/** Counts what the sockets do. */
export function socketMetrics(registry: Registry): SocketMetrics {
  const events = new Histogram({
    name: 'tillwire_socket_event_seconds',
    help: 'Socket events by namespace, event and code, with the time that handling them took.',
    labelNames: ['namespace', 'event', 'code'],
    buckets: [0.001, 0.005, 0.02, 0.1, 0.5, 2, 10],
    registers: [registry],
  })
  const refusals = new Counter({
    name: 'tillwire_socket_refusals_total',
    help: 'Connections and joins that were refused, by code.',
    labelNames: ['code'],
    registers: [registry],
  })
  return {
    event: ({ namespace, event, code, seconds }) => events.observe({ namespace, event, code }, seconds),
    refused: (code) => refusals.inc({ code }),
  }
}
