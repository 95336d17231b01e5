/** Formats a document as JSON, indented by two spaces. */
export function documentText(document: object): string {
  return `${escapeControls(JSON.stringify(document, undefined, 2))}\n`;
}

/** Formats an object as one line of JSON. */
export function lineText(object: object): string {
  return `${escapeControls(JSON.stringify(object))}\n`;
}

/**
 * Escapes DEL and the C1 controls, which JSON allows as they are: names and persistence data come from the network, and a
 * terminal may interpret them.
 */
function escapeControls(json: string): string {
  return json.replace(/[\x7f-\x9f]/g, (control) => `\\u00${control.charCodeAt(0).toString(16)}`);
}
