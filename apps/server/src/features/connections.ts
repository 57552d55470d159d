import { defineFeature } from 'tillwire'
import { clientEvents } from 'tillwire/protocol'

/** How many sockets there are. The sockets push `connections:changed` themselves. */
export default defineFeature({
  name: 'connections',
  events: {
    public: {
      'connections:get': {
        ...clientEvents.public['connections:get'],
        handle: ({ app }) => app.sockets.connections(),
      },
    },
    authenticated: {
      'connections:get': {
        ...clientEvents.authenticated['connections:get'],
        handle: ({ app }) => app.sockets.connections(),
      },
    },
  },
})
