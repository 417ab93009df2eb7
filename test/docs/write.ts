import { writeFileSync } from 'node:fs'
import { commandLinePage } from './command-line.js'
import { elementPage } from './element.js'
import { readmes } from './options.js'
import { serverPage } from './server.js'

for (const { path, text, wanted } of [...readmes(), elementPage(), serverPage(), commandLinePage()])
  if (text !== wanted) writeFileSync(path, wanted)
