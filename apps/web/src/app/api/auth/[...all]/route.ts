import { tillwire } from '../../../../server/tillwire.ts'

const handle = async (request: Request): Promise<Response> => (await tillwire()).auth.handler(request)

export { handle as GET, handle as POST }
