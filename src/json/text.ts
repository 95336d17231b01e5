/** A document as text, indented by two. */
export function documentText(document: object): string {
  return `${escapeControls(JSON.stringify(document, undefined, 2))}\n`;
}

/** An object on a line of its own. */
export function lineText(object: object): string {
  return `${escapeControls(JSON.stringify(object))}\n`;
}

/** JSON allows these in texts; names and persistence data come from the network, and a terminal may obey them. */
function escapeControls(json: string): string {
  return json.replace(/[\x7f-\x9f]/g, (control) => `\\u00${control.charCodeAt(0).toString(16)}`);
}
