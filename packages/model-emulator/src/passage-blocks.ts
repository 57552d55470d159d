import type { Passage } from './passages/index.ts'

/** The sentences of a paragraph; or, as one part, a list, table or code with the paragraph that introduces it. */
export type Block = readonly string[]

const NOT_PROSE = /^(- |\d+\. |\||```)/
const END_OF_SENTENCE = /(?<=[.!?]["*]{0,2}) (?=\S)/

/** The blocks of a passage, its lines joined to paragraphs. */
export function blocksOf({ text }: Passage): readonly Block[] {
  const blocks: Block[] = []
  let introduction: string | null = null
  for (const block of text.trim().split('\n\n')) {
    const paragraph = NOT_PROSE.test(block) ? block : block.replaceAll('\n', ' ')
    if (introduction !== null) blocks.push([`${introduction}\n\n${paragraph}`])
    else if (!paragraph.endsWith(':')) blocks.push(paragraph.split(END_OF_SENTENCE))
    introduction = introduction === null && paragraph.endsWith(':') ? paragraph : null
  }
  return blocks
}
