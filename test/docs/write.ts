import { writeFileSync } from 'node:fs'
import { elementDocs } from './element.js'
import { readmes } from './options.js'

for (const { path, text, wanted } of [...readmes(), ...elementDocs()]) if (text !== wanted) writeFileSync(path, wanted)
