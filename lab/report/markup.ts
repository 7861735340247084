// Text inside HTML and SVG. Pure.

/** The text with the characters escaped that mean something in markup. */
export function escapeMarkup(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** An element with escaped attribute values; `content` is markup already. Absent content closes at once. */
export function element(name: string, attributes: Readonly<Record<string, string | number>>, content?: string): string {
  const words = Object.entries(attributes).map(([key, value]) => ` ${key}="${escapeMarkup(String(value))}"`);
  return content === undefined ? `<${name}${words.join("")}/>` : `<${name}${words.join("")}>${content}</${name}>`;
}
