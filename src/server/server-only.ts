// What a bundler finds in place of the server when it bundles for a page. Not `null` in `exports`: Vite passes over that and takes the
// server itself. Nothing is exported, so an import by name fails the build; where a bundler only warns of that, as webpack in Next.js
// does, this says what is wrong when it runs.
//
// Under the condition `development` it is CommonJS. Vite's server for developers leaves the linking to the browser, which ends a module's
// import of a missing name before anything runs, in words that name no cause; of CommonJS it takes the names when this has run.

throw new Error(
  "checkout-button's server was imported in page code, where its secrets would be everybody's: import it in your server, " +
    "and 'checkout-button' in the page",
)
