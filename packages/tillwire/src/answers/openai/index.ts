export { checkProvider } from './check-provider.ts'
export { type ModelPatience, type OpenAIModelOptions, openaiModel } from './openai-model.ts'
