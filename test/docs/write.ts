import { writeFileSync } from 'node:fs'
import { readmes } from './options.js'

for (const { path, text, wanted } of readmes()) if (text !== wanted) writeFileSync(path, wanted)
