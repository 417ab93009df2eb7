import { readFileSync, writeFileSync } from 'node:fs'

// node .ci/hashes.js src/element/README.md dist/integrity.json: writes version and hashes of a build into every <script> of
// the page that names one of its files, so that what is published tells them. Between releases it names those of the last one.

const [page, list] = process.argv.slice(2)
const { version, integrity } = JSON.parse(readFileSync(list, 'utf8'))
let filled = 0
const text = readFileSync(page, 'utf8').replace(
  /(checkout-button)@[^/"]+(\/dist\/)([\w./-]+)("[^>]*?integrity=")[^"]*"/g,
  (_, name, folder, file, between) => {
    if (!integrity[file]) throw new Error(`${list} has no hash of ${file}`)
    filled++
    return `${name}@${version}${folder}${file}${between}${integrity[file]}"`
  },
)
if (filled === 0) throw new Error(`${page} includes none of the files`)
writeFileSync(page, text)
