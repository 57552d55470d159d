import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { mails } from 'tillwire/sessions'
import { expect, it } from 'vitest'
import { plantLink } from '../../../tests/support/evidence.ts'
import { auth, startWhole } from './whole.ts'

/** A mail server that takes everything; resolves with the first mail's lines. */
async function mailServer() {
  const received = Promise.withResolvers<string>()
  const server = createServer((socket: Socket) => {
    let mail: string | null = null
    let rest = ''
    socket.on('error', () => {})
    socket.write('220 test\r\n')
    socket.on('data', (chunk) => {
      rest += chunk
      for (let end = rest.indexOf('\r\n'); end >= 0; end = rest.indexOf('\r\n')) {
        const line = rest.slice(0, end)
        rest = rest.slice(end + 2)
        if (mail === null) {
          if (line === 'DATA') mail = ''
          socket.write(line === 'DATA' ? '354 go on\r\n' : '250 ok\r\n')
        } else if (line === '.') {
          received.resolve(mail)
          mail = null
          socket.write('250 kept\r\n')
        } else mail += `${line}\n`
      }
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = address && typeof address === 'object' ? address.port : 0
  return { url: `smtp://127.0.0.1:${port}?ignoreTLS=true`, received: received.promise, close: () => server.close() }
}

it('sends the mail of the outbox where SMTP_URL says', async () => {
  const smtp = await mailServer()
  await using whole = await startWhole({ env: { SMTP_URL: smtp.url } })
  await auth(whole.tillwire, 'sign-in/magic-link', { email: 'ada@example.com' })
  const mail = await smtp.received
  expect(mail).toMatch(/^To: ada@example\.com$/m)
  expect(mail).toMatch(/^From: no-reply@localhost$/m)
  expect(mail).toMatch(/^Message-ID: <mails_[^@]+@localhost>$/m)
  const queued = await whole.tillwire.store.collection(mails).findOne({ to: 'ada@example.com' })
  expect(queued?.attempts).toBe(1)
  plantLink(queued?.link ?? '')
  smtp.close()
})
