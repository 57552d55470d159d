import nodemailer from 'nodemailer'
import { defineFeature } from 'tillwire'
import { deliverMail } from 'tillwire/sessions'

/** Shorter than the time that an attempt is given, so that a silent server is told as such. */
const CONNECT_MS = 10_000
const SILENCE_MS = 20_000

/** Sends the mail of the outbox, when SMTP_URL says where; without it, mail stays in the store. */
export default defineFeature({
  name: 'mail',
  jobs: [
    {
      name: 'deliver-mail',
      every: '2s',
      async run({ store, clock, logger, settings }) {
        const { smtpUrl, webOrigin } = settings
        if (!smtpUrl) return
        const host = new URL(webOrigin).hostname
        const transport = nodemailer.createTransport({
          url: smtpUrl,
          connectionTimeout: CONNECT_MS,
          greetingTimeout: CONNECT_MS,
          socketTimeout: SILENCE_MS,
          disableFileAccess: true,
          disableUrlAccess: true,
        })
        await deliverMail({
          store,
          clock,
          logger,
          async send({ id, to, subject, text, html }) {
            await transport.sendMail({
              from: `no-reply@${host}`,
              messageId: `<${id}@${host}>`,
              to,
              subject,
              text,
              html,
            })
          },
        })
      },
    },
  ],
})
