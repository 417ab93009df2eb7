/** For what the buyer cannot mend and the page's developer can. Nothing stops, so it is a warning and no more; say it once. */
export function tellDeveloper(text: string): void {
  // biome-ignore lint/suspicious/noConsole: where a developer looks
  console.warn(text)
}
